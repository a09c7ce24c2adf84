"""A source small enough to keep beside its report: places as short lists, compressed."""

import json
import zlib
from typing import Any

from wangge.disclosure.documents.model import Block, Cell, Grid, Paragraph, Place, Source

_HEAD = ("file", "format", "sha256", "text_sha256", "pages")


def pack(source: Source) -> bytes:
    """The source as compressed JSON; `unpack` gives back an equal one."""
    blocks: list[list[Any]] = []
    for block in source.blocks:
        if isinstance(block, Paragraph):
            blocks.append([_place(block.place), block.text, [[at, _place(place)] for at, place in block.turns]])
        else:
            blocks.append([_place(block.place), [[[_place(c.place), c.text] for c in row] for row in block.rows]])
    told = {name: getattr(source, name) for name in _HEAD} | {"blocks": blocks}
    told["problems"] = [[what, _place(place)] for what, place in source.problems]
    return zlib.compress(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpack(packed: bytes) -> Source:
    told = json.loads(zlib.decompress(packed))
    blocks: list[Block] = []
    for place, content, *more in told["blocks"]:
        if isinstance(content, str):
            turns = tuple((offset, Place(*at)) for offset, at in more[0])
            blocks.append(Paragraph(content, Place(*place), turns))
        else:
            rows = tuple(tuple(Cell(text, Place(*at)) for at, text in row) for row in content)
            blocks.append(Grid(rows, Place(*place)))
    problems = tuple((what, Place(*place)) for what, place in told["problems"])
    return Source(**{name: told[name] for name in _HEAD}, blocks=tuple(blocks), problems=problems)


def _place(place: Place) -> list[Any]:
    return [place.page, place.line, place.sheet, place.table, place.row, place.column]
