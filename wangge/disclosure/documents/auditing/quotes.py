"""The printed line behind a place."""

from wangge.disclosure.documents.model import Document, Grid, Place


class Quotes:
    """Looks up what is printed at a place: the row of a table with tabs between its cells, or the paragraph."""

    def __init__(self, document: Document) -> None:
        self._rows: dict[tuple[str, int, int], str] = {}
        self._lines: dict[tuple[str, int, int], str] = {}
        for block in document.source.blocks:
            if isinstance(block, Grid):
                for row in block.rows:
                    text = "\t".join(cell.text for cell in row)
                    for cell in row:
                        self._rows.setdefault((cell.place.sheet, cell.place.table, cell.place.row), text)
            else:
                self._lines.setdefault((block.place.sheet, block.place.page, block.place.line), block.text)
        self._read = {
            (v.place.sheet, v.place.table, v.place.row): row
            for table in document.tables
            for row in table.rows
            for v in row.values.values()
        }

    def of(self, place: Place, limit: int = 300) -> str:
        """At most `limit` characters; "" when nothing is known to stand there."""
        key = (place.sheet, place.table, place.row)
        text = self._rows.get(key) if place.table and place.row else None
        if text is None and (row := self._read.get(key)) is not None:
            text = "\t".join((row.label, *(value.text for value in row.values.values())))
        if text is None:
            text = self._lines.get((place.sheet, place.page, place.line), "")
        return text if len(text) <= limit else text[:limit] + "…"
