"""Lists: what each post finds in its inbox, filters, saved filters, bulk commands, export, and what a list may cost."""

import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from tests import make
from wangge.casework import queries as casework
from wangge.desk import queries
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import Refusal
from wangge.kernel.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


def numbers(response: Any) -> list[str]:
    return re.findall(r'<tr data-id="([^"]+)"', response.content.decode())


def test_each_post_finds_in_its_inbox_what_waits_for_it(sign_in):
    reported, dispatched, handling, handled = (make.case(s) for s in ("reported", "dispatched", "handling", "handled"))
    assert numbers(sign_in(make.dispatcher()).get("/desk/")) == [reported.number]
    waiting = numbers(sign_in(make.handler()).get("/desk/"))
    assert sorted(waiting) == sorted([dispatched.number, handling.number])
    assert handled.number not in waiting
    assert numbers(sign_in(make.handler("430204-housing")).get("/desk/")) == []


def test_the_inbox_is_sorted_by_what_is_due_first(sign_in):
    for _ in range(3):
        make.case("reported")
    client = sign_in(make.dispatcher())
    up = numbers(client.get("/desk/"))
    assert numbers(client.get("/desk/?sort=-due")) == up[::-1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=accepted", "accepted"),
        ("q=%E5%9E%83%E5%9C%BE&state=handling", "handling"),
        ("source=resident&state=closed", "closed"),
        ("department=430204-urban&state=dispatched", "dispatched"),
        ("category=03&state=held", "held"),
        ("place=430204005000000&state=handled", "handled"),
    ],
)
def test_filters_narrow_the_list(sign_in, query, found):
    made = {state: make.case(state).number for state in make.PATH}
    assert numbers(sign_in(make.dispatcher()).get(f"/desk/cases?{query}")) == [made[found]]


@pytest.mark.parametrize("query", ["place=4302", "since=2026-02-30", "until=tomorrow", "after=forged"])
def test_a_filter_that_cannot_be_read_is_refused_with_a_sentence(sign_in, query):
    answer = sign_in(make.dispatcher()).get(f"/desk/cases?{query}")
    assert answer.status_code == 422
    assert "请" in answer.content.decode()


def test_pages_follow_one_another_without_gap_or_repeat(sign_in, monkeypatch):
    made = {make.case("reported").number for _ in range(7)}
    monkeypatch.setattr("wangge.desk.queries.lists.PAGE_SIZE", 3)
    client, url, seen = sign_in(make.dispatcher()), "/desk/cases", []
    while url:
        page = client.get(url)
        seen += numbers(page)
        link = re.search(r'href="(\?[^"]+)" rel="next"', page.content.decode())
        url = "/desk/cases" + link[1].replace("&amp;", "&") if link else ""
    assert len(seen) == 7
    assert set(seen) == made


def test_a_saved_filter_becomes_a_tab_and_can_be_deleted(sign_in):
    client, other = sign_in(make.dispatcher()), sign_in(make.supervisor())
    client.post("/desk/filters", {"name": "井龙在办", "query": "open=1&place=430204005000000"})
    page = client.get("/desk/cases?open=1&place=430204005000000").content.decode()
    assert re.search(r'aria-current="true">井龙在办', page)
    assert "井龙在办" not in other.get("/desk/cases").content.decode()
    [kept] = casework.saved_filters(make.dispatcher())
    other.post(f"/desk/filters/{kept.pk}/delete")
    assert casework.saved_filters(make.dispatcher())
    client.post(f"/desk/filters/{kept.pk}/delete")
    assert not casework.saved_filters(make.dispatcher())


def test_chosen_columns_are_remembered_and_unknown_ones_ignored(sign_in):
    client = sign_in(make.dispatcher())
    make.case("reported")
    answer = client.post("/desk/columns", {"column": ["state", "source", "secret"], "next": "/desk/cases"})
    assert answer["Location"] == "/desk/cases"
    head = client.get("/desk/cases").content.decode().split("<thead>")[1].split("</thead>")[0]
    assert "来源" in head
    assert "地点" not in head
    assert client.post("/desk/columns", {"next": "https://example.org/"})["Location"] == "/desk/"


def test_a_bulk_command_does_what_it_can_and_says_why_not_for_the_rest(sign_in):
    good, done = make.case("reported"), make.case("closed")
    moved = make.case("reported")
    seen = moved.step
    make.act(make.dispatcher(name="other"), moved.number, "note", text="另一人正在核实")
    client = sign_in(make.dispatcher())
    picks = [f"{good.number}~{good.step}", f"{done.number}~{done.step}", f"{moved.number}~{seen}", "WG-nothing~1"]
    form = client.post("/desk/bulk", {"command": "accept", "pick": picks}).content.decode()
    assert "受理这 4 件" in form
    given = {"command": "accept", "pick": picks, "go": "1", "key": str(make.client_id())}
    page = client.post("/desk/bulk", given).content.decode()
    assert "共 4 件，完成 1 件" in page
    assert "不能执行“受理”" in page
    assert "演示other" in page
    assert "没有找到" in page
    assert casework.get(SYSTEM, good.number).state == "accepted"
    assert casework.get(SYSTEM, moved.number).state == "reported"
    assert AuditEntry.objects.filter(action="desk.acted_on_many").count() == 1
    # Sent again with the same key, nothing is done twice.
    client.post("/desk/bulk", given)
    assert casework.get(SYSTEM, good.number).step == good.step + 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"command": "void"}, "请先选择"),
        ({"command": "accept"}, "请先在列表中勾选"),
        ({"command": "accept", "pick": ["x"]}, "勾选"),
    ],
)
def test_a_bulk_command_without_rows_or_name_is_refused(sign_in, given, says):
    assert says in sign_in(make.dispatcher()).post("/desk/bulk", given).content.decode()


def test_the_export_holds_the_rows_of_the_list_and_leaves_a_trace(sign_in):
    for state in ("reported", "accepted", "closed"):
        make.case(state)
    client = sign_in(make.dispatcher())
    listed = numbers(client.get("/desk/cases?open=1"))
    answer = client.get("/desk/cases/export?open=1")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in sheet[1:]] == listed
    assert sheet[1][5] == str(make.cell().code)
    assert AuditEntry.objects.filter(action="desk.list_exported").exists()
    assert sign_in(make.handler()).get("/desk/cases/export").status_code == 403


def test_an_export_that_is_too_large_says_how_to_cut_it(monkeypatch):
    monkeypatch.setattr("wangge.desk.queries.lists.EXPORT_AT_MOST", 1)
    make.case("reported")
    make.case("reported")
    actor = make.dispatcher()
    with pytest.raises(Refusal, match="分段导出"):
        list(queries.export_rows(queries.cases(actor, queries.Filters())))


def test_another_district_finds_nothing_in_any_list_search_export_or_map(sign_in):
    case = make.case("reported", at=make.cell())
    stranger = sign_in(make.dispatcher(make.HETANG))
    for url in ("/desk/", "/desk/cases", f"/desk/cases?q={case.number}", "/desk/console", "/desk/points.json", "/desk/changes?after=0",
                f"/desk/search?q={case.number}", "/desk/search?q=垃圾", "/desk/cards", "/desk/platforms"):  # fmt: skip
        answer = stranger.get(url)
        assert answer.status_code in (200, 204), url
        assert case.title not in answer.content.decode(), url
    exported = stranger.get("/desk/cases/export").content
    assert len(CalamineWorkbook.from_filelike(io.BytesIO(exported)).get_sheet_by_index(0).to_python()) == 1
    for path in ("", ".pdf", "/panel", "/do/accept"):
        assert stranger.get(f"/desk/case/{case.number}{path}").status_code == 404
    for path in ("/do/accept", "/reveal"):
        assert stranger.post(f"/desk/case/{case.number}{path}", {"reason": "核实情况"}).status_code == 404


def test_a_number_opens_its_case_and_words_find_cells_and_offices(sign_in):
    case = make.case("reported")
    client = sign_in(make.dispatcher())
    assert client.get(f"/desk/search?q={case.number.lower()}")["Location"] == f"/desk/case/{case.number}"
    page = client.get("/desk/search?q=%E4%BD%8F%E5%BB%BA").content.decode()
    assert "石峰区住房和城乡建设局" in page
    assert "没有找到" in client.get("/desk/search?q=zzzzzz").content.decode()


@pytest.mark.parametrize(("url", "most"), [("/desk/", 14), ("/desk/cases", 18), ("/desk/cases?open=1&sort=due", 18), ("/desk/console", 22), ("/desk/changes?after=0", 16), ("/desk/points.json", 10)])  # fmt: skip
def test_a_list_costs_the_same_queries_for_one_row_and_for_thirty(sign_in, url, most):
    client = sign_in(make.dispatcher())
    make.case("reported")
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(url)
    cells = [make.cell(make.SHIFENG, n) for n in range(0, 60, 2)]
    with scope.system():
        for at in cells:
            make.case("reported", at=at)
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) <= len(one) + 3  # what is kept in memory is looked up once a second
    assert len(many) <= most, "\n".join(q["sql"][:160] for q in many.captured_queries)


def test_somebody_without_cases_begins_at_their_own_page(sign_in):
    answer = sign_in(make.actor("system_admin", place=make.SHIFENG)).get("/desk/")
    assert answer.status_code == 302
    assert answer["Location"] != "/desk/"
