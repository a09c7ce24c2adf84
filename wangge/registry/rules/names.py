"""Initials of Chinese names, so that `zsf` finds 张三丰. A surname is read as a surname, whatever its everyday sound.

Readings of surnames: 现代汉语词典 (第7版), entries marked 姓.
"""

from functools import lru_cache

from pypinyin import Style, pinyin

_SURNAMES = {
    "尉迟": "yc", "万俟": "mq", "长孙": "zs", "澹台": "tt", "单于": "cy", "令狐": "lh", "宰父": "zf", "夏侯": "xh",
    "单": "s", "仇": "q", "解": "x", "曾": "z", "查": "z", "区": "o", "翟": "z", "覃": "q", "缪": "m", "乐": "y",
    "种": "c", "召": "s", "折": "s", "尉": "w", "繁": "p", "郗": "x", "冼": "x", "洗": "x", "祭": "z", "逄": "p",
    "秘": "b", "晁": "c", "隗": "w", "句": "g", "车": "c", "重": "c", "朴": "p", "员": "y", "贠": "y", "宓": "m",
    "燕": "y", "石": "s", "褚": "c", "谌": "c", "沈": "s", "呙": "g", "佴": "n", "訾": "z",
}  # fmt: skip


@lru_cache(maxsize=30_000)
def _letter(character: str) -> str:
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    letter = str(pinyin(character, style=Style.FIRST_LETTER)[0][0])[:1].lower()
    return letter if letter.isascii() and letter.isalnum() else ""


def initials(name: str) -> str:
    """The initials in small letters: 张三丰 → `zsf`, 单雄信 → `sxx`; of a name in Latin letters its words' first letters."""
    name = name.strip()
    if name.isascii():
        return "".join(word[0] for word in name.lower().replace("-", " ").split() if word[0].isalnum())[:50]
    for length in (2, 1):
        if (head := _SURNAMES.get(name[:length])) is not None and len(name) > length:
            return (head + "".join(map(_letter, name[length:])))[:50]
    return "".join(map(_letter, name))[:50]
