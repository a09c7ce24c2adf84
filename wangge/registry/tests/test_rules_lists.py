"""三张清单: what may be asked, how often, with which fields, as tables."""

from datetime import date
from typing import Any

import pytest

from wangge.kernel.errors import Refusal
from wangge.registry.rules import lists

LISTS = [("依法履职事项清单", 3), ("不得要求事项清单", 2)]
LISTED = [
    lists.Listed(1, "1", "流动人口信息采集", "依法履职事项清单", 3, True),
    lists.Listed(2, "2", "亲属关系证明", "不得要求事项清单", 2, False),
    lists.Listed(3, "5", "亲属关系证明", "依法履职事项清单", 3, True),
]


@pytest.mark.parametrize(
    ("item", "allowed", "name", "version", "words"),
    [
        ("流动人口信息采集", True, "依法履职事项清单", 3, "第 1 项"),
        ("流动人口 信息采集。", True, "依法履职事项清单", 3, "第 1 项"),
        ("亲属关系证明", False, "不得要求事项清单", 2, "不得向网格部署"),  # forbidden wins over listed
        ("摸排居民车辆", False, "依法履职事项清单", 3, "《依法履职事项清单》第 3 版、《不得要求事项清单》第 2 版之内"),
        ("流动人口", False, "依法履职事项清单", 3, "准入"),  # a part of a title is not the title
    ],
)
def test_only_what_is_listed_may_be_asked(item, allowed, name, version, words):
    found = lists.may_ask(item, LISTED, LISTS)
    assert (found.allowed, found.list_name, found.version) == (allowed, name, version)
    assert words in found.sentence


def test_without_a_list_nothing_may_be_asked():
    found = lists.may_ask("流动人口信息采集", [], [])
    assert not found.allowed
    assert "还没有公布" in found.sentence


@pytest.mark.parametrize(
    ("frequency", "earlier", "wanted"),
    [
        ("need", [date(2026, 1, 1)], None),
        ("year", [], None),
        ("year", [date(2025, 3, 10), date(2024, 3, 1)], date(2026, 3, 10)),
        ("half", [date(2025, 8, 31)], date(2026, 2, 28)),
        ("quarter", [date(2026, 1, 1)], date(2026, 4, 1)),
        ("month", [date(2026, 1, 31)], date(2026, 2, 28)),
        ("once", [date(2020, 1, 1)], date.max),
    ],
)
def test_the_list_says_how_often(frequency, earlier, wanted):
    assert lists.next_day(frequency, earlier) == wanted


def test_asked_too_often_names_the_first_day_again():
    lists.must_not_repeat("低保核查", "year", [date(2025, 3, 10)], date(2026, 3, 10))
    with pytest.raises(Refusal, match="2026-03-10"):
        lists.must_not_repeat("低保核查", "year", [date(2025, 3, 10)], date(2026, 3, 9))
    with pytest.raises(Refusal, match="不再重复部署"):
        lists.must_not_repeat("普查", "once", [date(2020, 11, 1)], date(2026, 3, 9))


YES = {"key": "q1", "label": "是否养犬", "kind": "yes_no"}
PICK = {"key": "q2", "label": "取暖方式", "kind": "choice", "choices": ["电", "气"]}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"title": ""}, "no_title"),
        ({"people": "released"}, "unknown_people"),  # a special group is no target of a task to the grids
        ({"fields": [], "questions": []}, "nothing_asked"),
        ({"fields": ["blood"]}, "unknown_field"),
        ({"fields": ["phone", "religion"]}, "field_not_listed"),
        ({"questions": [{"key": "q1", "label": " ", "kind": "text"}]}, "bad_question"),
        ({"questions": [YES, YES]}, "question_twice"),
        ({"questions": [{**PICK, "choices": ["电"]}]}, "bad_question"),
    ],
)
def test_a_campaign_that_may_not_be_put_is_refused(given, code):
    sound: dict[str, Any] = {
        "title": "暖气入户调查",
        "people": "hukou",
        "fields": ["phone"],
        "questions": [YES, PICK],
        "allowed": ["phone"],
    }
    lists.campaign_faults(**sound)
    with pytest.raises(Refusal) as refused:
        lists.campaign_faults(**(sound | given))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"q1": "是"}, "no_answer"),
        ({"q1": "也许", "q2": "电"}, "bad_answer"),
        ({"q1": "是", "q2": "煤"}, "bad_answer"),
        ({"q9": "是"}, "unknown_question"),
    ],
)
def test_an_answer_fits_its_question(values, code):
    assert lists.answer_faults([YES, PICK], {"q1": "否", "q2": "气"}) == {"q1": "否", "q2": "气"}
    with pytest.raises(Refusal) as refused:
        lists.answer_faults([YES, PICK], values)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("kind", "name", "items", "code"),
    [
        ("fourth", "清单", [("1", "甲")], "unknown_list"),
        ("duty", " ", [("1", "甲")], "no_name"),
        ("duty", "清单", [], "no_items"),
        ("duty", "清单", [("1", "甲 事"), ("2", "甲事")], "item_twice"),
    ],
)
def test_a_list_is_whole_before_it_is_published(kind, name, items, code):
    with pytest.raises(Refusal) as refused:
        lists.list_faults(kind, name, items)
    assert refused.value.code == code
