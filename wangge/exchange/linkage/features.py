"""What of a person is compared, as plain columns made before any engine sees them. Pure Python.

Documents and telephones enter as blind indexes: equal ones are equal, and nobody who holds the tables can read them.
"""

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

COLUMNS = (
    "unique_id", "doc", "name", "name_py", "n1", "n2", "n3", "name_len", "sex", "birth", "birth_y", "birth_m", "birth_d", "birth_md", "phone",
    "addr", "addr_tail",
)  # fmt: skip
_FULL = str.maketrans("０１２３４５６７８９－＃ＡＢＣＤ", "0123456789-#ABCD")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SPOKEN = re.compile(r"[零〇一二两三四五六七八九十百]+(?=[号栋幢座单门楼层室户房弄组区期])")
_AREA = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,3}省)?(?:[\u4e00-\u9fff]{2,3}市)?(?:[\u4e00-\u9fff]{1,3}区(?!\d))?(?:[\u4e00-\u9fff]{2,4}(?:街道|镇|乡))?(?:[\u4e00-\u9fff]{2,6}(?:社区|居委会))?"
)
_BLANKS = re.compile(r"[\s·•.]")
_NUMBERS = re.compile(r"\d+")
_WORDS = re.compile(r"(?:号楼|号|栋|幢|座|单元|门|楼|层|室|户|房|[-#－,，。.\s])+")


class Side(NamedTuple):
    """One record as it comes to be compared: `doc` and `phone` are tokens (None: not known)."""

    unique_id: int
    doc: str | None
    name: str
    birth_on: date | None
    sex: str
    phone: str | None
    address: str


def chinese_number(text: str) -> int:
    """十二 → 12, 五〇一 → 501, 三百零二 → 302."""
    if not set(text) & set("十百"):
        return int("".join(str(_DIGITS[c]) for c in text))
    total, digit = 0, 0
    for c in text:
        if c in "十百":
            total += (digit or 1) * (10 if c == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[c]
    return total + digit


@lru_cache(maxsize=200_000)  # a household shares one, and both sides often write the same
def address(text: str) -> tuple[str | None, str | None]:
    """(comparable text, its last two numbers as `12-501`) of an address as people write it; None for what it does not say."""
    plain = text.translate(_FULL).replace(" ", "")
    if not plain:
        return None, None
    plain = _SPOKEN.sub(lambda m: str(chinese_number(m[0])), plain)
    if "区" in plain[:12] or "市" in plain[:12] or "街道" in plain:
        plain = plain[_AREA.match(plain).end() :] or plain  # type: ignore[union-attr]  # every part of it is optional
    numbers = _NUMBERS.findall(plain)
    return _WORDS.sub("-", plain).strip("-") or None, "-".join(numbers[-3:]) if len(numbers) > 1 else None


@lru_cache(maxsize=20_000)
def _sound(character: str) -> str:
    from pypinyin import Style, lazy_pinyin  # loads its tables: only who links pays for it

    return str(lazy_pinyin(character, style=Style.NORMAL)[0])


@lru_cache(maxsize=200_000)
def _name(name: str) -> tuple[str | None, ...]:
    """(name, sound, first three characters): blanks and dots of minority names are left out."""
    plain = _BLANKS.sub("", name)
    if not plain:
        return None, None, None, None, None
    first = [*plain[:3], None, None, None]
    return plain, " ".join(_sound(c) for c in plain), first[0], first[1], first[2]


def row(side: Side) -> tuple[Any, ...]:
    """The values of `COLUMNS`."""
    name, sound, *chars = _name(side.name)
    born = side.birth_on
    day = born.isoformat() if born else None
    text, tail = address(side.address)
    return (
        side.unique_id,
        side.doc,
        name,
        sound,
        *chars,
        len(name) if name else None,
        side.sex if side.sex in ("1", "2") else None,
        day,
        born.year if born else None,
        born.month if born else None,
        born.day if born else None,
        day[5:7] + day[8:] if day else None,
        side.phone,
        text,
        tail,
    )


def columns(sides: Iterable[Side]) -> dict[str, list[Any]]:
    """The comparable table, column by column."""
    made: list[list[Any]] = [list(c) for c in zip(*map(row, sides), strict=True)]
    return dict(zip(COLUMNS, made or [[] for _ in COLUMNS], strict=True))
