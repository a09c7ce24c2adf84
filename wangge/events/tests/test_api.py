"""The JSON edge: taken once, refused in words, read in scope."""

import json
from typing import Any

import pytest
from django.test import Client

from tests import make
from wangge.events import rules
from wangge.identity import services as identity
from wangge.kernel import clock, openapi, scope
from wangge.kernel.actor import SYSTEM

pytestmark = pytest.mark.django_db
URL = "/api/v1/events"


@pytest.fixture(autouse=True)
def _district(_reference: None, db: None) -> None:
    with scope.system():
        make.district()
        make.district(make.HETANG)


def token(actor: Any, rate: int = 1000) -> str:
    name = identity_name(actor.id)
    with scope.system():
        return identity.create_token(actor=SYSTEM, account_name=name, rate=rate)


def identity_name(account_id: int) -> str:
    from wangge.identity.models import Account

    return str(Account.objects.get(pk=account_id).name)


def caller(actor: Any, rate: int = 1000) -> Client:
    return Client(headers={"Authorization": f"Bearer {token(actor, rate)}"})


@pytest.fixture
def officer() -> Client:
    with scope.system():
        return caller(make.officer(make.cell()))


@pytest.fixture
def desk() -> Client:
    with scope.system():
        return caller(make.dispatcher())


def body(**fields: Any) -> dict[str, Any]:
    with scope.system():
        lng, lat = make.point(make.cell())
    return {
        "id": str(make.client_id()),
        "text": "人行道上有一堆生活垃圾没人清，已经发臭",
        "lng": lng,
        "lat": lat,
        "seen_at": clock.now().isoformat(),
        "category": "0101",
    } | fields


def post(client: Client, data: Any, url: str = URL) -> Any:
    raw = data if isinstance(data, bytes) else json.dumps(data)
    return client.post(url, raw, content_type="application/json")


def test_a_report_is_taken_and_the_same_id_gives_the_same_body(desk: Client) -> None:
    sent = body()
    first, second = post(desk, sent), post(desk, sent)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert set(first.json()) == {"id", "number", "cell_code", "state", "due_at"}
    assert first.json()["state"] == "reported"
    assert first.json()["id"] == sent["id"]


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"lng": "113"}, "lng", "经度"),
    ({"lng": 200}, "lng", "-180 至 180"),
    ({"id": "x"}, "id", "UUID"),
    ({"seen_at": "昨天"}, "seen_at", "时区"),
    ({"seen_at": "2026-03-10T09:00:00"}, "seen_at", "时区"),
    ({"seen_at": "0001-01-01T00:00:00+08:00"}, "seen_at", "早于 2000 年"),
    ({"datum": "beijing54"}, "datum", "gcj02"),
    ({"category": "9999"}, "category", "9999"),
    ({"category": 7}, "category", "文字"),
    ({"text": "短", "category": None}, "text", "不少于"),
    ({"text": "长" * 2001}, "text", "2000"),
    ({"files": ["xyz"]}, "files", "SHA-256"),
    ({"files": ["0" * 64]}, "files", "尚未上传"),
    ({"lng": 0, "lat": 0}, "lng", "不在本区"),
    ({"colour": "red"}, "colour", "colour"),
    ({"text": "路面有坑\u0000需要修"}, "text", "不能显示"),
]


def test_bad_input_names_the_field_and_the_value(desk: Client) -> None:
    for change, field, said in BAD:
        answer = post(desk, body(**change))
        assert answer.status_code == 422, (change, answer.content)
        found = answer.json()
        assert found["field"] == field, change
        assert said in found["sentence"], found
        assert set(found) == {"code", "field", "value", "sentence", "data"}
        if field == "lng" and change["lng"] != 0:
            assert found["value"] == change["lng"]


def test_what_is_no_json_object_is_refused_in_words(desk: Client) -> None:
    for raw in (b"", b"{", b"[]", b"null", b'{"text": "\xff"}', b'{"id": 1'):
        answer = post(desk, raw)
        assert answer.status_code == 422
        assert "JSON" in answer.json()["sentence"], raw


def test_a_missing_field_is_named(desk: Client) -> None:
    sent = body()
    del sent["seen_at"]
    answer = post(desk, sent)
    assert (answer.status_code, answer.json()["field"]) == (422, "seen_at")
    assert answer.json()["sentence"].startswith("缺少发现时间")


def test_without_a_token_nothing_is_taken_and_nothing_is_shown(desk: Client) -> None:
    for client in (Client(), Client(headers={"Authorization": "Bearer wg_nobody"})):
        assert post(client, body()).status_code == 401
        assert client.get(URL).status_code == 401
        assert client.get(f"{URL}/WG430204-2026-0000001").status_code == 401


def test_a_cookie_is_not_believed_when_writing() -> None:
    with scope.system():
        make.dispatcher()
    client = Client()
    client.post("/login", {"name": "dispatcher-430204-centre", "password": make.PASSWORD})
    assert post(client, body()).status_code == 401


def test_a_body_too_large_is_refused_before_it_is_read(desk: Client) -> None:
    answer = desk.post(URL, b"x" * (4 * 1024 * 1024 + 1), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    answer = desk.post(URL, b"x" * (4 * 1024 * 1024 + 1), content_type="text/plain")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_too_fast_is_429() -> None:
    with scope.system():
        slow = caller(make.dispatcher(), rate=1)
    codes = [post(slow, body()).status_code for _ in range(4)]
    assert codes[0] == 201
    assert codes[-1] == 429


def test_one_bad_item_spoils_none_of_the_batch(desk: Client) -> None:
    good, other, wrong, outside = body(), body(), body(lng="x"), body(lng=0, lat=0)
    answer = post(desk, {"items": [good, wrong, other, outside, good]}, f"{URL}/batch")
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [r["status"] for r in results] == [201, 422, 201, 422, 200]
    assert [r["id"] for r in results] == [x["id"] for x in (good, wrong, other, outside, good)]
    assert results[0]["number"] == results[4]["number"] != results[2]["number"]
    assert results[1]["field"] == "lng"
    again = post(desk, {"items": [other]}, f"{URL}/batch").json()["results"]
    assert (again[0]["status"], again[0]["number"]) == (200, results[2]["number"])
    alone = post(desk, good)
    assert (alone.status_code, alone.json()["number"]) == (200, results[0]["number"])


def test_the_limits_of_a_batch(desk: Client) -> None:
    assert post(desk, {"items": []}, f"{URL}/batch").json() == {"results": []}
    assert post(desk, {"items": [{}] * (rules.MAX_BATCH + 1)}, f"{URL}/batch").status_code == 413
    assert post(desk, {"item": []}, f"{URL}/batch").status_code == 422
    assert post(desk, {"items": 3}, f"{URL}/batch").json()["field"] == "items"
    assert post(desk, {"items": [1, None, []]}, f"{URL}/batch").json()["results"][0]["status"] == 422


def test_one_reads_what_lies_in_scope_and_no_more(desk: Client) -> None:
    sent = body()
    number = post(desk, sent).json()["number"]
    found = desk.get(f"{URL}/{number}").json()
    assert (found["number"], found["text"], found["category_name"]) == (number, sent["text"], "市容环境·暴露垃圾")
    assert [s["command"] for s in found["steps"]] == ["report"]
    with scope.system():
        elsewhere = caller(make.officer(make.cell(n=5)))
    answer = elsewhere.get(f"{URL}/{number}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert elsewhere.get(f"{URL}/WG430204-2026-9999999").json() == answer.json()
    assert elsewhere.get(URL).json() == {"items": [], "next": None}


def test_the_list_pages_and_filters(desk: Client) -> None:
    numbers = [post(desk, body()).json()["number"] for _ in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        answer = desk.get(URL, {"limit": "2", "cursor": cursor}).json()
        seen += [row["number"] for row in answer["items"]]
        cursor = answer["next"]
        if not cursor:
            break
    assert seen == numbers[::-1]
    cell = str(make.cell().code)
    assert len(desk.get(URL, {"cell": cell[:9]}).json()["items"]) == 5
    assert desk.get(URL, {"cell": "430204006"}).json()["items"] == []
    assert desk.get(URL, {"state": "closed,archived"}).json()["items"] == []
    assert len(desk.get(URL, {"category": "01"}).json()["items"]) == 5
    assert len(desk.get(URL, {"since": "2026-03-10T00:00:00+08:00"}).json()["items"]) == 5
    assert desk.get(URL, {"since": "2027-01-01T00:00:00+08:00"}).json()["items"] == []


def test_a_bad_filter_is_422(desk: Client) -> None:
    queries: list[dict[str, Any]] = [
        {"state": "open"},
        {"limit": 201},
        {"limit": 0},
        {"cell": "12"},
        {"cursor": "x"},
        {"since": "x"},
        {"since": "2026-01-01T00:00:00"},
    ]
    for query in queries:
        answer = desk.get(URL, query)
        assert (answer.status_code, bool(answer.json()["sentence"])) == (422, True), query


def test_a_file_is_stored_once_and_may_be_named_in_a_report(desk: Client) -> None:
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (40, 30), "grey").save(out, "JPEG")
    first = desk.post("/api/v1/files", {"file": BytesIO(out.getvalue())})
    assert first.status_code == 201, first.content
    second = desk.post("/api/v1/files", out.getvalue(), content_type="application/octet-stream")
    assert second.json() == first.json()
    taken = post(desk, body(files=[first.json()["sha256"]]))
    assert taken.status_code == 201
    assert desk.get(f"{URL}/{taken.json()['number']}").json()["files"] == [first.json()["sha256"]]
    assert desk.post("/api/v1/files", b"MZ", content_type="application/octet-stream").json()["code"] == "file_kind"
    assert desk.post("/api/v1/files", {}).json()["code"] == "file_missing"


def test_the_categories_are_listed(desk: Client) -> None:
    found = desk.get("/api/v1/categories").json()
    assert found["district"] == "430204"
    assert {"code": "0101", "name": "暴露垃圾"}.items() <= found["items"][0].items()


def test_every_path_of_the_document_answers_as_it_says(desk: Client) -> None:
    found = Client().get("/api/v1/openapi.json").json()
    assert found["openapi"].startswith("3.1")
    known = found["components"]["schemas"]
    for reference in set(_references(found)):
        assert reference.removeprefix("#/components/schemas/") in known, reference
    number = post(desk, body()).json()["number"]
    samples = {
        ("get", "/api/v1/events"): lambda: desk.get(URL),
        ("post", "/api/v1/events"): lambda: post(desk, body()),
        ("post", "/api/v1/events/batch"): lambda: post(desk, {"items": [body()]}, f"{URL}/batch"),
        ("get", "/api/v1/events/{number}"): lambda: desk.get(f"{URL}/{number}"),
        ("get", "/api/v1/categories"): lambda: desk.get("/api/v1/categories"),
        ("post", "/api/v1/files"): lambda: desk.post(
            "/api/v1/files", b"%PDF-1.4\n%%EOF", content_type="application/pdf"
        ),
    }
    of_others = {path for part in openapi.PARTS for path in part()[0]}
    described = {(m, path) for path, methods in found["paths"].items() if path not in of_others for m in methods}
    assert described == set(samples)
    assert found["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for (method, path), ask in samples.items():
        operation = found["paths"][path][method]
        answer = ask()
        said = operation["responses"][str(answer.status_code)]
        schema = _resolved(found, said["content"]["application/json"]["schema"])
        missing = set(schema.get("required", [])) - set(answer.json())
        assert not missing, (path, missing)
        assert set(answer.json()) <= set(schema["properties"]), path
        assert {"401", "403", "422", "429"} <= set(operation["responses"]), path
        refused = desk.put(path.replace("{number}", number))
        assert (refused.status_code, refused.json()["code"]) == (405, "method")


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [r for v in node.values() for r in _references(v)]
    return [r for v in node for r in _references(v)] if isinstance(node, list) else []


def _resolved(document: Any, schema: Any) -> Any:
    return document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
