"""`/api/v1/audits` with a token: the contract, the first result again, refusals, and only the own district's."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import make
from wangge.disclosure.models import DocumentAudit
from wangge.disclosure.services import audits
from wangge.identity import services as identity
from wangge.identity.models import Account
from wangge.kernel import files
from wangge.kernel.actor import SYSTEM, Actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district", "known_reports")]


def caller(who: Actor | None = None) -> Client:
    who = who or make.actor("auditor", place=make.SHIFENG)
    name = Account.objects.get(pk=who.id).name
    token = identity.create_token(actor=SYSTEM, account_name=name, label="测试", rate=100)
    return Client(headers={"Authorization": f"Bearer {token}"})


def send(client: Client, data: bytes = b"x", name: str = "预算.txt") -> Any:
    return client.post("/api/v1/audits", {"file": SimpleUploadedFile(name, data)})


def test_a_file_sent_is_answered_with_the_contract():
    answer = send(caller())
    told = answer.json()
    assert answer.status_code == 201
    assert [f["rule"] for f in told["findings"]] == ["B10", "N01", "B12", "T06"]
    assert told["checks"]["run"] == 4
    assert (told["kind"], told["unit"], told["year"], told["money_unit"]) == ("budget", "示例单位", 2020, "万元")
    assert told["tables"][0]["rows"]
    assert told["not_understood"]


def test_the_same_file_again_gives_the_first_result(known_reports):
    client = caller()
    first, second = send(client), send(client, name="另一个名字.txt")
    assert second.status_code == 200
    assert second.json() == first.json()
    assert len(known_reports) == 1


def test_the_body_alone_with_its_name_in_a_header_will_do():
    answer = caller().post(
        "/api/v1/audits", b"x", content_type="application/octet-stream", headers={"X-File-Name": "a.txt"}
    )
    assert answer.status_code == 201
    assert answer.json()["file"] == "a.txt"


def test_a_large_file_is_answered_at_once_all_the_same(monkeypatch):
    monkeypatch.setattr(audits, "AT_ONCE", 1)
    assert send(caller(), b"x and more").status_code == 201


@pytest.mark.parametrize(
    ("data", "status", "code", "words"),
    [
        (b"scan", 422, "unreadable", "扫描件"),
        (b"bug", 422, "failed", "ZeroDivisionError"),
        (b"", 422, "file_empty", "空"),
    ],
)
def test_what_cannot_be_audited_is_refused_with_its_sentence(data, status, code, words):
    client = caller()
    for _ in range(2):
        answer = send(client, data)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert words in answer.json()["sentence"]


def test_a_file_that_is_missing_or_too_large_is_refused(monkeypatch):
    client = caller()
    assert client.post("/api/v1/audits", {}).json()["code"] == "file_missing"
    assert client.post("/api/v1/audits", b"x", content_type="multipart/form-data").status_code == 422
    monkeypatch.setattr(files, "OTHER_LIMIT", 3)
    answer = send(client, b"xxxx")
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


def test_the_list_pages_and_narrows():
    client = caller()
    for n in range(3):
        send(client, b"x %d" % n, f"{n}.txt")
    first = client.get("/api/v1/audits?limit=2").json()
    rest = client.get(f"/api/v1/audits?limit=2&cursor={first['next']}").json()
    assert [i["file"] for i in first["items"] + rest["items"]] == ["2.txt", "1.txt", "0.txt"]
    assert rest["next"] is None
    assert client.get("/api/v1/audits?q=1.txt").json()["items"][0]["errors"] == 1
    for query in ("limit=0", "limit=x", "limit=" + "9" * 400, "kind=x", "cursor=x"):
        assert client.get(f"/api/v1/audits?{query}").status_code == 422


def test_one_audit_tells_what_people_decided():
    client = caller()
    number = send(client).json()["id"]
    who = make.actor("auditor", place=make.SHIFENG)
    audits.decide(actor=who, audit_id=number, picks=[(1, 0)], decision="dismissed", reason="口径不同")
    told = client.get(f"/api/v1/audits/{number}").json()["findings"]
    assert (told[0]["decision"], told[0]["reason"], told[1]["decision"]) == ("dismissed", "口径不同", "")


def test_one_that_still_waits_says_so():
    who = make.actor("auditor", place=make.SHIFENG)
    one = audits.receive(actor=who, data=b"x", name="a.txt", at_once=False).audit
    answer = caller().get(f"/api/v1/audits/{one.pk}")
    assert (answer.status_code, answer.json()["code"]) == (409, "still_waiting")


def test_strangers_other_districts_and_posts_without_the_right_get_nothing():
    number = send(caller()).json()["id"]
    other = caller(make.actor("auditor", place=make.HETANG))
    assert other.get(f"/api/v1/audits/{number}").status_code == 404
    assert other.get("/api/v1/audits").json()["items"] == []
    assert send(Client()).status_code == 401
    dispatcher = caller(make.dispatcher())
    for answer in (send(dispatcher), dispatcher.get("/api/v1/audits"), dispatcher.get(f"/api/v1/audits/{number}")):
        assert (answer.status_code, answer.json()["code"]) == (403, "no_right")
    assert DocumentAudit.objects.count() == 1


def test_a_session_cookie_alone_cannot_send(sign_in):
    client = sign_in(make.actor("auditor", place=make.SHIFENG))
    assert send(client).status_code == 401
    assert client.get("/api/v1/audits").status_code == 200


def test_other_methods_are_named():
    answer = caller().delete("/api/v1/audits")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")
    assert json.loads(answer.content)["code"] == "method"


def test_the_openapi_document_knows_the_addresses_and_what_they_answer():
    told = Client().get("/api/v1/openapi.json").json()
    post = told["paths"]["/api/v1/audits"]["post"]
    assert {"200", "201", "401", "403", "413", "422", "429"} <= post["responses"].keys()
    answer, known = send(caller()).json(), told["components"]["schemas"]["AuditResult"]
    assert set(known["required"]) <= answer.keys() <= known["properties"].keys()
    for name in ("tables", "findings", "not_understood"):
        assert set(known["properties"][name]["items"]["required"]) <= answer[name][0].keys()
    assert "/api/v1/audits/{audit_id}" in told["paths"]
    assert "/api/v1/events" in told["paths"]
