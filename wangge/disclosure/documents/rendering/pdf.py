"""A set as pages, through the Typst template `set.typ`."""

from typing import Any

from wangge.disclosure.documents.filling import Cell, Filled, Heading, Paper, Text
from wangge.kernel import documents


def pages(paper: Paper) -> bytes:
    """The bytes of a PDF: text stays text, the head of a table repeats on every page it runs over."""
    blocks = [_block(b) for b in paper.blocks]
    return documents.pdf("disclosure/set", {"title": list(paper.title), "blocks": blocks})


def _block(block: Heading | Text | Filled) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"is": "heading", "level": block.level, "text": block.text, "new_page": block.new_page}
    if isinstance(block, Text):
        return {"is": "text", "text": block.text}
    return {
        "is": "table",
        "number": block.number,
        "title": block.title,
        "unit_name": f"{block.unit_label}{block.unit_name}",
        "unit": f"单位：{block.unit}" if block.unit else "",
        "widths": [round(w, 2) for w in block.widths],
        "head": block.head,
        "wide": block.wide,
        "notes": list(block.notes),
        "cells": [
            _cell(cell, x, y) for y, row in enumerate(block.grid) for x, cell in enumerate(row) if cell is not None
        ],
    }


def _cell(cell: Cell, x: int, y: int) -> list[Any]:
    return [x, y, cell.columns, cell.lines, cell.look, cell.text]
