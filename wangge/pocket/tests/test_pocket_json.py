"""What the phone and the server say to each other: each item by itself, once, in order, with a plain sentence."""

import hashlib
import io
import json
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from tests import make
from wangge.casework import queries as casework
from wangge.identity.models import Account
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM

pytestmark = pytest.mark.django_db


def jpeg(tone: int = 90) -> tuple[str, bytes]:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), (tone, 120, 80)).save(out, "JPEG")
    return hashlib.sha256(out.getvalue()).hexdigest(), out.getvalue()


class Phone:
    """An officer's phone: logged in, with the day's data."""

    def __init__(self, actor: Any) -> None:
        self.actor = actor
        self.client = Client()
        with scope.system():
            name = Account.objects.get(pk=actor.id).name
        self.client.post("/login", {"name": name, "password": make.PASSWORD})
        self.boot = self.client.get("/pocket/bootstrap.json").json()

    def send(self, *items: dict[str, Any], account: int | None = None) -> Any:
        body = json.dumps({"account": account or self.actor.id, "items": list(items)})
        return self.client.post("/pocket/sync", body, content_type="application/json")

    def put(self, sha: str, data: bytes) -> Any:
        return self.client.put(f"/pocket/files/{sha}", data, content_type="image/jpeg")


@pytest.fixture
def phone(_reference: None, db: None) -> Phone:
    # Not the fixture `district`: a login commits its attempt by itself and cannot run inside a scope.
    with scope.system():
        make.district()
        officer = make.officer(make.cell())
    return Phone(officer)


def item(n: int, **fields: Any) -> dict[str, Any]:
    with scope.system():
        lng, lat = make.point(make.cell())
    return {
        "kind": "report",
        "id": str(make.client_id(n)),
        "seq": n,
        "lng": lng,
        "lat": lat,
        "seen_at": clock.now().isoformat(),
        "text": "人行道上有一堆生活垃圾没人清",
        "category": "0101",
    } | fields


def test_the_day_s_data_hold_cells_categories_and_nothing_of_other_cells(phone: Phone) -> None:
    boot = phone.boot
    assert boot["account"]["id"] == phone.actor.id
    assert [f["properties"]["code"] for f in boot["cells"]["features"]] == [str(phone.actor.lo)]
    assert any(c["code"] == "0101" and c["words"] for c in boot["categories"])
    assert boot["todos"] == []
    assert boot["mine"] == []


def test_the_same_report_sent_three_times_is_one_event(phone: Phone) -> None:
    answers = [phone.send(item(1)).json()["results"][0] for _ in range(3)]
    assert {a["number"] for a in answers} == {answers[0]["number"]}
    assert all(a["ok"] for a in answers)
    with scope.system():
        assert casework.search(SYSTEM, mine=False).count() == 1


def test_items_are_done_in_the_order_of_their_sequence_and_one_bad_one_spoils_no_other(phone: Phone) -> None:
    broken = {"kind": "report", "id": str(make.client_id(8)), "seq": 2}
    far = item(3, lng=100.0, lat=20.0)
    results = phone.send(item(4), far, broken, item(1)).json()["results"]
    assert [r["ok"] for r in results] == [True, False, False, True]
    assert results[1]["sentence"].startswith("这条记录内容不完整")
    assert results[2]["code"] == "outside"
    assert results[0]["number"] < results[3]["number"]


def test_a_photo_is_kept_once_and_a_report_may_name_it(phone: Phone) -> None:
    sha, data = jpeg()
    early = phone.send(item(1, files=[sha])).json()["results"][0]
    assert early["code"] == "unknown_file"
    assert phone.put(sha, data).status_code == 201
    assert phone.put(sha, data).json()["known"] is True
    assert phone.put("0" * 64, data).status_code == 422
    done = phone.send(item(1, files=[sha])).json()["results"][0]
    assert done["ok"], done
    shown: Any = phone.client.get(f"/pocket/files/{sha}?thumb=1")
    assert shown.status_code == 200
    assert b"".join(shown.streaming_content)[:2] == b"\xff\xd8"
    whole = phone.client.get(f"/pocket/case/{done['number']}.json").json()
    assert whole["timeline"][-1]["files"][0]["url"].endswith(sha)


def test_another_cell_s_officer_sees_neither_case_nor_photo(phone: Phone) -> None:
    sha, data = jpeg(33)
    phone.put(sha, data)
    number = phone.send(item(1, files=[sha])).json()["results"][0]["number"]
    with scope.system():
        neighbour = make.officer(make.cell(n=5))
    other = Phone(neighbour)
    assert other.client.get(f"/pocket/case/{number}.json", headers={"Accept": "application/json"}).status_code == 404
    assert other.client.get(f"/pocket/files/{sha}").status_code == 404


def test_a_queue_is_never_sent_under_another_account(phone: Phone) -> None:
    with scope.system():
        other = make.officer(make.cell(n=5))
    answer = phone.send(item(1), account=other.id)
    assert answer.status_code == 409
    assert answer.json()["code"] == "other_account"
    assert phone.client.get("/pocket/bootstrap.json").json()["mine"] == []


def test_a_step_taken_twice_is_one_step_and_a_stale_one_says_who_was_first(phone: Phone) -> None:
    with scope.system():
        case = make.case("reported", source="resident")
        make.act(make.dispatcher(), case.number, "check")
        case = casework.get(SYSTEM, case.number)
    whole = phone.client.get(f"/pocket/case/{case.number}.json").json()
    assert {a["command"] for a in whole["allowed"]} >= {"confirm", "refute"}
    step = {
        "kind": "command",
        "id": str(make.client_id(70)),
        "seq": 1,
        "number": case.number,
        "command": "confirm",
        "seen_step": case.step,
        "text": "现场查看属实",
    }
    first, again = phone.send(step).json()["results"][0], phone.send(step).json()["results"][0]
    assert first["ok"], first
    assert again["ok"], again
    late = phone.send(step | {"id": str(make.client_id(71)), "command": "refute", "reason": "untrue"}).json()[
        "results"
    ][0]
    assert late["code"] == "stale"
    with scope.system():
        assert [s.command for s in casework.steps(SYSTEM, case)].count("confirm") == 1


def test_a_self_solved_matter_is_closed_at_once(phone: Phone) -> None:
    done = phone.send(item(1, solved="已清扫干净")).json()["results"][0]
    assert done["state"] == "closed"
    assert "自行处置" in done["sentence"]


def test_a_phone_clock_that_runs_ahead_is_told_so(phone: Phone) -> None:
    ahead = clock.now().replace(year=clock.now().year + 1).isoformat()
    done = phone.send(item(1, seen_at=ahead)).json()["results"][0]
    assert done["ok"]
    assert "本机时间" in done["sentence"]


def test_without_a_login_the_shell_opens_and_the_data_do_not(client: Client, db: None) -> None:
    assert client.get("/pocket/").status_code == 200
    worker = client.get("/pocket/sw.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert b"/static/pocket/app.js" in worker.content
    assert client.get("/pocket/manifest.webmanifest").json()["scope"] == "/pocket/"
    assert client.get("/pocket/bootstrap.json", headers={"Accept": "application/json"}).status_code == 401


def test_what_cannot_be_read_is_refused_as_a_whole(phone: Phone) -> None:
    answer = phone.client.post("/pocket/sync", "{", content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_request"
