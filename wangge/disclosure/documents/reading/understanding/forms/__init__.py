"""Performance forms: goals (G1-G3) and self-evaluations (E1, E2), one in a table or several."""

from wangge.disclosure.documents.reading.understanding.forms.lists import (
    Maker,
    is_across,
    is_listed,
    read_across,
    read_listed,
    read_summary,
)
from wangge.disclosure.documents.reading.understanding.forms.single import read_form

__all__ = ["Maker", "is_across", "is_listed", "read_across", "read_form", "read_listed", "read_summary"]
