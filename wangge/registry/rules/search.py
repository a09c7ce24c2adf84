"""What somebody who types into the search box means: a document, a telephone, a name, initials, or an address."""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 60
_ADDRESS_WORDS = re.compile(r"[0-9]|[路街巷弄里村组栋幢座楼室苑园区号]")
_HAN = r"㐀-鿿\U00020000-\U0003ffff"


@dataclass(frozen=True, slots=True)
class Meaning:
    """`kinds` in the order in which they are tried; the first that finds somebody answers. `text` is normalised."""

    text: str
    kinds: tuple[str, ...]


def meaning(typed: str) -> Meaning:
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", typed)).strip()[:LONGEST]
    bare = re.sub(r"[\s-]", "", text)
    if not bare or not bare.isprintable():
        return Meaning("", ())
    if re.fullmatch(r"\d{15}|\d{17}[\dXx]", bare):
        return Meaning(bare.upper(), ("document",))
    if re.fullmatch(r"(\+?86)?1\d{10}", bare):
        return Meaning(bare[-11:], ("phone", "document"))
    solid = text.replace(" ", "")
    # With its dashes: 118-2-1-301 is an address, 0731-22880000 a telephone.
    if re.fullmatch(r"\d{7,12}|0\d{2,3}-\d{7,8}(-\d{1,6})?", solid):
        # Twelve digits or fewer are a fixed line or another kind of document; which of them only the index knows.
        return Meaning(text, ("phone", "document"))
    if re.fullmatch(r"[A-Za-z0-9]{5,30}", solid) and re.search(r"\d{4}", solid):
        return Meaning(solid.upper(), ("document",))
    if re.fullmatch(r"[A-Za-z]{1,8}", bare):
        return Meaning(bare.lower(), ("pinyin", "name"))
    if re.fullmatch(rf"[{_HAN}·]+", bare) and len(bare) <= 4:
        return Meaning(bare, ("name", "address") if _ADDRESS_WORDS.search(bare) else ("name",))
    if re.fullmatch(rf"[{_HAN}·]+", bare) and not _ADDRESS_WORDS.search(bare):
        return Meaning(bare, ("name", "address"))
    return Meaning(text, ("address", "name"))


def tells_a_number(typed: str) -> bool:
    """May the text be the number of a document or a telephone? Such a text stands in no address: addresses are kept in the
    histories of browsers and in the logs of whatever lies between (个人信息保护法 第五十一条)."""
    kinds = meaning(typed).kinds
    return kinds[:1] in (("document",), ("phone",))
