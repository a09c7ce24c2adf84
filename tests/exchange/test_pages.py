"""Pages of the exchange: walked by hand of each role, forms refused and taken, other roles and districts shut out."""

import io
import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from tests import make as district_make
from tests.exchange import make
from wangge.exchange import queries, services
from wangge.exchange.models import Dataset, Intake, Link, LinkRun, ShareRequest, Source
from wangge.exchange.services.linking import fail_run
from wangge.identity import services as identity
from wangge.identity.models import Account
from wangge.kernel import clock
from wangge.kernel.actor import SYSTEM
from wangge.kernel.models import AuditEntry
from wangge.registry.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


@pytest.fixture
def desk(sign_in):
    return sign_in(make.manager())


@pytest.fixture
def compared():
    people, source = make.people(), make.source()
    rows = [
        make.row(people[0], "S0"),
        make.row(people[1], "S1", id_number="", sex="M"),
        make.row(people[2], "S2", id_number="", name="水汀野"),
        make.row(people[3], "S3", name=""),
    ]
    intake = make.take(source, rows)
    return source, intake, make.run(source), [p[0] for p in people]


def text(response):
    assert response.status_code == 200, response.content.decode()[:2000]
    return response.content.decode()


def test_the_lists_are_empty_and_say_what_fills_them(desk):
    for path, word in (
        ("sources", "还没有数据源"),
        ("review", "没有待复核的关联"),
        ("catalogue", "目录中还没有数据集"),
        ("shares", "还没有共享申请"),
    ):
        assert word in text(desk.get(f"/exchange/{path}"))


def test_a_source_is_registered_on_the_page(desk):
    post = {
        "code": "social-pension", "name": "居民养老保险", "owner": "430204-urban", "place_code": str(district_make.SHIFENG),
        "kind": "file", "purpose": "核对参保", "legal_basis": "社会保险法第七十四条", "group": "", "refresh": "monthly",
        "retention_days": "365",
    }  # fmt: skip
    refused = desk.post("/exchange/sources/new", post)
    assert refused.status_code == 422
    assert "请至少登记一个字段" in refused.content.decode()
    assert 'value="居民养老保险"' in refused.content.decode()
    for n, field in enumerate(make.FIELDS[:3]):
        post |= {f"f-{n}-key": field["key"], f"f-{n}-title": field["title"], f"f-{n}-kind": "text", f"f-{n}-means": field["means"], f"f-{n}-level": str(field["level"]), f"f-{n}-codes": "", f"f-{n}-required": "1"}  # fmt: skip
    made = desk.post("/exchange/sources/new", post)
    assert made.status_code == 302
    page = text(desk.get(made["Location"]))
    assert "证件号码校验" in page
    assert "居民养老保险" in text(desk.get("/exchange/sources"))
    assert desk.get(f"{made['Location']}/template").content[:2] == b"PK"


def test_a_file_is_sent_and_its_result_is_read(desk, monkeypatch):
    source = make.source()
    deferred = []
    monkeypatch.setattr("wangge.exchange.tasks.take_in.defer", lambda **given: deferred.append(given["intake_id"]))
    rows = [make.row(p, f"S{n}", sex="M") for n, p in enumerate(make.people())]
    upload = SimpleUploadedFile("参保.csv", make.sheet(rows))
    sent = desk.post(f"/exchange/sources/{source.pk}/take", {"file": upload})
    assert "正在归集" in text(desk.get(sent["Location"]))
    services.take_in(deferred[0])
    page = text(desk.get(sent["Location"]))
    assert "没有对照的代码" in page
    again = desk.post(
        f"/exchange/sources/{source.pk}/take", {"file": SimpleUploadedFile("b.csv", make.sheet(rows))}, follow=True
    )
    assert "归集过" in again.content.decode()
    back = f"/exchange/sources/{source.pk}/do"
    desk.post(f"{back}/map", {"field": "sex", "theirs": "M", "ours": "男"})
    desk.post(f"{back}/rejudge")
    assert Source.objects.get().maps.get().ours == "1"
    listed = text(desk.get(f"/exchange/sources/{source.pk}/records"))
    assert "男" in listed
    assert rows[0]["id_number"] not in listed
    assert rows[0]["phone"] not in listed


def test_refused_rows_come_back_as_a_sheet_and_leave_a_trace(desk, compared):
    _, intake, _, _ = compared
    sheet = desk.get(f"/exchange/intakes/{intake.pk}/refused")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    assert rows[1][-1] == "原第 5 行；姓名：必填，不能为空。"
    assert "exchange.refused_read" in actions()


def actions():
    return set(AuditEntry.objects.values_list("action", flat=True))


def test_a_reviewer_works_through_the_queue(desk, compared):
    source, _, run, people = compared
    assert "水汀野" in text(desk.get(f"/exchange/review?source={source.pk}&why=twins"))
    assert "没有符合条件" in text(desk.get("/exchange/review?why=rivals"))
    (link,) = queries.review_list(make.manager(), source)
    page = text(desk.get(f"/exchange/records/{link.record_id}"))
    assert "一字不同" in page
    assert "没有自动关联是因为姓名有字不同" in page
    assert "权重" not in page
    assert "是同一人" in page
    done = desk.post(f"/exchange/links/{link.pk}/accept", {"step": link.step, "note": "电话核实"}, follow=True)
    assert "已关联" in done.content.decode()
    late = desk.post(f"/exchange/links/{link.pk}/reject", {"step": link.step}, follow=True)
    assert "您的意见没有写入" in late.content.decode()
    assert "城乡居民养老保险" in text(desk.get(f"/exchange/people/{people[2].pk}"))
    desk.post(f"/exchange/links/{link.pk}/undo", {"note": "误判"})
    assert Link.objects.get(pk=link.pk).state == "undone"
    assert "证件号码相同" in text(desk.get(f"/exchange/runs/{run.pk}?how=document"))
    undone = desk.post(f"/exchange/runs/{run.pk}/undo", {"reason": "重做"}, follow=True)
    assert "人工复核过的保留" in undone.content.decode()


def test_a_comparison_is_asked_for_on_the_page(desk, compared, monkeypatch):
    source, *_ = compared
    asked = []
    monkeypatch.setattr("wangge.exchange.tasks.run_link.defer", lambda **given: asked.append(given["run_id"]))
    begun = desk.post(f"/exchange/sources/{source.pk}/run")
    assert begun["Location"] == f"/exchange/runs/{asked[0]}"
    assert "排队等待比对" in text(desk.get(begun["Location"]))
    assert LinkRun.objects.get(pk=asked[0]).state == "queued"


def test_from_the_catalogue_to_the_sheet_by_three_hands(desk, sign_in, compared):
    source, *_ = compared
    draft = {
        "code": "SF-001",
        "name": "参保信息",
        "about": "参保情况",
        "share": "asked",
        "basis": "含个人信息",
        "fields_": ["name", "id_number", "paid_to"],
    }
    entry = desk.post(f"/exchange/sources/{source.pk}/dataset", draft)["Location"]
    office, boss = sign_in(make.liaison()), sign_in(make.approver())
    assert office.get(entry).status_code == 404
    desk.post(f"{entry}/publish", {"listed": "1"})
    assert "申请共享" in text(office.get(entry))
    ask = {
        "fields_": ["name", "paid_to"],
        "full": [],
        "purpose": "核对高龄补贴发放对象",
        "legal_basis": "老年人权益保障法",
        "from_on": "2026-03-10",
        "until_on": "2026-06-30",
    }
    refused = office.post(entry, ask | {"purpose": "x"})
    assert refused.status_code == 422
    request = office.post(entry, ask)["Location"]
    assert "2026-03-24" in text(boss.get(request))
    assert (
        "不同意的理由"
        in boss.post(
            f"{request}/decide", {"decision": "decline", "fields_": ["name"], "until_on": "2026-06-30", "seen_step": 1}
        ).content.decode()
    )
    boss.post(
        f"{request}/decide", {"decision": "approve", "fields_": ["name"], "until_on": "2026-06-30", "seen_step": 1}
    )
    assert ShareRequest.objects.get().fields == ["name"]
    sheet = office.post(f"{request}/fetch")
    assert sheet.content[:2] == b"PK"
    assert desk.post(f"{request}/fetch").status_code == 403
    assert sign_in(make.liaison("430204-emergency")).get(request).status_code == 404
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    assert "参保信息" in text(boss.post("/exchange/trace", {"code": rows[2][-1]}))
    assert "不是本系统给出的" in text(boss.post("/exchange/trace", {"code": "0000010001-ABCDEFGH"}))


def test_every_list_can_be_taken_away_by_who_may(desk, sign_in, compared):
    for path in ("sources/export", "catalogue/export", "shares/export"):
        assert desk.get(f"/exchange/{path}").content[:2] == b"PK"
    assert desk.get("/exchange/review/export").status_code == 403


@pytest.mark.parametrize("role", ["officer", "stranger"])
def test_wrong_right_and_wrong_district_are_shut_out_alike(sign_in, compared, role):
    source, intake, run, people = compared
    link = Link.objects.filter(state="proposed").get()
    who = (
        district_make.officer(district_make.cell())
        if role == "officer"
        else district_make.actor("data_manager", place=district_make.HETANG)
    )
    client: Client = sign_in(who)
    for path in (
        f"sources/{source.pk}", f"sources/{source.pk}/records", f"intakes/{intake.pk}", f"intakes/{intake.pk}/refused",
        f"runs/{run.pk}", f"records/{link.record_id}", f"people/{people[0].pk}", f"sources/{source.pk}/edit",
    ):  # fmt: skip
        answer = client.get(f"/exchange/{path}")
        assert answer.status_code in (403, 404), path
        assert "水汀" not in answer.content.decode()
    for path in (
        f"links/{link.pk}/accept",
        f"runs/{run.pk}/undo",
        f"intakes/{intake.pk}/withdraw",
        f"sources/{source.pk}/do/rejudge",
    ):
        answer = client.post(f"/exchange/{path}", {"step": 1, "reason": "x", "note": "x"})
        assert answer.status_code in (403, 404), path
    if role == "stranger":
        for path in ("sources", "review", "shares", "catalogue"):
            assert "水汀" not in text(client.get(f"/exchange/{path}?q=水"))
            assert source.name not in text(client.get(f"/exchange/{path}"))
    assert Link.objects.get(pk=link.pk).state == "proposed"
    assert Intake.objects.get().state == "done"
    assert not Dataset.objects.exists()


def test_an_office_pushes_and_fetches_through_the_interface(sign_in, monkeypatch):
    source = make.source(kind="push", code="push-1")
    rows = [make.row(p, f"S{n}") for n, p in enumerate(make.people())]
    deferred = []
    monkeypatch.setattr("wangge.exchange.tasks.take_in.defer", lambda **given: deferred.append(given["intake_id"]))
    who = make.liaison()
    raw = identity.create_token(actor=SYSTEM, account_name=Account.objects.get(pk=who.id).name, post_id=who.post_id)
    head: Any = {"HTTP_AUTHORIZATION": f"Bearer {raw}"}
    client = Client()
    path = f"/api/v1/exchange/{source.code}/records"
    assert client.post(path, json.dumps(rows), content_type="application/json").status_code == 401
    assert client.post(path, "{}", content_type="application/json", **head).status_code == 422
    taken = client.post(path, json.dumps(rows), content_type="application/json", **head)
    assert (taken.status_code, taken.json()["rows"]) == (202, 4)
    assert services.take_in(deferred[0]).added == 4
    told = f"/api/v1/exchange/{source.code}/intakes/{deferred[0]}"
    assert client.get(told, **head).json() | {"score": None} == {
        "intake": deferred[0], "state": "done", "read": 4, "added": 4, "changed": 0, "same": 0, "refused": 0, "score": None,
        "problem": "", "unmapped": {}, "refused_rows": [],
    }  # fmt: skip
    bad = client.post(path, json.dumps([rows[0] | {"name": ""}]), content_type="application/json", **head)
    services.take_in(bad.json()["intake"])
    answer = client.get(f"/api/v1/exchange/{source.code}/intakes/{bad.json()['intake']}", **head).json()
    assert answer["refused_rows"] == [{"row": 1, "reasons": ["姓名：必填，不能为空。"]}]
    assert client.get(f"/api/v1/exchange/{source.code}/intakes/99999", **head).status_code == 404
    assert Client().get(told).status_code in (302, 401)
    large = client.generic("POST", path, b" " * (5 << 20), content_type="application/json", **head)
    assert large.status_code == 413
    for odd in ('[{"name": "\\ud800"}]', "[[1]]", "[" * 5000, '[{"name": 1}, 2]', ""):
        assert client.post(path, odd, content_type="application/json", **head).status_code == 422, odd[:20]
    assert client.post(path, json.dumps(rows), content_type="application/json", **head).status_code == 409
    entry = services.list_dataset(actor=make.manager(), source_id=source.pk, code="D1", name="参保", about="参保", share="asked", basis="含个人信息", fields=["name", "paid_to"])  # fmt: skip
    services.publish_dataset(actor=make.manager(), dataset_id=entry.pk, listed=True)
    asked = services.ask_share(actor=who, dataset_id=entry.pk, fields=["name"], full=[], purpose="核对高龄补贴发放", legal_basis="老年人权益保障法", from_on=date(2026, 3, 10), until_on=date(2026, 4, 10))  # fmt: skip
    services.decide_share(actor=make.approver(), number=asked.number, seen_step=1, approved=True)
    page = client.get(f"/api/v1/exchange/shares/{asked.number}/records?size=3", **head).json()
    assert [set(i) for i in page["items"]] == [{"name", "溯源码"}] * 3
    rest = client.get(f"/api/v1/exchange/shares/{asked.number}/records?size=3&after={page['after']}", **head).json()
    assert (len(rest["items"]), rest["after"]) == (1, None)


def test_a_source_that_failed_or_is_late_stands_out_in_the_list(desk, monkeypatch):
    source = make.source(kind="http", config={"url": "http://data.example/rows"})
    begun = services.begin_intake(actor=make.manager(), source_id=source.pk)
    services.fail_intake(actor=SYSTEM, intake_id=begun.pk, problem="来源接口没有应答")
    assert "上次未完成" in text(desk.get("/exchange/sources"))
    assert source.code in text(desk.get("/exchange/sources?need=failed"))
    assert source.code not in text(desk.get("/exchange/sources?need=late"))
    later = clock.today() + timedelta(days=40)
    monkeypatch.setattr(clock, "today", lambda: later)
    assert source.code in text(desk.get("/exchange/sources?need=late"))


def test_a_comparison_that_failed_is_shown_and_asked_for_again(desk, compared, monkeypatch):
    source, *_ = compared
    asked = services.ask_run(actor=make.manager(), source_id=source.pk)
    fail_run(actor=SYSTEM, run_id=asked.pk, problem="比对程序出错，结果没有写入。")
    page = text(desk.get(f"/exchange/runs/{asked.pk}"))
    assert "结果没有写入" in page
    assert "重新比对" in page


def test_where_the_people_of_a_row_went_is_told_without_naming_them(desk, compared):
    _source, _, _, people = compared
    link = Link.objects.get(person=people[0].pk)
    Person.objects.filter(pk=people[0].pk).update(place_code=district_make.HETANG)
    page = text(desk.get(f"/exchange/records/{link.record_id}"))
    assert "不在您的管辖范围内" in page
    assert f"/people/{people[0].pk}" not in page
