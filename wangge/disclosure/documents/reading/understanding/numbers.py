"""Numbers as they are printed in cells: exact decimals with the digits printed, never floats, never guessed."""

import re
from decimal import Decimal

from wangge.disclosure.documents.model import Cell, Value
from wangge.disclosure.documents.reading.understanding.texts import compact

_UNIT = r"万元|亿元|千元|百元|元|%|‰|万"
_PLAIN = re.compile(
    rf"^(?P<open>（)?(?P<sign>[-+−－﹣])?(?P<digits>\d+(?:\.\d*)?|\.\d+)(?P<close>）)?(?P<unit>{_UNIT})?$"
)
_COUNTED = re.compile(r"^(?P<sign>[-+−－﹣])?(?P<digits>\d+(?:\.\d+)?)(?P<unit>[一-龥%‰][一-龥/（）㎡%]{0,7})$")
_GROUPED = re.compile(r"^[^\d]*\d{1,3}(?:[,，]\d{3})+(?:\.\d*)?[^\d]*$")
_APART = re.compile(r"\d\s+\d")
_NONE = re.compile(r"^(?:[-—–－/\\*·.…]+|无|不适用|空|\[illegible\])$", re.I)
_FIGURE = re.compile(r"\d")


def number_of(text: str) -> tuple[Decimal, int, str] | None:
    """The number of a cell that holds nothing but one number (and its unit): number, printed decimals, unit.

    None for words, dashes, and for digits that could be two numbers.
    """
    if not _FIGURE.search(text):
        return None
    if _APART.search(text) and not _joined(text):
        return None
    plain = compact(text).replace("．", ".")
    if "," in plain or "，" in plain:
        if not _GROUPED.match(plain):
            return None
        plain = plain.replace(",", "").replace("，", "")
    found = _PLAIN.match(plain)
    if not found or bool(found["open"]) != bool(found["close"]):
        return None
    return _decimal(found["digits"], bool(found["open"]) or (found["sign"] or "+") != "+", found["unit"] or "")


def counted(text: str) -> tuple[Decimal, int, str] | None:
    """The number of a cell like `3个`, `11个办所` or `6.3万元/人`; None when the cell says more than that."""
    if (plain := number_of(text)) is not None:
        return plain
    if _APART.search(text):
        return None
    found = _COUNTED.match(compact(text))
    if not found or re.search(r"年|月|日", found["unit"][:1]):
        return None
    return _decimal(found["digits"], (found["sign"] or "+") != "+", found["unit"])


def value_of(cell: Cell, loose: bool = False) -> Value:
    """A cell as a value: its number when it is one, its words otherwise. `loose` takes counted things as numbers, too."""
    found = counted(cell.text) if loose else number_of(cell.text)
    if found is None:
        return Value(cell.text, cell.place)
    return Value(cell.text, cell.place, *found)


def is_number(text: str) -> bool:
    return number_of(text) is not None


def says_nothing(text: str) -> bool:
    """Blank, or one of the marks that stand for nothing (`—`, `无`, `**`)."""
    plain = compact(text)
    return not plain or bool(_NONE.match(plain))


def has_digit(text: str) -> bool:
    return bool(_FIGURE.search(text))


def _decimal(digits: str, negative: bool, unit: str) -> tuple[Decimal, int, str]:
    number = Decimal(digits.rstrip(".") if not digits.startswith(".") else "0" + digits)
    return -number if negative else number, len(digits.partition(".")[2]), unit


def _joined(text: str) -> bool:
    """Digits parted by a blank are one number only when the blank stands beside its point or comma, or a line broke it
    inside a group of thousands or decimals."""
    flat = re.sub(r"\s*([.,，])\s*", r"\1", text.strip())
    if not _APART.search(flat):
        return True
    parts = re.split(r"\s+", flat)
    if all(len(part) == 1 for part in parts):
        return True
    whole = "".join(parts)
    return "\n" in text and (bool(_GROUPED.match(whole)) or bool(re.match(r"^\d+\.\d{1,4}$", whole)))
