"""Are codes and names of the chart of accounts of the year (B26, B27)?

The shipped chart is not complete: only a code that is known for other years is certainly wrong, and a name is doubted only
when it fits another code at least as well. The chart is asked for when the rules run, so reading documents needs no books.
"""

import re
from collections import defaultdict
from difflib import SequenceMatcher
from functools import lru_cache

from wangge.disclosure.documents.auditing import trees
from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.model import Row, Table

CHART = "《政府收支分类科目》（当年）"
FUNCTIONAL = ("T2", "T3", "T4", "T11", "T15", "T16", "T18", "F02", "F03", "F05", "F08", "F09")
ECONOMIC = ("T5", "T6", "T7", "T12", "T13", "T14", "T17", "F06")


def _plain(name: str) -> str:
    """A name without what tables add: brackets behind it, `一般` before goods, `支出` and `费用` at its end."""
    name = re.sub(r"[（(][^（）()]*[）)]$", "", re.sub(r"\s", "", name).replace("(", "（").replace(")", "）"))
    return re.sub(r"^一般(?=商品)|(?:支出|费用|费)$", "", name)


@lru_cache(maxsize=50_000)
def alike(a: str, b: str) -> float:
    a, b = _plain(a), _plain(b)
    if a and b and (a.startswith(b) or b.startswith(a)) and min(len(a), len(b)) >= 4:
        return 1.0  # cut to the width of its cell
    return SequenceMatcher(None, a, b).ratio()


def _seen(check: Checker, kinds: tuple[str, ...]) -> dict[tuple[str, str], list[tuple[Table, Row]]]:
    """Printed (code, name) and where; rows whose code contradicts their branch are the branch rule's matter."""
    found: dict[tuple[str, str], list[tuple[Table, Row]]] = defaultdict(list)
    for table in check.tables(*kinds):
        for branch in trees.branches(table):
            for node in branch.nodes:
                if node not in branch.misfiled and node.row.label:
                    found[node.code, node.row.label].append((table, node.row))
    return found


@rule("B26", source=CHART, formula="功能科目编码在当年科目中有效")
def function_codes(check: Checker) -> None:
    """Certain when the code is known for other years only: 2089901 until 2020, 2089999 since."""
    from wangge.finance.terms import classification, valid_years

    year = check.document.year
    for (code, label), at in _seen(check, FUNCTIONAL).items():
        years = valid_years("function", code)
        if not years:
            continue  # not in the shipped chart: nothing can be said
        known = any(first <= year <= last for first, last in years)
        right = next(
            (
                c
                for c, n in classification("function", year).items()
                if n == label and c[:5] == code[:5] and len(c) == len(code)
            ),
            "",
        )
        check.judge(
            known or not right,
            at[0][1].place,
            table=at[0][0],
            where=f"{code} {label}",
            printed=f"{code} {label}",
            expected=f"{right} {label}",
            explanation=f"{code} 不是 {year} 年的科目编码，当年“{label}”的编码是 {right}。",
            places=[row.place for _, row in at],
        )


@rule("B26", source=CHART, formula="功能科目名称与编码相符", severity="suspicious")
def function_names(check: Checker) -> None:
    """Doubted when the name is unlike every name the code has had, and is exactly that of a sibling."""
    _names(check, FUNCTIONAL, "function", exact=True)


@rule("B27", source=CHART, formula="经济科目名称与编码相符", severity="suspicious")
def economic_names(check: Checker) -> None:
    """Doubted when another code of the same 类 fits the name at least as well (30205 水电费 beside 30206 电费)."""
    _names(check, ECONOMIC, "economic", exact=False)


def _names(check: Checker, kinds: tuple[str, ...], kind: str, *, exact: bool) -> None:
    from wangge.finance.terms import classification, names

    chart = classification(kind, check.document.year)  # type: ignore[arg-type]
    for (code, label), at in _seen(check, kinds).items():
        own = names(kind, code)  # type: ignore[arg-type]
        if not own or len(code) == 3:
            continue
        fit = max(alike(label, name) for name in own)
        others = {c: n for c, n in chart.items() if c != code and c[:3] == code[:3] and len(c) == len(code)}
        rival, best = max(
            ((c, alike(label, n)) for c, n in others.items()), key=lambda pair: pair[1], default=("", 0.0)
        )
        wrong = fit < 1 and (best == 1 and fit < 0.5 if exact else best >= fit)
        beside = at[0][0].row(rival) if rival else None
        check.judge(
            not wrong,
            at[0][1].place,
            table=at[0][0],
            where=f"{code} {label}",
            printed=f"{code} {label}" + (f"、{rival} {beside.label}" if beside else ""),
            expected=f"{code} {own[-1]}" + (f"、{rival} {others[rival]}" if beside else ""),
            explanation=f"{code} 在科目中的名称是“{own[-1]}”，印出的“{label}”也像 {rival} “{others.get(rival, '')}”。",
            places=[row.place for _, row in at],
        )
