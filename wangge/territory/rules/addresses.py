"""Addresses as people write them, brought to one form. Pure Python.

A standard address has up to six levels: road, number, estate, building, entrance, dwelling (the order of the residential
address in GA/T 2016-style tables: 路巷、门牌、小区、楼栋、单元、户室). Each level has a canonical name ("第二幢" and "2#" are
"2"), and the six joined by "/" are the key that look-ups use. Whatever is written of the same place folds to the same text.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from wangge.kernel.errors import Refusal

LEVELS: tuple[str, ...] = ("road", "number", "estate", "building", "entrance", "dwelling")
LEVEL_NAMES: Mapping[str, str] = {
    "road": "路巷",
    "number": "门牌",
    "estate": "小区",
    "building": "楼栋",
    "entrance": "单元",
    "dwelling": "户室",
}
MOST_NAME, MOST_FULL = 60, 200
# Use of a building: GB/T 31000-2015 table 5.17.
USES: Mapping[str, str] = {
    "01": "住宅",
    "02": "商业",
    "03": "办公",
    "04": "工业",
    "05": "仓储",
    "06": "商住混用",
    "99": "其他",
}

_TRADITIONAL = str.maketrans(
    "號樓層單単門棟鋪間戶區鎮鄉縣園東豐華廣場廠陽龍鐵馬灣橋嶺雲興寧長電機醫學辦農業會處蘭錦麗濱濟運輸",
    "号楼层单单门栋铺间户区镇乡县园东丰华广场厂阳龙铁马湾桥岭云兴宁长电机医学办农业会处兰锦丽滨济运输",
)
_CAPITAL = str.maketrans("零〇○Ｏ壹贰貳叁參肆伍陆陸柒捌玖拾佰兩两", "零零零零一二二三三四五六六七八九十百二二")
_DASHES = re.compile(r"[‐‑‒–—―−﹣－~～_/\\]+")
_DROPPED = re.compile(r"[\s,，。、;；:：·•.\"'“”‘’|*]+")
_BRACKETS = re.compile(r"[(（\[【{<《]([^)）\]】}>》]*)[)）\]】}>》]?")
_BRACKET = re.compile(r"[(（\[【{<《［｛＜]")
_UNITS = "栋幢座单门梯层楼室房号户组队巷弄条期区街里村路#铺院-"
_NUMERAL = "零一二三四五六七八九十百"
_NUMBERS = re.compile(
    rf"[{_NUMERAL}]+(?=[{_UNITS}]|小组|村民)|[{_NUMERAL}]{{2,}}$|(?<=[栋幢座元门梯层楼#-])[{_NUMERAL}]+$"
)
_ORDINAL = re.compile(rf"第(?=[0-9A-Z{_NUMERAL}])")
_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")}
_GROUP = re.compile(r"(\d+)(?:村民小组|村小组|小组|村民组|生产队)")
_SUB_NUMBER = re.compile(r"(?<=\d)号?(?:附|之|附第)(\d+)(?:号)?")


def _read_numeral(text: str) -> str:
    """ "三十二" → "32", "一百零八" → "108", "三零一" → "301"."""
    if not set(text) & set("十百"):
        return "".join(str(_DIGIT[c]) for c in text)
    total, digit = 0, -1
    for c in text:
        if c == "百":
            total, digit = total + 100 * (1 if digit < 0 else digit), -1
        elif c == "十":
            total, digit = total + 10 * (1 if digit < 1 else digit), -1
        else:
            digit = _DIGIT[c]
    return str(total + max(digit, 0))


@lru_cache(maxsize=65_536)
def fold(text: str) -> str:
    """One form for everything that is written of the same name: widths, cases, numerals, dashes, spaces, ordinals.

    Only for comparing, never for showing: "五一路" folds to "51路" wherever it is written.
    """
    plain = unicodedata.normalize("NFKC", text).upper().translate(_TRADITIONAL).translate(_CAPITAL)
    plain = _DROPPED.sub("", _DASHES.sub("-", plain)).replace("＃", "#").replace("号号", "号")
    plain = _ORDINAL.sub("", plain)
    plain = _NUMBERS.sub(lambda m: _read_numeral(m[0]), plain)
    plain = _GROUP.sub(r"\1组", plain)
    return _SUB_NUMBER.sub(r"-\1号", plain)


# ---- the tail of an address: building, entrance, floor, room ---------------------------------------------------------

_SIDE = "东西南北中甲乙丙丁戊"
_SHOPS = "门面|商铺|铺面|店面|商店|车库|杂屋|杂物间|储藏室|地下室|铺|店"
_EDGE = r"(?<![0-9A-Z-])"
_BUILDING = (
    rf"{_EDGE}(?P<b>[A-Z]\d{{0,2}}|\d{{1,3}}[A-Z]?|[{_SIDE}])"
    rf"(?:号楼|号栋|号幢|号座|栋楼?|幢楼?|座楼?|#楼|#栋|#|楼(?=(?:[A-Z]|\d{{1,2}}|[{_SIDE}])(?:单元|号门|门|梯)|\d+-\d))"
)
_ENTRANCE = rf"(?P<u>[A-Z]|(?<!\d)\d{{1,2}}|[{_SIDE}])(?:号?单元|号门|门(?!面|店|诊|市)|梯位?|单(?=\d)|-(?=\d{{3,4}}(?:室|房|号|户)?$))"
_FLOOR = r"(?P<f>(?<!\d)\d{1,2}|负\d|B\d)(?:层|楼|F)"
_ROOM = (
    rf"(?:(?P<r>(?<![0-9])[A-Z]?\d{{1,5}}[A-Z]?)(?P<s>号房间?|号室|室|房间?|户|号)?|(?P<shop>\d{{1,4}})号?(?P<kind>{_SHOPS})"
    rf"|(?P<kind2>{_SHOPS})(?P<shop2>\d{{1,4}})号?|(?P<whole>全户|整栋|整层))"
)
_TAIL = re.compile(rf"^(?P<head>.*?)(?:{_BUILDING})?(?:{_ENTRANCE})?(?:{_FLOOR})?(?:{_ROOM})?$")
_THREE = re.compile(
    r"^(?P<head>.*?)(?<![0-9A-Z-])(?P<b>[A-Z]\d?|\d{1,3}[A-Z]?)(?:栋|幢|座|#)?-(?P<u>[A-Z]|\d{1,2})-(?P<r>\d{3,5}[A-Z]?)(?:室|房|号|户)?$"
)
_FOUR = re.compile(
    r"^(?P<head>.*?)(?<![0-9A-Z-])(?P<b>[A-Z]\d?|\d{1,3}[A-Z]?)-(?P<u>[A-Z]|\d{1,2})-(?P<f>\d{1,2})-(?P<d>\d{1,2})(?:室|房|号|户)?$"
)
_FLOOR_DOOR = re.compile(r"^(?P<head>.*?(?:单元|门|梯|栋|幢|座|号楼|#))(?P<f>\d{1,2})-(?P<d>\d{1,2})(?:室|房|号|户)?$")
_TWO = re.compile(r"^(?P<head>.*?)(?<![0-9A-Z-])(?P<b>[A-Z]\d?|\d{1,3}[A-Z]?)-(?P<r>\d{3,5}[A-Z]?)(?:室|房|号|户)?$")
# The tail before the name ("10栋1单元202室新民花园"), or all of it from the room up ("202室1单元10栋新民花园").
_INNER = r"[A-Z]?\d{1,5}[A-Z]?(?:号房间?|号室|室|房间?|户)"
_TAIL_FIRST = re.compile(rf"^(?P<tail>{_BUILDING}(?:{_ENTRANCE})?(?:{_FLOOR})?{_INNER})(?P<head>\D.{{2,}})$")
_BACKWARDS = re.compile(
    rf"^(?P<r>{_INNER})(?P<u>(?:[A-Z]|\d{{1,2}})(?:单元|门|梯))?"
    r"(?P<b>(?:[A-Z]\d?|\d{1,3}[A-Z]?)(?:号楼|号栋|栋楼?|幢楼?|座|#楼?))(?P<head>\D.{2,})$"
)
# Words behind a whole address: whose home it is, what to bring.
_WORDS_BEHIND = re.compile(r"^(?P<all>.*[\dA-Z](?:室|房|户|号)?)(?P<words>[^0-9A-Z]{1,12})$")
# 栋 as a telephone writes it down for who speaks.
_SLIP = re.compile(r"(?<=\d)[撞冻动橦憧](?=\d)")
_ROADISH = ("路", "街", "道", "巷", "弄", "组", "队", "里")
_REMARK = re.compile(r"(?:对面|旁边?|附近|后面|前面|隔壁|斜对面|对过|背后|路口|交叉口|交汇处|一带)")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a text says: `head` (folded: divisions, road, number, estate in whatever order), then the parts of the tail.

    `either` marks "3-301", whose first number may be the building or the entrance. `is_vague` says that the text names a
    place near the address ("对面"). `aside` is what stood in brackets, `behind` words after the room, both folded.
    """

    head: str
    building: str = ""
    entrance: str = ""
    room: str = ""
    either: bool = False
    is_vague: bool = False
    aside: str = ""
    behind: str = ""


def _bare(number: str) -> str:
    """ "0301" → "301", "02" → "2"; letters stay."""
    return number.lstrip("0") or "0" if number.isdigit() else number


def _room(floor: str, room: str) -> str:
    """Room numbers carry their floor: floor 3 and door 2 are 302; floor 3 and room 302 are 302."""
    if floor.isdigit() and room.isdigit() and len(room) <= 2:
        return f"{int(floor)}{int(room):02d}"
    return _bare(room)


@lru_cache(maxsize=65_536)
def split(text: str) -> Spoken:
    """The head and the tail of an address as somebody wrote it. Never fails: what is not understood stays in the head."""
    if not _BRACKET.search(text):
        folded = fold(text)
        said = _turned(folded)
        return replace(said, is_vague=True) if _REMARK.search(folded) else said
    plain = unicodedata.normalize("NFKC", text)
    folded = fold(_BRACKETS.sub("", plain))
    aside = fold("".join(_BRACKETS.findall(plain)))
    return replace(_turned(folded), is_vague=bool(_REMARK.search(folded)), aside=aside)


def _turned(folded: str) -> Spoken:
    """The parts of a text, if need be after it was put into the usual order, or cut behind the room."""
    folded = _SLIP.sub("栋", folded)
    said = _split(folded)
    if said.building or said.entrance or said.room:
        return said
    if m := _TAIL_FIRST.match(folded):
        return _split(m["head"] + m["tail"])
    if m := _BACKWARDS.match(folded):
        return _split(m["head"] + m["b"] + (m["u"] or "") + m["r"])
    if m := _WORDS_BEHIND.match(folded):
        cut = _split(m["all"])
        if cut.building and cut.room:
            return replace(cut, behind=m["words"])
    return said


def _split(folded: str) -> Spoken:
    if m := _THREE.match(folded):
        return Spoken(m["head"], _bare(m["b"]), _bare(m["u"]), _bare(m["r"]))
    if m := _FOUR.match(folded):
        return Spoken(m["head"], _bare(m["b"]), _bare(m["u"]), _room(m["f"], m["d"]))
    if m := _FLOOR_DOOR.match(folded):
        folded = m["head"] + _room(m["f"], m["d"])
    m = _TAIL.match(folded)
    if m is None:  # the pattern takes every text; this says so to the type checker
        return Spoken(folded)
    head, b, u, f, r = m["head"], m["b"] or "", m["u"] or "", m["f"] or "", m["r"] or ""
    if not (b or f) and (not u or m["u"] + "-" in folded):
        if (two := _TWO.match(folded)) and not two["head"].endswith(_ROADISH):
            return Spoken(two["head"], _bare(two["b"]), "", _bare(two["r"]), either=True)
        by_number = head.endswith(_ROADISH) or not head
        if (
            r
            and not u
            and ((m["s"] == "号" and not head.endswith(("号", "院"))) or (m["s"] is None and (by_number or len(r) < 3)))
        ):
            return Spoken(folded)  # "响田路118号" ends with a door number, not with a room
    room = _room(f, r) if r else ""
    if not room and (m["shop"] or m["shop2"]):
        room = f"{_bare(m['shop'] or m['shop2'])}{m['kind'] or m['kind2']}"
    return Spoken(head, _bare(b), _bare(u), room or m["whole"] or "")


# ---- canonical names and keys ----------------------------------------------------------------------------------------

_NUMBER = re.compile(r"^(\d{1,5}(?:-\d{1,4})?|[A-Z]\d{0,4})号?(?:院|大院)?$")
_PART = re.compile(
    rf"^([A-Z]\d{{0,2}}|\d{{1,3}}[A-Z]?|[{_SIDE}])(?:号楼|号栋|号幢|号座|栋楼?|幢楼?|座楼?|#楼?|楼|号)?$"
)
_STAIR = re.compile(rf"^([A-Z]|\d{{1,2}}|[{_SIDE}])(?:号?单元|号门|门|梯)?$")


@lru_cache(maxsize=65_536)
def canonical(kind: str, name: str) -> str:
    """The name of one level as keys hold it: "第2幢" → "2", "三单元" → "3", "0301室" → "301", "42号附1号" → "42-1"."""
    folded = fold(_BRACKETS.sub(r"\1", unicodedata.normalize("NFKC", name)))
    if kind == "number" and (m := _NUMBER.match(folded)):
        return "-".join(_bare(p) for p in m[1].split("-"))
    if kind == "building" and (m := _PART.match(folded)):
        return _bare(m[1])
    if kind == "entrance" and (m := _STAIR.match(folded)):
        return _bare(m[1])
    if kind == "dwelling":
        said = _split(folded if not folded.isdigit() else folded + "室")
        if said.room and not said.head:
            return said.room
    return folded.replace("/", "-")


_ORDER = {kind: at for at, kind in enumerate(LEVELS)}
_SPACES = re.compile(r"\s+")
_BARE_NUMBER = re.compile(r"[A-Za-z]?\d+[A-Za-z]?")
_TIDY = {"number": "号", "building": "栋", "entrance": "单元", "dwelling": "室"}


@lru_cache(maxsize=65_536)
def tidy(kind: str, name: str) -> str:
    """The name as it is stored and shown: half-width, without spaces; a bare number gets its unit. Refuses what is empty
    or too long by naming the level."""
    shown = _SPACES.sub("", unicodedata.normalize("NFKC", name)).replace("/", "-")
    if not shown:
        raise Refusal("empty_name", f"请填写{LEVEL_NAMES[kind]}的名称。", field=kind, value=name)
    if len(shown) > MOST_NAME:
        raise Refusal(
            "long_name", f"{LEVEL_NAMES[kind]}名称最长 {MOST_NAME} 字，请缩短。", field=kind, value=shown[:MOST_NAME]
        )
    if kind in _TIDY and _BARE_NUMBER.fullmatch(shown):
        shown += _TIDY[kind]
    return shown


def keys_of(levels: Sequence[tuple[str, str]]) -> list[str]:
    """The key of every level from the first down: canonical names joined by "/", an empty place for a level left out, cut
    after the last. `Refusal` when the levels are not in the order of `LEVELS`, or one is given twice."""
    keys: list[str] = []
    key, last = "", -1
    for kind, name in levels:
        at = _ORDER.get(kind, -1)
        if at <= last:
            raise Refusal(
                "levels_out_of_order",
                "地址各级须按“路巷、门牌、小区、楼栋、单元、户室”的次序，每级一个。请核对后重新填写。",
                field=kind,
                value=name,
            )
        key += "/" * (at - max(last, 0)) + canonical(kind, name)
        keys.append(key)
        last = at
    return keys


def key_of(levels: Sequence[tuple[str, str]]) -> str:
    """The key of the last of the levels."""
    return keys_of(levels)[-1] if levels else ""


def slots_of(key: str) -> tuple[str, str, str, str, str, str]:
    """The six canonical names of a key, "" for a level left out."""
    parts = [*key.split("/"), "", "", "", "", ""][:6]
    return parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]
