"""From a source to a document: tables by what they are, sentences with their figures, and what was not understood."""

import re
from collections import Counter
from collections.abc import Sequence

from wangge.disclosure.documents.model import Document, Gap, Paragraph, Source, Table, Value
from wangge.disclosure.documents.reading.understanding import (
    balances,
    forms,
    identity,
    ledgers,
    narrative,
    vehicles,
)
from wangge.disclosure.documents.reading.understanding.captions import ILLEGIBLE, MONEY, Piece, split
from wangge.disclosure.documents.reading.understanding.headers import head_of
from wangge.disclosure.documents.reading.understanding.kinds import kind_of
from wangge.disclosure.documents.reading.understanding.numbers import is_number
from wangge.disclosure.documents.reading.understanding.pages import Sheet
from wangge.disclosure.documents.reading.understanding.texts import compact
from wangge.disclosure.documents.words import TABLE_KINDS

__all__ = ["understand"]

_BALANCES = {"T1", "T10", "F01", "F04"}
_FORMS = {"E1", "E2", "G1", "G3"}
_HEADER_ROWS = 6


def understand(source: Source) -> Document:
    """The document of a source. Raises Unreadable("not_a_document") for a text that is none of the four kinds."""
    pieces, paragraphs = split(source)
    sheet = Sheet()
    tables: list[Table] = []
    for piece in pieces:
        tables.extend(_tables(piece, sheet))
    titles = [compact(paragraph.text) for paragraph in paragraphs[:30] if len(compact(paragraph.text)) <= 60]
    kind = identity.kind_of(tables, titles, source)
    _name(tables)
    told = narrative.read(paragraphs, [note for piece in pieces for note in piece.notes])
    owners = [piece.caption.owner for piece in pieces if piece.caption.owner]
    money = identity.money_of(tables, [piece.caption.unit for piece in pieces], [s.text for s in told.sentences])
    for table in tables:
        table.unit = table.unit or _money_in(table)
    figures = [figure for figure in told.figures if figure.subject or figure.role != "amount"]
    lost = [figure for figure in told.figures if not figure.subject and figure.role == "amount"]
    gaps = [Gap("页面", why, place) for why, place in source.problems]
    gaps += sheet.gaps + [Gap("叙述中的数字", "没有认出这个数字说的是什么", f.place, f.quote) for f in lost]
    return Document(
        source=source,
        kind=kind,
        unit=identity.unit_of(titles, owners, tables),
        year=identity.year_of(titles, tables, paragraphs),
        money_unit=money,
        tables=tables,
        headings=told.headings,
        sentences=told.sentences,
        figures=figures,
        gaps=gaps,
        cells_seen=sheet.seen + len(told.figures),
        cells_read=sheet.read + len(figures),
    )


def _tables(piece: Piece, sheet: Sheet) -> list[Table]:
    caption = piece.caption
    if not piece.rows:
        kind = kind_of(caption.title, "")
        if kind == "U":
            return []
        table = Table(
            "", kind, caption.title, caption.printed[0].place, [], [], caption.number, caption.unit, piece.notes
        )
        if caption.illegible:
            place = next(p.place for p in caption.printed if ILLEGIBLE.search(p.text))
            table.damage.append(("表格内容无法辨认", place))
            sheet.gaps.append(Gap(caption.title, "表格内容无法辨认", place, "[illegible]"))
        return [table]
    header = "|".join(compact(cell.text) for row in piece.rows[:_HEADER_ROWS] for cell in row)
    if not any(is_number(cell.text) for row in piece.rows for cell in row) and not caption.title:
        return []
    every = "|".join(compact(cell.text) for row in piece.rows for cell in row)
    kind = kind_of(caption.title, every if "指标" in every else header)
    table = Table(
        "",
        kind,
        caption.title or TABLE_KINDS[kind],
        piece.rows[0][0].place,
        [],
        [],
        caption.number,
        caption.unit,
        piece.notes,
    )
    if not table.unit and kind in _FORMS and (found := re.search(r"（(万元|元)）", every)):
        table.unit = found[1]
    told = len(sheet.gaps)
    made = _read(table, piece, sheet)
    if kind == "U" and all(one.empty for one in made):
        del sheet.gaps[told:]
        return []  # a list of words, no table of figures
    sheet.close(table.title, piece.rows)
    return made


def _read(table: Table, piece: Piece, sheet: Sheet) -> list[Table]:
    rows = piece.rows
    make = forms.Maker(table.kind, table.title, table.number, table.unit)
    if table.kind == "G3" and forms.is_across(rows):
        return [_with_notes(made, piece.notes) for made in forms.read_across(make, rows, sheet)]
    if table.kind in ("G3", "G2", "G1") and forms.is_listed(rows):
        return [_with_notes(made, piece.notes) for made in forms.read_listed(make, rows, sheet)]
    if table.kind in _FORMS:
        forms.read_form(table, rows, sheet)
        return [table]
    if table.kind == "G2":
        forms.read_summary(table, rows, sheet)
        return [table]
    head = head_of(rows)
    sheet.take_all(cell for row in rows[: head.depth] for cell in row)
    if order := [cell for cell in head.order if cell.text.strip()]:
        table.fields["栏次"] = Value(" ".join(compact(cell.text) for cell in order), order[0].place)
    if table.kind in ("T9", "F07"):
        vehicles.read(table, rows, head, sheet)
    elif table.kind in _BALANCES or (table.kind == "U" and _two_sided(head.text)):
        balances.read(table, rows, head, sheet)
    else:
        ledgers.read(table, rows, head, sheet)
    return [table]


def _two_sided(header: str) -> bool:
    return header.startswith("收入|") and "|支出|" in header


def _with_notes(table: Table, notes: Sequence[Paragraph]) -> Table:
    table.notes = list(notes)
    return table


def _name(tables: Sequence[Table]) -> None:
    """Give each table its id: its kind, and a number when there are several of it."""
    counts = Counter(table.kind for table in tables)
    numbers: Counter[str] = Counter()
    for table in tables:
        numbers[table.kind] += 1
        table.id = (
            table.kind if counts[table.kind] == 1 and table.kind != "U" else f"{table.kind}.{numbers[table.kind]}"
        )


def _money_in(table: Table) -> str:
    """The money unit printed in the header of the table or beside the amounts of a form."""
    for column in table.columns:
        if found := MONEY.search("".join(column.header)):
            return found[1]
    units = Counter(value.unit for value in table.fields.values() if value.unit in ("元", "万元"))
    return units.most_common(1)[0][0] if units else ""
