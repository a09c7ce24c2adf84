"""The desk of the sets: who may see them, what a refusal says, a figure opened to its rows, and the file of what is shown."""

import re
from decimal import Decimal

import pytest

from tests import make
from wangge.disclosure.services import sets
from wangge.finance.terms import LineAmount, LineKey
from wangge.finance.tests import make as books
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import Refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]
ASKED = {"unit": books.CODE, "year": "2022", "kind": "budget"}


@pytest.fixture
def kept():
    """A unit with an approved budget, and its clerk."""
    with scope.system():
        books.budget()
        return books.clerk()


def test_a_set_is_shown_and_its_figures_open(kept, sign_in):
    client = sign_in(kept)
    page = client.get("/desk/sets", ASKED)
    assert page.status_code == 200
    html = page.content.decode()
    assert html.count('<table class="printed">') >= 17
    link = re.search(r'<a href="(/desk/sets/rows\?[^"]+)">11\.74</a>', html)
    assert link
    opened = client.get(link[1].replace("&amp;", "&"))
    assert opened.status_code == 200
    said = opened.content.decode()
    assert "30101" in said
    assert "117,400.00" in said


def test_a_sentence_opens_to_its_rows(kept, sign_in):
    client = sign_in(kept)
    html = client.get("/desk/sets", ASKED).content.decode()
    link = re.search(r'工资福利支出11\.74万元.*?<a class="source" href="([^"]+)">', html)
    assert link
    assert "30201" in client.get(link[1].replace("&amp;", "&")).content.decode()


@pytest.mark.parametrize(("form", "start"), [("pdf", b"%PDF"), ("docx", b"PK"), ("xlsx", b"PK")])
def test_the_file_is_what_is_shown(kept, sign_in, form, start):
    answer = sign_in(kept).get(f"/desk/sets/file.{form}", ASKED)
    assert answer.status_code == 200
    assert answer.content.startswith(start)
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"year": "1922"}, "年度应为四位数字"),
        ({"year": "x"}, "格式不正确"),
        ({"kind": "diary"}, "请从列表中选择"),
        ({"unit": "999"}, "请从列表中选择"),
        ({"year": "2019"}, "2019年没有批复的预算，不能生成部门预算。请先编制并批复预算。"),
        ({"kind": "accounts"}, "2022年没有支付记录"),
        ({"kind": "self-evaluation"}, "2022年没有绩效自评"),
    ],
)
def test_what_cannot_be_shown_is_said_beside_its_field(kept, sign_in, asked, says):
    answer = sign_in(kept).get("/desk/sets", ASKED | asked)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert sign_in(kept).get("/desk/sets/file.pdf", ASKED | asked).status_code == 422


@pytest.mark.parametrize("at", ["", "x", "0", "99999", "-", "-1", "60.999.0", "60.0.999", "60.", "٣", "9" * 30])
def test_a_place_that_is_not_there_is_not_found(kept, sign_in, at):
    assert sign_in(kept).get("/desk/sets/rows", {**ASKED, "at": at}).status_code == 404


def test_only_who_prepares_or_reviews_may_look(kept, sign_in):
    with scope.system():
        other = make.actor("officer", place=make.cell().code)
    assert sign_in(other).get("/desk/sets").status_code == 403
    with scope.system(), pytest.raises(Refusal):
        sets.paper(other, books.CODE, 2022, "budget")


def test_a_unit_out_of_reach_cannot_be_chosen(kept, sign_in):
    with scope.system():
        stranger = books.clerk(name="stranger", department="430204-police")
    answer = sign_in(stranger).get("/desk/sets", ASKED)
    assert answer.status_code == 422
    assert "11.74" not in answer.content.decode()


def test_an_unknown_kind_or_format_is_refused(kept):
    with scope.system():
        with pytest.raises(Refusal) as unknown:
            sets.paper(SYSTEM, books.CODE, 2022, "diary")
        assert unknown.value.code == "set_kind"
        with pytest.raises(Refusal) as unknown:
            sets.render_set(SYSTEM, books.CODE, 2022, "budget", "odt")
        assert unknown.value.code == "set_format"


def test_the_budget_of_a_year_follows_its_books(kept):
    """Another line in next year's budget is in next year's set, and only there."""
    with scope.system():
        books.budget((*books.LINES, LineAmount(LineKey("2010301", "30202"), Decimal("99999.99"))), year=2023)
        now = sets.paper(SYSTEM, books.CODE, 2023, "budget").table("T5")
        goods = sets.paper(SYSTEM, books.CODE, 2023, "budget").table("T6")
        before = sets.paper(SYSTEM, books.CODE, 2022, "budget").table("T6")
    assert now is not None
    assert goods is not None
    assert before is not None
    found = goods.cell("30202", "金额")
    empty = before.cell("30202", "金额")
    assert found is not None
    assert empty is not None
    assert (found.text, empty.text) == ("10.00", "")
