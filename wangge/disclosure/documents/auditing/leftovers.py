"""A28: personal data that stayed in a published document. Numbers are masked wherever a finding shows them.

Office telephones, postal addresses of offices and names of people in office are published on purpose and are fine.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.phrases import squeeze
from wangge.disclosure.documents.model import Document, Grid, Place

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY = re.compile(
    r"(?<![\dA-Za-z])[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])"
)
_MOBILE = re.compile(r"(?<![\d.,\-])1[3-9]\d(?:-?\d{4}){2}(?![\d.,]*\d|万|元|[件人户条次个])")
_LANDLINE = re.compile(r"(?:家庭|住宅|个人|本人|家属)(?:联系)?电话[：:]?(?P<number>(?:0\d{2,3}-?)?\d{7,8})(?!\d)")
_ACCOUNT = re.compile(r"(?:账号|帐号|卡号|银行卡|开户行[^。；]{0,20}?)[：:]?(?P<number>\d{16,19})(?!\d)")
_CARD = re.compile(r"(?<!\d)62\d{14,17}(?!\d)")
_HOME = re.compile(
    r"(?:家庭(?:住址|地址)|住址|现住|家住|户籍地址)[：:]?(?P<where>[^，。；、]{4,40})"
    r"|(?P<room>[一-龥]{2,12}(?:路|街|小区|花园|家园|社区)[^，。；\s]{0,12}?\d+(?:号楼?|栋|幢)[^，。；\s]{0,6}?\d+(?:单元)?[^，。；\s]{0,4}?\d{3,4}(?:室|房|号))"
)
_VISITOR = re.compile(
    r"(?P<title>书记|主任|局长|县长|区长|市长|部长|处长|科长|镇长|院长|会长|主席)(?P<name>[一-龥]{2,3})一行"
)


@dataclass(frozen=True, slots=True)
class Leftover:
    what: str
    masked: str
    quote: str
    place: Place


def valid_identity(number: str) -> bool:
    """The check character of GB 11643."""
    total = sum(int(d) * w for d, w in zip(number[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def luhn(number: str) -> bool:
    digits = [int(d) for d in reversed(number)]
    return sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits)) % 10 == 0


def mask(number: str) -> str:
    """The first three and the last two characters, stars between."""
    return number[:3] + "*" * max(len(number) - 5, 3) + number[-2:]


def leftovers(document: Document) -> Iterator[Leftover]:
    for block in document.source.blocks:
        cells = [c for row in block.rows for c in row] if isinstance(block, Grid) else [block]
        for cell in cells:
            text, _ = squeeze(cell.text)
            yield from _in_text(text, cell.place)


def _in_text(text: str, place: Place) -> Iterator[Leftover]:
    seen: list[tuple[int, int]] = []

    def found(what: str, start: int, end: int) -> Iterator[Leftover]:
        if any(a < end and start < b for a, b in seen):
            return
        seen.append((start, end))
        before = text[max(0, start - 12) : start]
        masked = mask(text[start:end]) if re.match(r"\d", text[start:end]) else text[start : start + 4] + "****"
        yield Leftover(what, masked, f"{_hide(before)}{masked}", place)

    for m in _IDENTITY.finditer(text):
        if valid_identity(m[0]):
            yield from found("居民身份证号码", m.start(), m.end())
    for m in _ACCOUNT.finditer(text):
        yield from found("银行账号", m.start("number"), m.end("number"))
    for m in _CARD.finditer(text):
        if luhn(m[0]):
            yield from found("银行卡号", m.start(), m.end())
    for m in _MOBILE.finditer(text):
        yield from found("手机号码", m.start(), m.end())
    for m in _LANDLINE.finditer(text):
        yield from found("个人电话", m.start("number"), m.end("number"))
    for m in _HOME.finditer(text):
        group = "where" if m["where"] else "room"
        if m["where"] is None or re.search(r"\d", m["where"]):
            yield from found("家庭住址", m.start(group), m.end(group))


def _hide(text: str) -> str:
    """What stands before a leftover, with the digits of another one hidden."""
    return re.sub(r"\d{5,}", lambda m: mask(m[0]), text)


@rule(
    "A28",
    source="个人信息保护法第二十八条、政府信息公开条例第十五条：不得公开个人隐私",
    formula="公开文件中没有身份证号、个人电话、银行账号、家庭住址",
    severity="suspicious",
)
def personal_data(check: Checker) -> None:
    found: dict[tuple[str, str], list[Leftover]] = {}
    for one in leftovers(check.document):
        found.setdefault((one.what, one.masked), []).append(one)
    if not found:
        check.passed()
    for (what, masked), hits in found.items():
        check.flag(
            hits[0].place,
            where="个人信息",
            printed=masked,
            expected="公开前删去或遮盖",
            quote=hits[0].quote,
            places=tuple(dict.fromkeys(h.place for h in hits)),
            confidence=0.9 if what in ("居民身份证号码", "手机号码") else 0.6,
            explanation=f"公开文件中留有{what}。",
        )


@rule(
    "A28",
    source="政府信息公开条例第十五条：公开来访人员姓名应有必要",
    formula="说明中不点名来访人员",
    severity="suspicious",
)
def visitors_by_name(check: Checker) -> None:
    for sentence in check.document.sentences:
        text, _ = squeeze(sentence.text)
        for m in _VISITOR.finditer(text):
            check.flag(
                sentence.place,
                where="来访人员",
                printed=f"{m['title']}{m['name'][0]}*一行",
                expected="只写来访单位和人数",
                quote=f"{m['title']}{m['name'][0]}*一行",
                confidence=0.4,
                explanation="说明中点名了来访人员。",
            )
