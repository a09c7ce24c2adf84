"""A set as a text document. Tables are written as their XML at once: a cell at a time through the library is slow."""

import io
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml import parse_xml
from docx.shared import Cm, Pt

from wangge.disclosure.documents.filling import Block, Cell, Filled, Heading, Paper, Text

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TWIPS = 567  # in a centimetre
LONG, SHORT, EDGE = 29.7, 21.0, 2.0


def document(paper: Paper) -> bytes:
    """The bytes of a DOCX: headings are headings, tables are tables with their merged cells."""
    made: Any = docx.Document()
    _styles(made)
    made.core_properties.title = " ".join(paper.title)
    made.core_properties.created = made.core_properties.modified = datetime(2000, 1, 1)  # noqa: DTZ001
    _page(made.sections[0], wide=_starts_wide(paper.blocks))
    for line in paper.title:
        _paragraph(made, line, size=22, bold=True, align="center")
    wide = _starts_wide(paper.blocks)
    for block, after in pairwise([*paper.blocks, None]):
        if isinstance(block, Filled) and block.wide != wide:
            wide = block.wide
            _page(made.add_section(WD_SECTION.NEW_PAGE), wide)
        elif isinstance(block, Heading | Text) and wide:
            wide = False
            _page(made.add_section(WD_SECTION.NEW_PAGE), wide)
        _block(made, block, after)
    out = io.BytesIO()
    made.save(out)
    return _dated(out.getvalue())


def _dated(data: bytes) -> bytes:
    """The same package with the same day on every part: equal content, equal bytes."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            part.compress_type = ZIP_DEFLATED
            new.writestr(part, old.read(name))
    return out.getvalue()


def _starts_wide(blocks: Any) -> bool:
    return bool(blocks) and isinstance(blocks[0], Filled) and blocks[0].wide


def _styles(made: Any) -> None:
    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = "宋体", Pt(11)
    normal.element.rPr.rFonts.set("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}eastAsia", "宋体")
    normal.paragraph_format.space_after = Pt(2)


def _page(section: Any, wide: bool) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Cm(LONG), Cm(SHORT)) if wide else (Cm(SHORT), Cm(LONG))
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(EDGE)


def _block(made: Any, block: Block | None, after: Block | None) -> None:
    if isinstance(block, Heading):
        heading = made.add_heading(block.text, level=min(block.level, 3))
        heading.paragraph_format.page_break_before = block.new_page
    elif isinstance(block, Text):
        _paragraph(made, block.text)
    elif isinstance(block, Filled):
        for line in (block.number, f"**{block.title}", f"{block.unit_label}{block.unit_name}"):
            bold = line.startswith("**")
            _paragraph(made, line.removeprefix("**"), bold=bold, size=14 if bold else 10.5)
        if block.unit:
            _paragraph(made, f"单位：{block.unit}", size=10.5)
        made.element.body.insert(len(made.element.body) - 1, parse_xml(_table(block)))
        for note in block.notes:
            _paragraph(made, note, size=10)
        if isinstance(after, Filled) and after.wide == block.wide:
            made.paragraphs[-1].paragraph_format.space_after = Pt(18)
            _paragraph(made, "")


def _paragraph(made: Any, text: str, *, size: float = 0, bold: bool = False, align: str = "") -> None:
    properties = (f'<w:jc w:val="{align}"/>' if align else "") and f'<w:pPr><w:jc w:val="{align}"/></w:pPr>'
    run = ("<w:b/>" if bold else "") + (f'<w:sz w:val="{round(size * 2)}"/>' if size else "")
    xml = (
        f"<w:p {W}>{properties}<w:r>{f'<w:rPr>{run}</w:rPr>' if run else ''}"
        f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
    )
    made.element.body.insert(len(made.element.body) - 1, parse_xml(xml))


# ---- tables -------------------------------------------------------------------------------------------------------


def _table(table: Filled) -> str:
    room = (LONG if table.wide else SHORT) - 2 * EDGE
    scale = room / sum(table.widths)
    widths = [round(w * scale * TWIPS) for w in table.widths]
    size = 21 if len(widths) <= 9 else 16
    rows = "".join(_row(table, at, widths, size) for at in range(len(table.grid)))
    columns = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    return (
        f'<w:tbl {W}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>'
        + "".join(
            f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
            for side in ("top", "left", "bottom", "right", "insideH", "insideV")
        )
        + f'</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>'
    )


def _row(table: Filled, at: int, widths: list[int], size: int) -> str:
    head = "<w:trPr><w:cantSplit/>" + ("<w:tblHeader/>" if at < table.head else "") + "</w:trPr>"
    return f"<w:tr>{head}{''.join(_cells(table, at, widths, size))}</w:tr>"


def _cells(table: Filled, at: int, widths: list[int], size: int) -> Iterator[str]:
    """The cells of a row; a cell that spreads downwards goes on as an empty one."""
    column = 0
    while column < len(widths):
        owner, continues = _owner(table, at, column)
        spread = owner.columns if owner else 1
        width = sum(widths[column : column + spread])
        merge = (
            "" if owner is None or owner.lines == 1 else f'<w:vMerge w:val="{"continue" if continues else "restart"}"/>'
        )
        look = (
            f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>'
            + (f'<w:gridSpan w:val="{spread}"/>' if spread > 1 else "")
            + merge
            + '<w:vAlign w:val="center"/></w:tcPr>'
        )
        yield f"<w:tc>{look}{_content(None if continues else owner, size)}</w:tc>"
        column += spread


def _owner(table: Filled, row: int, column: int) -> tuple[Cell | None, bool]:
    """The cell that covers a place, and whether it began in a row above."""
    cell = table.grid[row][column]
    if cell is not None:
        return cell, False
    for above in range(row - 1, -1, -1):
        over = table.grid[above][column]
        if over is not None:
            return (over, True) if above + over.lines > row else (None, False)
    return None, False


def _content(cell: Cell | None, size: int) -> str:
    text = cell.text if cell else ""
    look = cell.look if cell else "label"
    align = {"figure": "right", "head": "center", "code": "center"}.get(look, "left")
    run = ("<w:b/>" if look == "head" else "") + f'<w:sz w:val="{size}"/>'
    body = f'<w:r><w:rPr>{run}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""
    return f'<w:p><w:pPr><w:spacing w:after="0"/><w:jc w:val="{align}"/></w:pPr>{body}</w:p>'
