"""A resident asks for their own data: handed in once, followed by its code, and nobody learns who is on record."""

import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests import make
from tests.invented import Numbers
from wangge.casework import services as casework
from wangge.casework.models import Case
from wangge.exchange.models import PrivacyRequest
from wangge.exchange.privacy import queries, services
from wangge.kernel import clock, scope
from wangge.kernel.actor import PUBLIC, SYSTEM
from wangge.kernel.errors import Refusal
from wangge.kernel.web import LimitsMiddleware
from wangge.portal import limits
from wangge.portal import queries as portal
from wangge.registry import services as registry

pytestmark = pytest.mark.django_db
NUMBERS = Numbers(first_phone=8_000)
NUMBER = NUMBERS.id_number(date(1985, 7, 29), 2)
GIVEN = {
    "kind": "see", "text": "想看登记了哪些内容", "who": "self", "name": "苗禾青", "id_type": "111", "id_number": NUMBER,
    "phone": "142 0000 9999",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _district(_reference: None, db: None) -> None:
    limits.by_asker.forget()
    limits.by_address.forget()
    limits.by_number.forget()
    LimitsMiddleware.anonymous._levels.clear()
    with scope.system():
        make.district()
        make.district(make.HETANG)


def browser() -> Client:
    made = Client()
    made.cookies["district"] = str(make.SHIFENG)
    made.get("/my-data/ask")
    return made


def handed_in(client: Client, **more: str) -> tuple[str, str]:
    answer = client.post("/my-data/ask", GIVEN | more)
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/my-data/done"), answer.content.decode()
    text = client.get("/my-data/done").content.decode()
    found = [re.search(rf"data-{name}>([^<]+)<", text) for name in ("number", "code")]
    number, code = (m.group(1).replace(" ", "") for m in found if m)
    return number, code


def followed(number: str, code: str) -> str:
    client = Client()
    client.post("/progress", {"number": number, "code": code})
    return client.get("/progress/view").content.decode()


def officer() -> Any:
    return make.actor("privacy_officer", place=make.SHIFENG)


def register() -> int:
    with scope.system():
        values = {"name": "苗禾青", "id_type": "111", "id_number": NUMBER}
        return int(registry.register(actor=SYSTEM, values=values, place_code=make.cell().code, source="采集").pk)


def test_a_request_lands_as_the_same_case_that_staff_enter():
    number, code = handed_in(browser())
    with scope.system():
        case = Case.objects.get(number=number)
        one = PrivacyRequest.objects.get(case=case)
        assert (case.kind, case.source, case.state, one.kind, one.who) == (
            "privacy",
            "resident",
            "reported",
            "see",
            "self",
        )
        assert code not in case.query_code
        assert "苗禾青" not in case.title + case.text
        assert NUMBER.encode() not in bytes(one.sealed)
        assert queries.told(one)["phone"] == "14200009999"
    with scope.use(officer()):
        assert [r.case.number for r in queries.requests(officer(), state="open")] == [number]
    page = followed(number, code)
    for words in ("等待核验身份", "身份证件原件", number, "查阅、复制"):
        assert words in page, words
    assert "评价" not in page
    assert "还没解决" not in page


def test_handed_in_twice_it_is_one_request():
    client = browser()
    cookies = {k: v.value for k, v in client.cookies.items()}
    first = handed_in(client)
    other = Client()
    for name, value in cookies.items():
        other.cookies[name] = value
    assert handed_in(other) == first
    with scope.system():
        assert PrivacyRequest.objects.count() == 1


def _plain(answer: Any) -> tuple[int, str, str]:
    said = re.sub(r'"[A-Za-z0-9]{64}"', "", answer.content.decode())
    return answer.status_code, answer.headers.get("Location", ""), said


def test_nobody_learns_who_is_on_record():
    """The whole exchange is the same letter by letter, whether the person is on record or not, until the identity is verified."""

    def whole(n: int) -> list[Any]:
        limits.by_asker.forget()
        client = browser()
        seen: list[Any] = [
            _plain(client.post("/my-data/ask", GIVEN | more)) for more in ({"phone": ""}, {"id_number": "1"}, {})
        ]
        number, code = handed_in(browser())
        seen.append(re.sub(r"GX430204-\d{4}-\d{7}|\d{2}:\d{2}", "", followed(number, code)))
        with scope.use(officer()):
            services.refuse(actor=officer(), number=number, seen_step=1, text="经查本区没有此人的档案")
        page = followed(number, code)
        assert "没有此人" not in page
        assert "未能核验请求人的身份" in page
        return [re.sub(r'GX430204-\d{4}-\d{7}|\d{2}:\d{2}|"[A-Za-z0-9]{64}"', "", str(s)) for s in (*seen, page)]

    before = whole(1)
    register()
    assert whole(2) == before


def test_after_the_identity_was_verified_the_answer_is_read_by_the_code():
    who = register()
    number, code = handed_in(browser(), kind="explain", text="请说明怎样处理")
    by = officer()
    with scope.use(by):
        services.identify(actor=by, number=number, seen_step=1, method="papers", person_id=who)
    assert "身份已核验" in followed(number, code)
    with scope.use(by):
        services.answer(actor=by, number=number, seen_step=2, text="用于走访和救助，保存到迁离后三年。")
    page = followed(number, code)
    assert "保存到迁离后三年" in page
    assert "人民法院" in page
    with scope.system(), pytest.raises(Refusal):
        casework.contest(actor=PUBLIC, number=number, code=code, text="不服，请重新办理")


def test_somebody_verified_who_is_not_on_record_is_told_so():
    number, code = handed_in(browser())
    by = officer()
    with scope.use(by):
        services.identify(actor=by, number=number, seen_step=1, method="papers")
        services.answer(actor=by, number=number, seen_step=2, text="本区没有您的档案。")
    assert "本区没有您的档案" in followed(number, code)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"kind": ""}, "kind"), ({"kind": "all"}, "kind"), ({"who": "stranger"}, "who"), ({"name": " "}, "name"),
        ({"id_number": ""}, "id_number"), ({"id_number": "11010519491231002Y"}, "id_number"), ({"id_type": "000"}, "id_type"),
        ({"phone": ""}, "phone"), ({"text": ""}, "text"), ({"text": "长" * 1001}, "text"), ({"who": "agent"}, "subject"),
        ({"name": "名" * 51}, "name"),
    ],
)  # fmt: skip
def test_what_is_missing_or_wrong_is_said_at_its_field(more, field):
    answer = browser().post("/my-data/ask", GIVEN | more)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(rf'id="id_{field}(_\d+)?_error"', page), page
    assert "想看登记了哪些内容" in page or field == "text"
    with scope.system():
        assert not PrivacyRequest.objects.exists()


@pytest.mark.parametrize("odd", ["🙂", "\0", "'; drop table person; --", "１１０", "\u202e"])
def test_odd_words_break_nothing(odd):
    for field in ("kind", "text", "who", "name", "id_type", "id_number", "phone", "subject", "subject_number"):
        assert browser().post("/my-data/ask", GIVEN | {field: odd}).status_code in (302, 422), field


def test_one_address_does_not_flood_the_office():
    answers = [browser().post("/my-data/ask", GIVEN) for _ in range(11)]
    assert [a.status_code for a in answers] == [302] * 10 + [422]
    assert "请过一小时再试" in answers[-1].content.decode()


def test_a_request_is_no_report_nearby_and_nobody_joins_it():
    number, _ = handed_in(browser())
    with scope.system():
        case = Case.objects.get(number=number)
    assert portal.similar("", case.lng, case.lat) == []
    with pytest.raises(Refusal):
        casework.join(actor=PUBLIC, number=number, client_id=UUID(int=5))


def test_what_hands_out_or_destroys_needs_the_paper_itself():
    who = register()
    by = officer()
    number, _ = handed_in(browser())
    agent, _ = handed_in(browser(), who="agent", subject="苗禾青", kind="correct")
    relative, _ = handed_in(browser(), who="relative", subject="苗禾青", kind="correct")
    with scope.use(by):
        for case, said, field in (
            (number, {"method": "call"}, "method"),
            (number, {"method": "letter"}, "method"),
            (agent, {"method": "papers"}, "how"),
            (relative, {"method": "papers", "how": "死亡证明和户口簿"}, "person_id"),
        ):
            with pytest.raises(Refusal) as refused:
                services.identify(actor=by, number=case, seen_step=1, person_id=who, **said)
            assert refused.value.field == field
        services.identify(actor=by, number=agent, seen_step=1, person_id=who, method="papers", how="委托书和双方身份证")
        registry.die(actor=make.actor("registry_clerk", place=make.SHIFENG), person_id=who, on=clock.today())
        services.identify(actor=by, number=relative, seen_step=1, person_id=who, method="visit", how="死亡证明和户口簿")


def test_the_pages_stand(client: Client):
    client.cookies["district"] = str(make.SHIFENG)
    page = client.get("/my-data").content.decode()
    for words in ("三十日内答复", "身份证件原件", "已迁离人员的档案"):
        assert words in page
    assert client.get("/my-data/done")["Location"] == "/my-data"
    assert "我的个人信息" in client.get("/").content.decode()
    assert Client().get("/my-data").status_code == 302  # two districts: which one is asked first
