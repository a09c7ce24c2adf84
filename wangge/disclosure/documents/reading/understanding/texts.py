"""Printed words in the form in which they can be compared: without blanks, brackets full width, numbering apart."""

import re

_BLANKS = re.compile(r"\s+")
_WIDE = {c: c - 0xFEE0 for c in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_BRACKETS = {
    ord("("): "（",
    ord(")"): "）",
    ord("﹙"): "（",
    ord("﹚"): "）",
    ord(":"): "：",
    ord("％"): "%",
    ord("〔"): "〔",
}
_MARKS = re.compile(r"</?p>|\*\*|^#+")
_NUMBERINGS = (
    ("chapter", re.compile(r"^第[一二三四五六七八九十]+部分")),
    ("一、", re.compile(r"^[一二三四五六七八九十]+[、.．，](?=\D)")),
    ("（一）", re.compile(r"^（[一二三四五六七八九十]+）[、.．]?")),
    ("（1）", re.compile(r"^（\d{1,2}）[、.．]?|^\d{1,2}）")),
    ("1、", re.compile(r"^\d{1,2}[、.．](?!\d)")),
    ("①", re.compile(r"^[①-⑳]")),
)
_PREFIX = re.compile(r"^(?:其中|减|加)：")


def compact(text: str) -> str:
    """The text without any blank, brackets and colons full width, digits half width."""
    return _MARKS.sub("", _BLANKS.sub("", text).translate(_WIDE).translate(_BRACKETS))


def numbering(label: str) -> tuple[str, str]:
    """The style of the number a compact label begins with ("" when none), and the label without it."""
    rest = _PREFIX.sub("", label)
    for style, pattern in _NUMBERINGS:
        if found := pattern.match(rest):
            return style, _PREFIX.sub("", rest[found.end() :]).lstrip("、：")
    return "", rest


def bare(label: str) -> str:
    """A compact label without its numbering and without `其中：`."""
    return numbering(label)[1]
