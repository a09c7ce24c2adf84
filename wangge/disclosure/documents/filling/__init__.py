"""From rows of the books to printed cells: each cell keeps the rows behind it, and is rounded once."""

from wangge.disclosure.documents.filling.books import Amount, Books, Row
from wangge.disclosure.documents.filling.cells import Block, Cell, Filled, Heading, Paper, Text
from wangge.disclosure.documents.filling.tables import fill

__all__ = ["Amount", "Block", "Books", "Cell", "Filled", "Heading", "Paper", "Row", "Text", "fill"]
