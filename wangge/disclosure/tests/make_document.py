"""Small understood documents for the tests of the rules, built by hand: a table is a list of rows of text.

    document(
        table("T3", ["合计", "一般公共预算"], ["合计", "10.00", "10.00"], ["201 一般公共服务支出", "10.00", "10.00"]),
    )

A row's first word is its label; a label that begins with digits has that code. `section:label` gives a section.
"""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from wangge.disclosure.documents.model import (
    Column,
    Document,
    DocumentKind,
    Figure,
    Paragraph,
    Place,
    Row,
    Sentence,
    Source,
    Table,
    Value,
)

_LEVELS = {3: 1, 5: 2, 7: 3}


def value(text: str, place: Place) -> Value:
    """A cell as the reader would give it: number, decimals and unit."""
    printed = text.strip().replace(",", "")
    unit = "%" if printed.endswith("%") else ""
    try:
        number = Decimal(printed.removesuffix("%"))
    except InvalidOperation:
        return Value(text, place)
    return Value(text, place, number, max(0, -int(number.as_tuple().exponent)), unit)


def row(label: str, columns: list[str], cells: tuple[str | None, ...], place: Place) -> Row:
    section, _, label = label.rpartition(":")
    code, _, name = label.partition(" ")
    code = code if code.isdigit() else ""
    level = (1 if len(code) == 3 else 2) if code[:1] in ("3", "5") else _LEVELS.get(len(code), 0)
    made = Row(
        key=code or label,
        label=name if code else label,
        place=place,
        code=code,
        level=level if code else 0 if re.search("合计$|总计$", label) else section.count("/") + 1 if section else -1,
        section=section,
    )
    for i, (column, text) in enumerate(zip(columns, cells, strict=False), start=2):
        if text is not None:
            made.values[column] = value(text, Place(line=place.line, table=place.table, row=place.row, column=i))
    return made


def table(
    kind: str,
    columns: list[str],
    *rows: Sequence[str | None],
    title: str = "",
    number: str = "",
    unit: str = "万元",
    notes: tuple[str, ...] = (),
    damage: tuple[str, ...] = (),
    fields: dict[str, str] | None = None,
) -> Table:
    """`document` gives places and ids. A cell of None is not there at all, "" is blank."""
    made = Table(
        id="",
        kind=kind,
        title=title,
        place=Place(),
        columns=[Column(c, (c,), i) for i, c in enumerate(columns, start=2)],
        rows=[],
        number=number,
        unit=unit,
        notes=[Paragraph(n, Place()) for n in notes],
        damage=[(d, Place()) for d in damage],
    )
    made.fields = {k: value(v, Place()) for k, v in (fields or {}).items()}
    made.rows = [
        row(str(label), columns, tuple(cells), Place(row=i)) for i, (label, *cells) in enumerate(rows, start=1)
    ]
    return made


def document(
    *tables: Table,
    kind: DocumentKind = "budget",
    unit: str = "某某中心",
    year: int = 2020,
    money_unit: str = "万元",
    sentences: tuple[str, ...] = (),
    figures: tuple[Figure, ...] = (),
    headings: tuple[str, ...] = (),
) -> Document:
    """Places: table n, row r of it is line 100 n + r of a text file."""
    seen: dict[str, int] = {}
    for n, made in enumerate(tables, start=1):
        seen[made.kind] = seen.get(made.kind, 0) + 1
        made.id = made.kind if seen[made.kind] == 1 else f"{made.kind}.{seen[made.kind]}"
        made.place = Place(line=100 * n, table=n)
        made.damage = [(what, made.place) for what, _ in made.damage]
        for made_row in made.rows:
            place = Place(line=100 * n + made_row.place.row, table=n, row=made_row.place.row)
            made_row.place = place
            made_row.values = {
                column: Value(
                    v.text,
                    Place(line=place.line, table=n, row=place.row, column=v.place.column),
                    v.number,
                    v.digits,
                    v.unit,
                )
                for column, v in made_row.values.items()
            }
    lines = [Sentence(text, (), Place(line=i)) for i, text in enumerate(sentences, start=1)]
    titles = [Paragraph(text, Place(line=i)) for i, text in enumerate(headings, start=1)]
    source = Source("made.txt", "text", "0" * 64, "0" * 64, 0, ())
    return Document(source, kind, unit, year, money_unit, list(tables), titles, lines, list(figures), [])
