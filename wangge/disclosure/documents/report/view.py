"""A source as an HTML fragment: paragraphs and tables in printed order, each finding marked where it stands.

One implementation for the page that the command writes and for the desk. Everything printed is escaped here; nothing
of a document can act as markup.
"""

import re
from collections.abc import Sequence
from html import escape

from wangge.disclosure.documents.model import Grid, Paragraph, Source
from wangge.disclosure.documents.report.marks import Mark, Marked, cells_of, span
from wangge.disclosure.documents.report.mask import masked
from wangge.disclosure.terms import SEVERITIES

_RANK = tuple(SEVERITIES)
_NUMBER = re.compile(r"[-−+]?[\d,，]+(\.\d+)?%?")
_HEADING = re.compile(
    r"(第[一二三四五六七八九十]+(部分|章|节)|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[)）])[^。；]{1,36}"
)


def document(source: Source, marks: Sequence[Mark]) -> str:
    """The whole document. A mark has the id `m3`, links to `#f3`, and carries `data-finding="3"`."""
    marked, parts, page, sheet = Marked(source, marks), [], 0, ""
    for i, block in enumerate(source.blocks):
        if block.place.sheet and block.place.sheet != sheet:
            sheet = block.place.sheet
            parts.append(f'<p class="doc-page">工作表 {escape(sheet)}</p>')
        if block.place.page and block.place.page != page:
            page = block.place.page
            parts.append(f'<p class="doc-page">第 {page} 页</p>')
        parts.append(_paragraph(block, i, marked) if isinstance(block, Paragraph) else _grid(block, i, marked))
    return "\n".join(parts)


def unplaced(source: Source, marks: Sequence[Mark]) -> set[int]:
    """The numbers of the findings that have no mark in the document: they concern something that is not printed."""
    return Marked(source, marks).lost


def _links(found: Sequence[tuple[Mark, bool]]) -> str:
    """The small numbers that lead from a mark to its findings."""
    return "".join(
        f'<a class="doc-no" href="#f{m.number}" data-finding="{m.number}" data-severity="{m.severity}"'
        f'{"" if own else " data-also"} title="{escape(f"{SEVERITIES[m.severity]}：{m.words}")}">{m.number}</a>'
        for m, own in found
    )


def _worst(found: Sequence[tuple[Mark, bool]]) -> str:
    own = [m.severity for m, is_own in found if is_own] or [m.severity for m, _ in found]
    return min(own, key=_RANK.index)


def _ids(found: Sequence[tuple[Mark, bool]]) -> str:
    """Anchors for every finding whose mark stands here: an element has one id, findings may share a place."""
    return "".join(f'<a id="m{m.number}" class="doc-at"></a>' for m, own in found if own)


def _paragraph(block: Paragraph, at: int, marked: Marked) -> str:
    text, found = masked(block.text), marked.at.get((at, -1, -1), [])
    tag = "h3" if _HEADING.fullmatch(text.strip()) else "p"
    if not found:
        return f"<{tag}>{escape(text)}</{tag}>"
    spans: list[tuple[int, int, list[tuple[Mark, bool]]]] = []
    whole: list[tuple[Mark, bool]] = []
    for one in found:
        piece = span(text, one[0].quote)
        if piece is None:
            whole.append(one)
        else:
            spans.append((*piece, [one]))
    out, here = [], 0
    for start, end, inside in _joined(spans):
        out.append(escape(text[here:start]))
        out.append(
            f'{_ids(inside)}<mark data-severity="{_worst(inside)}">{escape(text[start:end])}</mark>{_links(inside)}'
        )
        here = end
    out.append(escape(text[here:]))
    if whole:
        return (
            f'<{tag} class="doc-hit" data-severity="{_worst(whole)}">{_ids(whole)}{"".join(out)}{_links(whole)}</{tag}>'
        )
    return f"<{tag}>{''.join(out)}</{tag}>"


def _joined(
    spans: list[tuple[int, int, list[tuple[Mark, bool]]]],
) -> list[tuple[int, int, list[tuple[Mark, bool]]]]:
    """Pieces that overlap become one, so that marks never nest."""
    out: list[tuple[int, int, list[tuple[Mark, bool]]]] = []
    for start, end, inside in sorted(spans, key=lambda s: s[:2]):
        if out and start < out[-1][1]:
            before = out[-1]
            out[-1] = (before[0], max(end, before[1]), before[2] + inside)
        else:
            out.append((start, end, inside))
    return out


def _grid(block: Grid, at: int, marked: Marked) -> str:
    width, rows = cells_of(block), []
    for r, row in enumerate(block.rows):
        cells = [_cell(masked(cell.text), marked.at.get((at, r, c), [])) for c, cell in enumerate(row)]
        cells += ["<td></td>"] * (width - len(row))
        rows.append(f"<tr>{''.join(cells)}</tr>")
    found = marked.at.get((at, -1, -1), [])
    caption = f"<caption>{_ids(found)}表格{_links(found)}</caption>" if found else ""
    label = f"第 {block.place.table} 个表格"
    return (
        f'<div class="doc-table" tabindex="0" role="region" aria-label="{label}">'
        f"<table>{caption}<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(text: str, found: Sequence[tuple[Mark, bool]]) -> str:
    kind = "num" if _NUMBER.fullmatch(text.strip()) else ""
    shown = escape(text).replace("\n", "<br>")
    if not found:
        return f'<td class="{kind}">{shown}</td>' if kind else f"<td>{shown}</td>"
    hit = "doc-hit" if any(own for _, own in found) else "doc-part"
    return (
        f'<td class="{hit}{" " + kind if kind else ""}" data-severity="{_worst(found)}">'
        f"{_ids(found)}{shown}{_links(found)}</td>"
    )
