"""Classification codes as they are printed: whole, in three cells, or fused with the name of the line."""

import re

from wangge.disclosure.documents.reading.understanding.texts import compact

_WHOLE = re.compile(r"^[1-9]\d{2}(?:\d{2}){0,2}$")
_PART = re.compile(r"^\d{2}$")
_FUSED = re.compile(r"^[\[［【（]?([1-9]\d{2}(?:\d{2}){0,2})[\]］】）]?[-—－_、]?([一-龥“].*)$")
_FUSED_PART = re.compile(r"^(\d{2})[-—－]?([一-龥“].*)$")
TOTALS = {"合计", "总计", "总合计", "支出合计", "收入合计", "本年支出合计", "本年收入合计", "合计总计"}


def is_code(text: str) -> bool:
    """Is the cell a whole code of a class, a subclass or an item?"""
    return bool(_WHOLE.match(compact(text)))


def is_part(text: str) -> bool:
    """Is the cell a whole code, or the two digits of one step of it?"""
    plain = compact(text)
    return bool(_WHOLE.match(plain) or _PART.match(plain))


def is_total(text: str) -> bool:
    return compact(text) in TOTALS


def fused(text: str) -> tuple[str, str] | None:
    """Code (or two digits of one) and name of a cell that holds both; None when it does not."""
    plain = compact(text)
    found = _FUSED.match(plain) or _FUSED_PART.match(plain)
    return (found[1], found[2]) if found else None


def join(parts: list[str], above: str) -> str:
    """The whole code of the parts printed in a row; a step left blank is the one of the row above. "" when unsure."""
    parts = [compact(part) for part in parts]
    filled = [part for part in parts if part]
    if not filled:
        return ""
    last = filled[-1]
    if len(filled) == 1 and _WHOLE.match(last):
        return last
    if len(last) > 2 and _WHOLE.match(last) and all(last.startswith(part) for part in filled):
        return last  # each cell repeats the code as far as it goes
    if parts[0] and not _WHOLE.match(parts[0]):
        return ""
    whole = ""
    for i, part in enumerate(parts):
        if not part:
            if any(parts[i:]):
                whole += above[:3] if i == 0 else above[len(whole) : len(whole) + 2]
            continue
        whole += part
    return whole if _WHOLE.match(whole) else ""


def level(code: str) -> int:
    """1 for a class (3 digits), 2 for a subclass, 3 for an item; -1 without a code."""
    return {3: 1, 5: 2, 7: 3}.get(len(code), -1)
