"""What everybody can open: progress by number and code, the grid, and that no resident's words are ever among it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from tests import make
from wangge.casework import services as casework
from wangge.casework.models import Case
from wangge.casework.services.public import code_digest
from wangge.identity import queries as identity
from wangge.kernel import scope
from wangge.kernel.actor import PUBLIC
from wangge.kernel.web import LimitsMiddleware
from wangge.portal import limits

WORDS = "水井边的铁盖丢了一块很危险"
CODE = "AB23CD45"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    limits.by_address.forget()
    limits.by_number.forget()
    LimitsMiddleware.anonymous._levels.clear()


@pytest.fixture
def district(_reference: None, db: None) -> None:
    """The districts, without the reach of the system that the shared fixture leaves open."""
    with scope.system():
        make.district()
        make.district(make.HETANG)


def browser(code: int = make.SHIFENG) -> Client:
    made = Client()
    made.cookies["district"] = str(code)
    return made


def case(state: str = "reported", **fields: Any) -> str:
    """A resident's case in the state, with the query code CODE."""
    with scope.system():
        made = make.case(state, **({"text": WORDS} | fields))
        Case.objects.filter(pk=made.pk).update(query_code=code_digest(CODE))
        return str(made.number)


def follow(number: str, code: str = CODE, client: Client | None = None) -> Any:
    found = client or browser()
    return found.post("/progress", {"number": number, "code": code}, follow=True)


def text(answer: Any) -> str:
    return str(answer.content.decode())


STATES = {
    "reported": "已收到，等待受理",
    "accepted": "已受理，等待分派",
    "dispatched": "等待承办单位签收",
    "handling": "正在办理",
    "held": "暂停办理",
    "handled": "等待核查",
    "verified": "请您评价",
    "closed": "已结案",
}


@pytest.mark.usefixtures("district")
def test_every_state_is_said_in_plain_words_without_names_of_staff() -> None:
    for state, said in STATES.items():
        number = case(state)
        shown = text(follow(number))
        assert said in shown, state
        assert number in shown
        for name in ("演示dispatcher", "演示handler", "dispatcher", "handler"):
            assert name not in shown, (state, name)
        assert "这个期限是怎样算的" in shown or state == "closed"


@pytest.mark.usefixtures("district")
def test_number_and_code_are_read_as_people_type_them() -> None:
    number = case()
    assert WORDS in text(follow(number.lower(), "ab23 cd45"))
    assert WORDS in text(follow("ＷＧ" + number[2:], " ＡＢ23-ＣＤ45 "))


@pytest.mark.usefixtures("district")
def test_a_wrong_code_and_a_wrong_number_read_the_same_and_are_few() -> None:
    number, client = case(), browser()
    wrong, unknown = follow(number, "AAAAAAAA", client), follow("WG430204-2026-9999999", CODE, client)
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert "请核对编号和查询码" in text(wrong)
    assert "请核对编号和查询码" in text(unknown)
    for _ in range(8):
        follow(number, "AAAAAAAA", client)
    refused = follow(number, CODE, client)
    assert refused.status_code == 429
    assert refused["Retry-After"] == "60"
    assert WORDS not in text(refused)


@pytest.mark.usefixtures("district")
def test_a_good_grade_closes_and_the_service_is_graded_once() -> None:
    number, client = case("verified"), browser()
    assert "请您评价这次办理" in text(follow(number, client=client))
    assert client.post("/progress/rate", {}).status_code == 422
    shown = text(client.post("/progress/rate", {"grade": "5", "text": "很快"}, follow=True))
    assert "已结案" in shown
    assert "非常满意" in shown
    assert "请您评价这次办理" not in shown
    again = client.post("/progress/rate", {"grade": "1"})
    assert again.status_code == 422
    assert "办结核查后才能评价" in text(again)


@pytest.mark.usefixtures("district")
def test_a_bad_grade_has_it_handled_again() -> None:
    number, client = case("verified"), browser()
    follow(number, client=client)
    shown = text(client.post("/progress/rate", {"grade": "1", "text": "根本没来人"}, follow=True))
    assert "正在办理" in shown
    assert "已重新办理" in shown


@pytest.mark.usefixtures("district")
def test_what_is_still_not_fixed_goes_back_to_the_office_once() -> None:
    number, client = case("closed"), browser()
    assert "还没解决" in text(follow(number, client=client))
    short = client.post("/progress/contest", {"text": "没"})
    assert short.status_code == 422
    assert "不少于 5 个字" in text(short)
    shown = text(client.post("/progress/contest", {"text": "护栏又断了，请再来看看"}, follow=True))
    assert "正在办理" in shown
    with scope.system():
        assert (Case.objects.get(number=number).state, Case.objects.get(number=number).redone) == ("handling", 1)


@pytest.mark.usefixtures("district")
def test_a_merged_report_shows_what_becomes_of_the_original() -> None:
    first, second = case(), case(text="同一块井盖，我也看到丢了")
    with scope.system():
        desk = make.dispatcher()
        make.act(desk, second, "merge", original=first)
        make.act(desk, first, "accept")
    shown = text(follow(second))
    assert "合并办理" in shown
    assert "已受理" in shown
    assert "同一块井盖" in shown
    assert WORDS not in shown


@pytest.mark.usefixtures("district")
def test_leaving_forgets_the_code_on_this_phone() -> None:
    client = browser()
    follow(case(), client=client)
    client.post("/progress/leave")
    assert client.get("/progress/view")["Location"] == "/progress"


def _addresses() -> list[str]:
    """Every public address, with the cell and division codes and file hashes that it may want."""
    cell = make.cell()
    found = []
    for pattern in get_resolver("wangge.portal.urls").url_patterns:
        route = "/" + str(pattern.pattern)
        if "board.pdf" in route or "<int:code>/" in route:
            found.append(route.replace("<int:code>", str(cell.pk)))
        elif "<int:code>" in route:
            codes = [cell.pk, cell.community_id, make.JINGLONG, 123, 430204000000000]
            found += [route.replace("<int:code>", str(c)) for c in codes]
        else:
            found.append(route.replace("<str:sha256>", "0" * 64))
    return found


@pytest.mark.usefixtures("district")
def test_no_address_shows_a_residents_words_without_the_code() -> None:
    """Walks every public address, as a reader and with a draft beside other residents' reports."""
    numbers = [case(state) for state in ("reported", "handling", "verified", "closed")]
    with scope.system():
        casework.join(actor=PUBLIC, number=numbers[0], client_id=make.client_id(), text="我家门口也是这样，" + WORDS)
        addresses = _addresses()
        lng, lat = make.point(make.cell())
    client = browser()
    client.post("/report", {"text": "路边有坑，请来填平"})
    client.post("/report/category", {"category": "0303"})
    client.post("/report/place", {"lng": lng, "lat": lat})
    client.post("/report/photos", {})
    opened = 0
    for method in (client.get, client.post):
        for url in addresses:
            if method == client.post and url == "/report/again":
                continue
            answer: Any = method(url)
            assert answer.status_code < 500, (url, answer.status_code)
            opened += answer.status_code == 200
            if "pdf" in answer["Content-Type"]:
                continue
            shown = text(answer)
            assert WORDS not in shown, url
            assert "铁盖" not in shown, url
            assert CODE not in shown, url
            assert not any(n in shown for n in numbers), url
    assert opened > 15


@pytest.mark.usefixtures("district")
def test_the_grid_is_found_by_point_and_by_list() -> None:
    client = browser()
    with scope.system():
        cell = make.cell()
        make.officer(cell, name="wang")
        lng, lat = make.point(cell)
    assert "井龙" in text(client.get("/my-grid"))
    assert client.get("/my-grid", {"lng": str(lng), "lat": str(lat)})["Location"] == f"/my-grid/{cell.pk}"
    assert "不在本系统的网格内" in text(client.get("/my-grid", {"lng": "100", "lat": "30"}))
    assert client.get("/my-grid", {"lng": "x", "lat": "30"}).status_code == 422
    assert cell.name in text(client.get(f"/my-grid/{cell.community_id}"))
    shown = text(client.get(f"/my-grid/{cell.pk}"))
    assert "演示wang" in shown
    assert "平方" in shown
    printed = client.get(f"/my-grid/{cell.pk}/board.pdf")
    assert (printed.status_code, printed["Content-Type"]) == (200, "application/pdf")
    assert printed.content.startswith(b"%PDF")
    assert client.get("/my-grid/430204999999999").status_code == 404
    codes = [f["properties"]["code"] for f in client.get("/my-grid/cells.json").json()["features"]]
    assert str(cell.pk) in codes
    assert all(c.startswith("430204") for c in codes)


@pytest.mark.usefixtures("district")
def test_with_two_districts_one_is_asked_once() -> None:
    client = Client()
    assert "您在哪个区" in text(client.get("/"))
    assert client.get("/report")["Location"] == "/?next=%2Freport"
    assert client.get("/", {"district": str(make.HETANG), "next": "/report"})["Location"] == "/report"
    assert "荷塘区" in text(client.get("/"))
    assert client.get("/", {"district": str(make.SHIFENG), "next": "https://example.com/"})["Location"] == "/"
    assert "您在哪个区" in text(client.get("/", {"change": "1"}))


@pytest.mark.usefixtures("district")
def test_large_type_and_contrast_are_remembered() -> None:
    client = browser()
    assert client.get("/display", {"large": "1", "next": "/progress"})["Location"] == "/progress"
    assert client.get("/display", {"contrast": "1", "next": "//example.com"})["Location"] == "/"
    assert "large contrast" in text(client.get("/"))


@pytest.mark.usefixtures("district")
def test_the_first_page_is_light() -> None:
    """150 kB with everything it loads, and no script."""
    import re

    from django.contrib.staticfiles import finders

    page = browser().get("/")
    total = len(page.content)
    wanted = [*re.findall(r'/static/([^"]+)"', text(page)), "wangge/tokens.css", "wangge/common.css"]
    for name in set(wanted):
        path = finders.find(name)
        assert path, name
        with open(str(path), "rb") as f:
            total += len(f.read())
    assert total < 150_000
    assert "<script" not in text(page)


@pytest.mark.django_db
def test_every_page_opens_on_an_empty_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "districts", list)
    client = Client()
    for url in ("/", "/progress", "/help/accessibility", "/display"):
        assert client.get(url).status_code in (200, 302), url
    assert "还没有装入区的资料" in text(client.get("/"))
    assert client.get("/report", follow=True).status_code == 200
    assert client.get("/my-grid", follow=True).status_code == 200
    assert client.post("/progress", {"number": "x", "code": "y"}).status_code == 422
