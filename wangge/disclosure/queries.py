"""Reads of audited documents, always within the actor's district."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from wangge.disclosure import terms
from wangge.disclosure.documents.model import Checks, Document, Finding, Gap, Place, Report
from wangge.disclosure.documents.report import marks, packed, view
from wangge.disclosure.models import AuditFinding, AuditLetter, DocumentAudit
from wangge.disclosure.publications.opendata import package as publication_package  # noqa: F401 (read by the portal)
from wangge.disclosure.publications.opendata import table_csv as publication_csv  # noqa: F401 (read by the portal)
from wangge.disclosure.publications.queries import changes as publication_changes  # noqa: F401 (read by the portal)
from wangge.disclosure.publications.queries import files_of as publication_files  # noqa: F401 (read by the portal)
from wangge.disclosure.publications.queries import public as public_publications  # noqa: F401 (read by the portal)
from wangge.disclosure.publications.queries import public_one as public_publication  # noqa: F401 (read by the portal)
from wangge.kernel import files, tables
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.territory import queries as territory

SORTS = {"id": "时间", "name": "文件", "unit": "单位", "year": "年度", "errors": "错误", "undecided": "未处理"}


def home(actor: Actor) -> int:
    """The district that the actor's uploads belong to. Raises `Refusal` for a post that stands in none."""
    place = actor.lo - actor.lo % 10**9 if 10**14 <= actor.lo <= actor.hi else 0
    known = [d.pk for d in territory.districts()] if not place else []
    place = place or (known[0] if len(known) == 1 else 0)
    if not place or not actor.covers(place):
        raise Refusal("no_district", "您当前的岗位不属于任何一个区，不能上传。请切换到区级岗位。", status=403)
    return place


def audits(actor: Actor) -> QuerySet[DocumentAudit]:
    """The audits of the actor's district, without their large columns."""
    actor.must(terms.AUDIT_RIGHT)
    found = DocumentAudit.objects.defer("report", "source", "original")
    return found.filter(place_code__gte=actor.lo, place_code__lte=actor.hi)


def audit(actor: Actor, audit_id: int) -> DocumentAudit:
    """One audit, or `NotHere`."""
    found = audits(actor).filter(pk=audit_id).first()
    if found is None:
        raise NotHere("审核")
    return found


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty fields narrow nothing."""

    words: str = ""
    kind: str = ""
    year: str = ""
    state: str = ""
    found: str = ""
    sort: str = "-id"

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.kind or self.year or self.state or self.found)


def filters(given: Mapping[str, str]) -> Filters:
    """The filters of a query string; unknown values are refused with the field's name."""

    def one_of(name: str, known: Any, words: str) -> str:
        value = given.get(name, "")
        if value and value not in known:
            raise Refusal("wrong_value", f"{words}“{value}”不在可选的范围内。请重新选择。", field=name, value=value)
        return value

    year = given.get("year", "").strip()
    if year and not re.fullmatch(r"(19|20)\d\d", year):
        raise Refusal("wrong_value", f"年度“{year}”应为四位数字，例如 2020。", field="year", value=year)
    sort = given.get("sort", "") or "-id"
    return Filters(
        words=given.get("q", "").strip().replace("\0", "")[:100],
        kind=one_of("kind", terms.KINDS, "种类"),
        year=year,
        state=one_of("state", terms.AUDIT_STATES, "状态"),
        found=one_of("found", ("errors", "undecided", "clean"), "结果"),
        sort=sort if sort.removeprefix("-") in SORTS else "-id",
    )


def search(actor: Actor, asked: Filters) -> QuerySet[DocumentAudit]:
    """The list, unordered."""
    found = audits(actor)
    if asked.words:
        words = Q(name__icontains=asked.words) | Q(unit__icontains=asked.words)
        found = found.filter(words | Q(sha256__startswith=asked.words.lower()))
    if asked.kind:
        found = found.filter(kind=asked.kind)
    if asked.year:
        found = found.filter(year=int(asked.year))
    if asked.state:
        found = found.filter(state=asked.state)
    if asked.found:
        chosen = {"errors": Q(errors__gt=0), "undecided": Q(undecided__gt=0), "clean": Q(state="done", errors=0)}
        found = found.filter(chosen[asked.found])
    return found


EXPORT_COLUMNS = (
    tables.Column("name", "文件"),
    tables.Column("unit", "单位"),
    tables.Column("year", "年度", kind="int"),
    tables.Column("kind", "种类", kind="choice", choices=terms.KINDS),
    tables.Column("state", "状态", kind="choice", choices=terms.AUDIT_STATES),
    tables.Column("errors", "错误", kind="int"),
    tables.Column("suspicious", "疑点", kind="int"),
    tables.Column("rounding", "尾差", kind="int"),
    tables.Column("undecided", "未处理", kind="int"),
    tables.Column("why", "说明"),
    tables.Column("uploader", "上传人"),
    tables.Column("uploaded_at", "上传时间", kind="datetime"),
    tables.Column("sha256", "文件摘要"),
)


def export_rows(found: QuerySet[DocumentAudit], most: int = 50_000) -> Iterator[dict[str, Any]]:
    """The list's rows for a table, newest first."""
    yield from found.order_by("-id").values(*(c.key for c in EXPORT_COLUMNS))[:most]


def same_words(actor: Actor, one: DocumentAudit) -> list[DocumentAudit]:
    """Other files of the district with the very same printed words."""
    if not one.text_sha256:
        return []
    return list(audits(actor).filter(text_sha256=one.text_sha256).exclude(pk=one.pk).order_by("id")[:5])


# ---- one audit ------------------------------------------------------------------------------------------------------


def findings(one: DocumentAudit, rule: str = "", severity: str = "", decision: str = "") -> list[AuditFinding]:
    """The findings of an audit that was fetched for the actor; `decision` may be `none` for what nobody decided."""
    found = AuditFinding.objects.filter(audit=one)
    if rule:
        found = found.filter(rule=rule)
    if severity:
        found = found.filter(severity=severity)
    if decision:
        found = found.filter(decision="" if decision == "none" else decision)
    return list(found)


def finding(one: DocumentAudit, number: int) -> AuditFinding:
    found = AuditFinding.objects.filter(audit=one, number=number).first()
    if found is None:
        raise NotHere("发现")
    return found


def rules_of(one: DocumentAudit) -> list[str]:
    """The rules that found something, in order."""
    return sorted(set(AuditFinding.objects.filter(audit=one).values_list("rule", flat=True)))


def bytes_of(one: DocumentAudit) -> bytes:
    """The original file."""
    if one.original is not None:
        return bytes(one.original)
    with files.open_derivative(files.find(one.sha256)) as stream:
        return stream.read()


def drawn(one: DocumentAudit) -> tuple[str, set[int]]:
    """The document as an HTML fragment with its marks, and the numbers of findings that have no mark in it."""
    source = packed.unpack(bytes(one.source or b""))
    made = [
        marks.Mark(f.number, f.severity, tuple(Place(**p) for p in f.places), f.quote, f.explanation or f.formula)
        for f in AuditFinding.objects.filter(audit=one)
    ]
    return view.document(source, made), view.unplaced(source, made)


def told(one: DocumentAudit) -> dict[str, Any]:
    """The JSON contract with the audit's `id` and what was decided about each finding."""
    decided = {f.number: f for f in AuditFinding.objects.filter(audit=one)}
    found = []
    for row in (one.report or {})["findings"]:
        f = decided[row["number"]]
        found.append(row | {"decision": f.decision, "reason": f.reason, "decided_by": f.decider})
    return {"id": one.pk} | (one.report or {}) | {"findings": found}


def report(one: DocumentAudit) -> Report:
    """The stored result as far as a page or a workbook needs it: source, findings, checks, gaps; no typed tables."""
    kept = one.report or {}
    checks = Checks({rule: list(row.values()) for rule, row in kept["checks"]["by_rule"].items()})
    found = [
        Finding(
            rule=f["rule"],
            severity=f["severity"],
            confidence=f["confidence"],
            where=f["where"],
            places=tuple(Place(**p) for p in f["places"]),
            printed=f["printed"],
            expected=f["expected"],
            difference=f["difference"],
            formula=f["formula"],
            quote=f["quote"],
            explanation=f["explanation"],
            origin=f["origin"],
            table=f["table"],
            linked=tuple(f["linked"]),
        )
        for f in kept["findings"]
    ]
    gaps = [Gap(g["what"], g["why"], Place(**g["place"]), g["quote"]) for g in kept["not_understood"]]
    document = Document(
        source=packed.unpack(bytes(one.source or b"")),
        kind=kept["kind"],
        unit=kept["unit"],
        year=kept["year"],
        money_unit=kept["money_unit"],
        tables=[],
        headings=[],
        sentences=[],
        figures=[],
        gaps=gaps,
        cells_seen=kept["coverage"]["cells_seen"],
        cells_read=kept["coverage"]["cells_read"],
    )
    return Report(document, found, checks)


def decisions(one: DocumentAudit) -> dict[int, tuple[str, str, str]]:
    """What was decided, by finding: (word, reason, who)."""
    found = AuditFinding.objects.filter(audit=one).exclude(decision="")
    return {f.number: (terms.DECISIONS[f.decision], f.reason, f.decider) for f in found}


# ---- letters --------------------------------------------------------------------------------------------------------


def letters(one: DocumentAudit) -> list[AuditLetter]:
    return list(AuditLetter.objects.filter(audit=one))


def last_sender(actor: Actor) -> str:
    """Who the district's letters came from last time, else the name of the post."""
    found = AuditLetter.objects.filter(audit__in=audits(actor)).order_by("-id").first()
    return found.content["sender"] if found else actor.post_name


def letter(actor: Actor, number: str) -> AuditLetter:
    """A letter of the actor's district by its number, or `NotHere`."""
    found = AuditLetter.objects.filter(number=number, audit__in=audits(actor)).first()
    if found is None:
        raise NotHere("核实函")
    return found
