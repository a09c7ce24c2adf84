"""The shared filters above lists: what they show, what they keep, and the way back."""

from dataclasses import dataclass
from datetime import date

import pytest
from django.template import Context, Template
from django.test import RequestFactory


def shown(text: str, address: str = "/list", **context):
    whole = Template("{% load filters %}" + text)
    return whole.render(Context({"request": RequestFactory().get(address), **context}))


def test_a_choice_shows_what_was_asked_from_the_view_before_the_address():
    page = shown('{% pick "kind" "类别" kinds %}', "/list?kind=a", kinds={"a": "甲", "b": "乙"}, asked={"kind": "b"})
    assert '<option value="b" selected>乙</option>' in page
    assert '<option value="a">甲</option>' in page
    assert '<option value="">全部</option>' in page


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([("1", "一")], '<option value="1" selected>一</option>'),
        ([("组", [(1, "一")])], '<optgroup label="组"><option value="1" selected>一</option></optgroup>'),
        ([1, 2], '<option value="1" selected>1</option><option value="2">2</option>'),
    ],
)
def test_a_choice_reads_pairs_groups_and_bare_values(options, said):
    assert said in shown('{% pick "n" "数" options %}', "/list?n=1", options=options)


def test_a_choice_reads_rows():
    @dataclass
    class Row:
        pk: int
        name: str

    page = shown('{% pick "of" "来源" rows empty="不限" also="none:无" %}', "/list?of=7", rows=[Row(7, "卫健")])
    assert (
        '<option value="">不限</option><option value="none">无</option><option value="7" selected>卫健</option>' in page
    )


def test_a_day_and_a_count_show_what_the_view_began_with():
    page = shown(
        '{% ask "since" "从" "date" %}{% ask "days" "天数" "number" least=0 %}',
        since=date(2026, 3, 1),
        asked={"days": 0},
    )
    assert 'type="date" name="since" value="2026-03-01"' in page
    assert 'type="number" name="days" value="0"' in page


def test_what_was_written_cannot_write_the_page():
    page = shown('{% filters keep="batch" %}{% ask "q" "名称" %}{% endfilters %}', "/list?q=%22%3E%3Cb%3E&batch=%22%3E")
    assert "<b>" not in page
    assert 'value="&quot;&gt;&lt;b&gt;"' in page


def test_the_order_stays_and_the_page_does_not():
    page = shown("{% filters %}{% endfilters %}", "/list?q=a&sort=-name&after=xyz")
    assert '<input type="hidden" name="sort" value="-name">' in page
    assert "xyz" not in page


@pytest.mark.parametrize(
    ("address", "context", "offered"),
    [
        ("/list", {}, False),
        ("/list?sort=name&after=x", {}, False),
        ("/list?batch=3", {}, False),
        ("/list?q=", {}, False),
        ("/list?q=a", {}, True),
        ("/list?q=a", {"is_filtered": False}, False),
        ("/list", {"is_filtered": True}, True),
    ],
)
def test_clearing_is_offered_when_there_is_something_to_clear(address, context, offered):
    page = shown('{% filters keep="batch" %}{% endfilters %}', address, **context)
    assert ("清除筛选" in page) is offered


def test_clearing_keeps_what_belongs_to_the_page():
    page = shown('{% filters keep="batch" %}{% endfilters %}', "/list?batch=3&q=a&sort=name")
    assert '<a class="btn btn-quiet" href="/list?batch=3">清除筛选</a>' in page


def test_an_empty_list_says_why_and_what_to_do_next():
    text = '{% nothing of="部件" yet="还没有部件。" fill="可逐个登记。" %}'
    assert "没有符合条件的部件。" in shown(text, "/list?q=a")
    assert 'href="/list">清除筛选</a>' in shown(text, "/list?q=a")
    assert "还没有部件。" in shown(text)
    assert "可逐个登记。" in shown(text)
