"""What the search box takes a text for."""

import pytest

from wangge.registry.rules.search import meaning


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [
        ("11010519491231002x", ("document",)),
        ("110105 19491231 002X", ("document",)),
        ("110105491231002", ("document",)),
        ("E12345678", ("document",)),
        ("14200000001", ("phone", "document")),
        ("+86 142 0000 0001", ("phone", "document")),
        ("0731-22880000", ("phone", "document")),
        ("01234567", ("phone", "document")),
        ("张", ("name",)),
        ("张三", ("name",)),
        ("欧阳修文", ("name",)),
        ("路小", ("name", "address")),
        ("阿依古丽·买买提", ("name", "address")),
        ("zs", ("pinyin", "name")),
        ("响田路118号2栋", ("address", "name")),
        ("3-2-501", ("address", "name")),
        ("118-2-1-301", ("address", "name")),
        ("", ()),
        ("   ", ()),
        ("\u202e单", ()),
    ],
)
def test_a_text_is_taken_for_what_it_looks_like(typed, kinds):
    assert meaning(typed).kinds == kinds


def test_a_text_is_cut_and_folded():
    assert meaning("ＺＳ").text == "zs"
    assert len(meaning("路" * 500).text) == 60
