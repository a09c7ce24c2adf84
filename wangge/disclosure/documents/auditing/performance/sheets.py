"""What the rules about performance forms share: the cells of a form, its rows, its name, and where a project is told of."""

import re
from collections.abc import Iterator
from decimal import Decimal

from wangge.disclosure.documents.auditing.engine import Checker
from wangge.disclosure.documents.auditing.narrative.phrases import number_of, plain
from wangge.disclosure.documents.auditing.terms import Term
from wangge.disclosure.documents.model import Document, Grid, Place, Row, Table, Value
from wangge.finance.terms import level1_of, level2_of

FORM = "财预〔2020〕10号附自评表填报说明"
FIRST_LEVELS = ("产出指标", "效益指标", "满意度指标")
_LABELS = ("专项名称", "项目名称", "支出方向名称", "项目支出名称")


def evaluations(check: Checker) -> list[Table]:
    """Self-evaluation forms."""
    return [t for t in check.document.tables if t.kind in ("E1", "E2")]


def goals(check: Checker) -> list[Table]:
    """Goal forms."""
    return [t for t in check.document.tables if t.kind in ("G1", "G3")]


def name_of_form(form: Table) -> str:
    """The project a form is about; "" of the whole unit."""
    for key in ("项目名称", "支出方向", "所属专项"):
        text = plain(form.fields[key].text) if key in form.fields else ""
        if text and not any(label in text for label in _LABELS):
            return text
    return ""


def title(form: Table) -> str:
    name = name_of_form(form)
    return f"{plain(form.title)}（{name}）" if name else plain(form.title)


def term(check: Checker, form: Table, row: Row, column: str) -> Term | None:
    """A cell of a form as a term.

    It carries no table: cells of a form are found by their words and numbers, so a slip of its columns takes nothing
    from the certainty of its arithmetic.
    """
    value = row.values.get(column)
    return of_value(check, form, f"{row.label or row.key}·{column}", value) if value is not None else None


def of_value(check: Checker, form: Table, name: str, value: Value) -> Term:
    money = not value.unit or value.unit.endswith("元")
    return Term(
        name=f"{title(form)} {name}",
        text=value.text,
        number=value.number,
        digits=value.digits,
        place=value.place,
        key=(form.id, value.place, name),
        scale=_scale(check, form, value) if money else Decimal(1),
        coarse=2 if money else 0,
        quote=check.quotes.of(value.place),
    )


def _scale(check: Checker, form: Table, value: Value) -> Decimal:
    from wangge.disclosure.documents.auditing.terms import scale_of

    return scale_of(value.unit, form.unit or check.document.money_unit or "万元")


def points(check: Checker, form: Table, row: Row, column: str) -> Term | None:
    """A weight or score of a row."""
    value = row.values.get(column)
    if value is None or value.number is None:
        return None
    return Term(
        name=f"{title(form)} {row.label or row.key}·{column}",
        text=value.text,
        number=value.number,
        digits=value.digits,
        place=value.place,
        key=(form.id, value.place, column),
        coarse=0,
        exact=True,
        quote=check.quotes.of(value.place),
    )


def money(form: Table, key: str = "合计") -> Row | None:
    return next((r for r in form.rows if r.section == "资金" and r.key == key), None)


def indicators(form: Table) -> list[Row]:
    return [r for r in form.rows if r.section == "指标"]


def level2(row: Row) -> str:
    return level2_of(row["二级指标"].text)


def level1(row: Row) -> str:
    """Derived from the second level: what is printed in the first column slips."""
    return level1_of(row["二级指标"].text) or row["一级指标"].text.strip()


def header_points(form: Table, first: str) -> tuple[Decimal, Place] | None:
    """The weight printed in the header of a first level (`产出指标（50分）`)."""
    value = form.fields.get(f"{first}/分值")
    if value is None:
        return None
    found = re.search(r"\d+(?:\.\d+)?", plain(value.text))
    number = value.number if value.number is not None else Decimal(found[0]) if found else None
    return (number, value.place) if number is not None else None


def same_project(one: str, other: str) -> bool:
    """Are two printed names the same project? One may be cut short or say 项目 or 专项 more."""
    a, b = (re.sub(r"[^\w]|项目$|专项$|经费$|费用$|服务$", "", plain(n)) for n in (one, other))
    return bool(a and b) and (a == b or (min(len(a), len(b)) >= 4 and (a.startswith(b) or b.startswith(a))))


def paragraphs(document: Document) -> list[tuple[str, Place]]:
    """Everything that is printed outside tables, in its order, without blanks."""
    return [(plain(b.text), b.place) for b in document.source.blocks if not isinstance(b, Grid)]


def amounts_in(text: str) -> Iterator[tuple[Decimal, int, str]]:
    """Money in the text of an indicator: `61.62万`, `每月55.83万元`, `6.3万元/人` with number, decimals and what follows."""
    for m in re.finditer(
        r"(?P<n>\d[\d,]*(?:\.\d+)?)万(?!平|人|户|件|次|字|条|元以)元?(?P<per>/[一-龥]|每[一-龥])?", plain(text)
    ):
        number, digits = number_of(m["n"])
        yield number, digits, m["per"] or ""


def places_of(rows: list[Row], column: str) -> tuple[Place, ...]:
    """Where the values of a column are printed."""
    return tuple(r[column].place for r in rows)
