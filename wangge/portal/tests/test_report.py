"""A resident's report without a script: one question a page, handed in once, never lost, never public."""

import re
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from tests import make
from wangge.casework import queries as casework
from wangge.casework.models import Case, Supporter
from wangge.events.models import Reporter
from wangge.kernel import files, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.web import LimitsMiddleware
from wangge.portal import limits, queries
from wangge.portal.views import report as views

pytestmark = pytest.mark.django_db
WORDS = "建设路菜市场门口堆了一大堆生活垃圾，已经发臭三天"


@pytest.fixture(autouse=True)
def _district(_reference: None, db: None) -> None:
    limits.by_address.forget()
    limits.by_number.forget()
    LimitsMiddleware.anonymous._levels.clear()
    with scope.system():
        make.district()
        make.district(make.HETANG)


def browser() -> Client:
    """Somebody who has said which district they live in."""
    made = Client()
    made.cookies["district"] = str(make.SHIFENG)
    return made


def cell() -> Any:
    with scope.system():
        return make.cell()


def walk(client: Client, words: str = WORDS, upto: str = "check", category: str = "0101", **contact: str) -> Any:
    """The wizard by hand, as a browser without script would; the answer of the last step."""
    where = cell()
    pages: list[tuple[str, str, dict[str, Any]]] = [
        ("words", "/report", {"text": words}),
        ("category", "/report/category", {"category": category}),
        ("place", f"/report/place/{where.community_id}", {"cell": str(where.pk), "landmark": "东门旁"}),
        ("photos", "/report/photos", {}),
        ("similar", "/report/similar", {"same": "none"}),
        ("contact", "/report/contact", contact),
    ]
    answer: Any = None
    for name, url, data in pages:
        answer = client.post(url, data)
        assert answer.status_code == 302, (name, answer.content.decode())
        if name == upto:
            return answer
    return client.post("/report/check")


def receipt(client: Client) -> tuple[str, str]:
    text = client.get("/report/done").content.decode()
    number = re.search(r"data-number>([^<]+)<", text)
    code = re.search(r"data-code>([^<]+)<", text)
    assert number, text
    assert code, text
    return number.group(1), code.group(1).replace(" ", "")


def photograph() -> BytesIO:
    out = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "手机"
    Image.new("RGB", (640, 480), "green").save(out, "JPEG", exif=exif)
    out.seek(0)
    out.name = "IMG_1.jpg"
    return out


def test_the_whole_way_from_words_to_receipt() -> None:
    client = browser()
    text = client.post("/report", {"text": WORDS}, follow=True).content.decode()
    assert "暴露垃圾" in text
    assert "说不准" in text
    answer = walk(client, name="张三", phone="138 0000 1234")
    assert (answer.status_code, answer["Location"]) == (302, "/report/done")
    number, code = receipt(client)
    with scope.system():
        case = Case.objects.get(number=number)
        assert (case.source, case.category, case.place_code) == ("resident", "0101", cell().pk)
        assert case.text == f"{WORDS}\n附近标志：东门旁"
        assert Reporter.objects.get(pk=case.pk).phone_tail == "1234"
        assert b"13800001234" not in bytes(Reporter.objects.get(pk=case.pk).phone or b"")
    done = client.get("/report/done").content.decode()
    assert "前受理" in done
    assert code not in case.query_code


def test_handing_in_twice_makes_one_report_with_one_code() -> None:
    client = browser()
    walk(client, upto="contact")
    cookies = {k: v.value for k, v in client.cookies.items()}
    client.post("/report/check")
    first = receipt(client)
    other = browser()
    for name, value in cookies.items():
        other.cookies[name] = value
    other.post("/report/check")
    assert receipt(other) == first
    with scope.system():
        assert Case.objects.count() == 1
    assert client.post("/report/check")["Location"] == "/report/done"


def test_back_and_forth_loses_nothing() -> None:
    client = browser()
    walk(client, upto="place")
    assert WORDS in client.get("/report").content.decode()
    assert "东门旁" in client.get(f"/report/place/{cell().community_id}").content.decode()
    assert client.post("/report", {"text": "短"}).status_code == 422
    text = client.get("/report/category").content.decode()
    assert re.search(r'value="0101" checked', text)


def test_the_summary_sends_back_to_itself_after_a_change() -> None:
    client = browser()
    walk(client, upto="contact")
    client.get("/report/check")
    assert client.post("/report", {"text": WORDS + "，请尽快"})["Location"] == "/report/check"
    assert "请尽快" in client.get("/report/check").content.decode()


def test_a_step_that_was_skipped_leads_back() -> None:
    client = browser()
    assert client.get("/report/check")["Location"] == "/report"
    client.post("/report", {"text": WORDS})
    assert client.get("/report/photos")["Location"] == "/report/category"


def test_long_words_fit_into_the_draft() -> None:
    client = browser()
    words = "".join(chr(0x4E00 + (i * 7919) % 20000) for i in range(1000))
    walk(client, words=words, upto="contact")
    assert words[:50] in client.get("/report/check").content.decode()
    assert all(len(c.value) < 4000 for c in client.cookies.values())
    assert "请删减" in client.post("/report", {"text": words + "多"}).content.decode()


def test_nothing_of_the_draft_is_readable_in_the_cookie() -> None:
    client = browser()
    walk(client, upto="contact", name="李四", phone="13900001111")
    kept = "".join(c.value for c in client.cookies.values())
    assert "13900001111" not in kept
    assert "李四" not in kept


def test_a_point_outside_is_refused_and_a_border_is_asked_about() -> None:
    client = browser()
    walk(client, upto="category")
    answer = client.post("/report/place", {"lng": "116.4", "lat": "39.9"})
    assert answer.status_code == 422
    assert "不在石峰区的网格内" in answer.content.decode()
    assert client.post("/report/place", {"lng": "x", "lat": ""}).status_code == 422
    lng, lat, cells = _border_point()
    answer = client.post("/report/place", {"lng": str(lng), "lat": str(lat)})
    assert answer["Location"] == "/report/which"
    assert client.post("/report/which", {}).status_code == 422
    other = next(c for c in cells if c != _chosen(lng, lat))
    assert client.post("/report/which", {"cell": str(other)})["Location"] == "/report/photos"
    client.post("/report/photos", {})
    client.post("/report/contact", {})
    client.post("/report/check")
    with scope.system():
        assert Case.objects.get(number=receipt(client)[0]).place_code == other


def _border_point() -> tuple[float, float, list[int]]:
    from shapely.geometry import shape

    from wangge.territory import queries as territory

    rows = list(territory.boundaries(make.JINGLONG))
    for one in rows:
        for other in rows:
            if one.pk < other.pk:
                line = shape(one.geometry).intersection(shape(other.geometry))
                if line.length > 0.001:
                    point = line.interpolate(0.5, normalized=True)
                    placed = territory.cell_at(point.x, point.y)
                    if len(placed.candidates) == 2:
                        return point.x, point.y, list(placed.candidates)
    raise AssertionError("no border found")


def _chosen(lng: float, lat: float) -> int:
    from wangge.territory import queries as territory

    found = territory.cell_at(lng, lat).cell_code
    assert found
    return found


def test_a_position_finds_its_cell() -> None:
    client = browser()
    walk(client, upto="category")
    with scope.system():
        lng, lat = make.point(cell())
    assert client.post("/report/place", {"lng": lng, "lat": lat, "accuracy": "150"})["Location"] == "/report/photos"
    client.post("/report/photos", {})
    client.post("/report/contact", {})
    assert "误差约 150 米" in client.get("/report/check").content.decode()


def test_photos_are_kept_without_their_data_and_only_for_their_owner() -> None:
    client = browser()
    walk(client, upto="place")
    assert client.post("/report/photos", {"photos": photograph(), "more": "1"})["Location"] == "/report/photos"
    sha = re.search(r"/report/photos/([0-9a-f]{64})", client.get("/report/photos").content.decode())
    assert sha
    small = client.get(f"/report/photos/{sha.group(1)}")
    assert (small.status_code, small["Content-Type"]) == (200, "image/jpeg")
    assert not dict(Image.open(BytesIO(small.content)).getexif())
    assert browser().get(f"/report/photos/{sha.group(1)}").status_code in (302, 404)
    wrong = BytesIO(b"%PDF-1.4")
    wrong.name = "x.pdf"
    assert client.post("/report/photos", {"photos": wrong}).status_code == 422
    client.post("/report/photos", {})
    client.post("/report/contact", {})
    client.post("/report/check")
    with scope.system():
        case = Case.objects.get(number=receipt(client)[0])
        assert casework.steps(SYSTEM, case)[-1].files == [sha.group(1)]
        assert files.missing([sha.group(1)]) == []


def test_who_met_it_too_backs_the_report_and_gets_a_code() -> None:
    first = browser()
    walk(first)
    number, _ = receipt(first)
    client = browser()
    walk(client, words="市场旁边垃圾没人收，路都走不了", upto="photos")
    text = client.get("/report/similar").content.decode()
    assert "暴露垃圾" in text
    assert "我也遇到了" in text
    assert WORDS[:6] not in text
    assert number not in text
    key = re.search(r'name="same" id="same_1" value="([^"]+)"', text)
    assert key
    assert client.post("/report/similar", {"same": "x"}).status_code == 422
    assert client.post("/report/similar", {"same": key.group(1)})["Location"] == "/report/done"
    joined, code = receipt(client)
    assert joined == number
    with scope.system():
        assert (Case.objects.count(), Supporter.objects.count(), Case.objects.get().supporters) == (1, 1, 1)
    client.post("/progress", {"number": number, "code": code})
    shown = client.get("/progress/view").content.decode()
    assert "您附议了这件反映" in shown
    assert WORDS[:6] not in shown


def test_the_report_is_stored_though_everything_beside_it_is_ill(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("out of order")

    monkeypatch.setattr(queries.events, "suggest_categories", broken)
    monkeypatch.setattr(queries.casework, "nearby", broken)
    monkeypatch.setattr(views.events, "save_reporter", broken)
    client = browser()
    text = client.post("/report", {"text": WORDS}, follow=True).content.decode()
    assert "说不准" in text
    walk(client, category="unsure", name="张三", phone="13800001234")
    assert "联系方式没有保存成功" in client.get("/report/done").content.decode()
    number, _ = receipt(client)
    with scope.system():
        assert Case.objects.filter(number=number).exists()


def test_a_wrong_phone_is_said_at_once() -> None:
    client = browser()
    walk(client, upto="similar")
    answer = client.post("/report/contact", {"phone": "123"})
    assert answer.status_code == 422
    assert "电话的格式不对" in answer.content.decode()
    assert 'value="123"' in answer.content.decode()


def test_a_form_without_its_token_is_refused_in_chinese() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/report", {"text": WORDS})
    assert answer.status_code == 403
    assert "这个页面已失效" in answer.content.decode()
