"""The whole accounts set of a unit out of the books, in three formats, beside the bare libraries writing the same cells.

Promised: at most 5 seconds. The floor is xlsxwriter, python-docx and typst given the texts of the same cells and
paragraphs, without merging, rounding, sentences or a database.
"""

import contextlib
import io
import json
from collections.abc import Iterator
from typing import Any

from _bench import installation, median_seconds, report

UNIT, YEAR, KIND = "204001", 2022, "accounts"


@contextlib.contextmanager
def books() -> Iterator[None]:
    """The demonstration's books in a database of their own; gone afterwards."""
    with installation():
        from wangge.demo.books import loading

        loading.load(lambda line: None)
        yield


def ours() -> None:
    from wangge.disclosure.services import sets
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM

    with scope.system():
        for form in ("xlsx", "docx", "pdf"):
            sets.render_set(SYSTEM, UNIT, YEAR, KIND, form)


def texts() -> tuple[list[str], list[list[list[str]]]]:
    """Paragraphs and tables of the set as plain texts."""
    from wangge.disclosure.documents.filling import Filled
    from wangge.disclosure.services import sets
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM

    with scope.system():
        paper = sets.paper(SYSTEM, UNIT, YEAR, KIND)
    words = [b.text for b in paper.blocks if not isinstance(b, Filled)]
    return words, [[[c.text if c else "" for c in row] for row in t.grid] for t in paper.tables]


def bare(words: list[str], tables: list[list[list[str]]]) -> None:
    import docx
    import typst
    import xlsxwriter

    from wangge.kernel.documents import FONTS

    book: Any = xlsxwriter.Workbook(io.BytesIO(), {"in_memory": True})
    document: Any = docx.Document()
    for text in words:
        document.add_paragraph(text)
    for rows in tables:
        sheet = book.add_worksheet()
        table = document.add_table(rows=len(rows), cols=len(rows[0]))
        for y, row in enumerate(rows):
            for (x, text), cell in zip(enumerate(row), table.rows[y].cells, strict=True):
                sheet.write_string(y, x, text)
                cell.text = text
    book.close()
    document.save(io.BytesIO())
    source = (
        '#set text(font: "Noto Sans SC")\n#let data = json(bytes(sys.inputs.data))\n'
        "#for w in data.words { par(w) }\n"
        "#for t in data.tables { table(columns: t.first().len(), ..t.flatten()) }"
    )
    data = json.dumps({"words": words, "tables": tables}, ensure_ascii=False)
    typst.compile(
        source.encode(), sys_inputs={"data": data}, font_paths=[str(FONTS)], ignore_system_fonts=True, format="pdf"
    )


def main() -> None:
    with books():
        given = texts()
        cells = sum(len(row) for table in given[1] for row in table)
        print(f"{len(given[1])} tables, {cells} cells, {len(given[0])} paragraphs")
        report("accounts set in three formats", median_seconds(ours, 7), "s", median_seconds(lambda: bare(*given), 7))


if __name__ == "__main__":
    main()
