"""The audit of an understood document: rules as small functions, one finding for one cause."""

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

from wangge.disclosure.documents.auditing.engine import RULES, Checker, Rule
from wangge.disclosure.documents.auditing.names import with_codes
from wangge.disclosure.documents.auditing.settling import settle
from wangge.disclosure.documents.model import Document, Report

# Every module and package beside this one may register rules; importing it is all that registering takes.
for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")


def audit(document: Document, others: Sequence[Document] = ()) -> Report:
    """All rules on one document; `others` are documents of the same unit (other years, budget beside accounts)."""
    document = with_codes(document)
    checker = Checker(document, [with_codes(other) for other in others])
    for rule in RULES:
        checker.run(rule)
    findings = settle(checker)
    gaps = [*document.gaps, *checker.gaps]
    return Report(document=replace(document, gaps=gaps), findings=findings, checks=checker.checks)


def catalogue() -> list[Rule]:
    """All rules in the order of the catalogue, as data for documentation and the desk."""
    return list(RULES)
