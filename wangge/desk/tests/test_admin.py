"""Administration: a changed limit is a new version from a day on; a changed calendar moves open deadlines and says how many."""

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from tests import make
from wangge.casework import queries as casework
from wangge.desk import queries
from wangge.desk.queries import limit_from_words
from wangge.events import queries as events
from wangge.kernel import tables
from wangge.kernel.actor import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


@pytest.fixture(autouse=True)
def nothing_kept_of_a_version_that_was_rolled_back():
    events.forget()
    yield
    events.forget()


def filled(page: str) -> dict[str, str]:
    """What a form would send as it stands."""
    given = dict(re.findall(r'<input type="(?:number|hidden|date|text)" name="(\w+)" value="([^"]*)"', page))
    for name, options in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        given[name] = chosen[1] if chosen else ""
    given |= {n: v.strip() for n, v in re.findall(r'<textarea name="(\w+)"[^>]*>\s*(.*?)</textarea>', page, re.S)}
    given |= dict.fromkeys(re.findall(r'<input type="checkbox" name="(\w+)"[^>]* checked', page), "on")
    return given


def test_a_limit_is_changed_from_a_day_on_and_the_history_shows_it(sign_in):
    client = sign_in(make.dispatcher())
    given = filled(client.get("/desk/admin/categories/0101").content.decode())
    assert client.post("/desk/admin/categories/0101", given | {"note": "无改动"}).status_code == 422
    given |= {
        "handle_amount": "2",
        "handle_unit": "work_hour",
        "note": "区委会议纪要 3 号",
        "effective_from": "2026-04-01",
    }
    assert client.post("/desk/admin/categories/0101", given).status_code == 302
    assert events.catalogue(make.SHIFENG).categories["0101"].handle.text() == "4 个工作时"
    assert queries.find_category(make.SHIFENG, "0101")[2].handle.text() == "2 个工作时"
    history = client.get("/desk/admin/categories/versions").content.decode()
    assert "4 个工作时" in history
    assert "2 个工作时" in history
    # A second editor who still looks at the first version is told, and keeps what was typed.
    refused = client.post("/desk/admin/categories/0101", given | {"note": "另一份依据"})
    assert refused.status_code == 409
    assert "另一份依据" in refused.content.decode()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"handle_amount": "0"}, "时限"),
        ({"effective_from": "2020-01-01"}, "早于今天"),
        ({"note": ""}, "依据"),
        ({"lead": "nobody"}, "主办单位"),
    ],
)
def test_a_bad_change_is_refused_by_field(sign_in, change, says):
    client = sign_in(make.dispatcher())
    given = filled(client.get("/desk/admin/categories/0101").content.decode()) | {
        "handle_amount": "3",
        "note": "会议纪要",
    }
    answer = client.post("/desk/admin/categories/0101", given | change)
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_the_catalogue_leaves_and_comes_back_as_a_table(sign_in):
    client = sign_in(make.dispatcher())
    sheet = client.get("/desk/admin/categories/export").content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet)).get_sheet_by_index(0).to_python()
    assert len(rows) == len(events.catalogue(make.SHIFENG).categories) + 1
    columns = queries.category_columns(make.SHIFENG)

    def send(changed: list[dict[str, str]]) -> Any:
        content = tables.write_xlsx(columns, changed, "事项目录")
        upload = SimpleUploadedFile("目录.xlsx", content)
        given = {"file": upload, "effective_from": "2026-04-01", "seen_version": "1"}
        return client.post("/desk/admin/categories/import", given)

    bad = send([{"code": "0101", "handle": "很快"}, {"code": "9999", "handle": "1 个工作日"}])
    assert bad.status_code == 422
    assert "应写成数量加单位" in bad.content.decode()
    assert "目录中没有这个小类" in bad.content.decode()
    assert "下载未通过的行" in bad.content.decode()
    assert send([{"code": "0101", "handle": "3 个工作时"}, {"code": "0102", "handle": "3 个工作时"}]).status_code == 302
    assert queries.find_category(make.SHIFENG, "0102")[2].handle.text() == "3 个工作时"


@pytest.mark.parametrize(
    ("words", "limit"),
    [
        ("4 个工作时", "4 work_hour"),
        ("3工作日", "3 work_day"),
        ("5 自然日", "5 natural_day"),
        ("0.5 小时", "0.5 clock_hour"),
        ("三天", None),
    ],
)
def test_limits_are_read_from_words(words, limit):
    assert limit_from_words(words) == limit


def test_a_new_rest_day_moves_open_deadlines_and_says_how_many(sign_in):
    case = make.case("reported")
    client = sign_in(make.dispatcher())
    day = {"date": "2026-03-11", "kind": "rest", "name": "临时放假", "source": "区办〔2026〕1 号"}
    answer = client.post("/desk/admin/calendar", day, follow=True)
    assert "在办件中有 1 项时限随之改变" in answer.content.decode()
    assert casework.get(SYSTEM, case.number).due_at > case.due_at
    page = client.get("/desk/admin/calendar?year=2026").content.decode()
    assert "临时放假" in page
    back = client.post("/desk/admin/calendar", {"date": "2026-03-11", "remove": "1"}, follow=True)
    assert "1 项时限" in back.content.decode()
    assert casework.get(SYSTEM, case.number).due_at == case.due_at


@pytest.mark.parametrize("day", [{"date": "x"}, {"date": "2026-03-11", "kind": "rest", "name": "", "source": ""}])
def test_a_bad_day_is_refused(sign_in, day):
    assert sign_in(make.dispatcher()).post("/desk/admin/calendar", day).status_code == 422


def test_a_year_with_faults_comes_back_as_a_file_of_its_faults(sign_in):
    client = sign_in(make.dispatcher())
    content = "日期,类别,名称,依据\n2027-13-01,放假,元旦,通知\n2027-01-02,过节,元旦,通知\n".encode()
    answer = client.post("/desk/admin/calendar/import", {"file": SimpleUploadedFile("2027.csv", content)})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "日期无法识别" in page
    assert "只能填：放假、上班" in page


def test_only_the_right_opens_the_administration(sign_in):
    client = sign_in(make.supervisor())
    for url in ("/desk/admin/categories", "/desk/admin/categories/0101", "/desk/admin/calendar"):
        assert client.get(url).status_code == 403
