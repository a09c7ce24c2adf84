"""Pages and addresses of devices and alarms: what each shows, takes and refuses; nothing of another place."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests import make
from wangge.events import services
from wangge.events.models import Alarm, AlarmAct
from wangge.events.tests import make_devices as devices
from wangge.identity import services as identity_services
from wangge.identity.models import Account
from wangge.kernel import clock, metrics
from wangge.kernel.actor import SYSTEM
from wangge.kernel.metrics import Period, Place
from wangge.territory.models import Device

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]
ELSEWHERE = 430204001000000


def body(response):
    return response.content.decode()


def test_the_board_shows_the_alarm_that_is_due_first_and_nothing_of_another_place(sign_in):
    at, other = make.cell(), make.cell(ELSEWHERE)
    devices.alarm("access", at)
    sos = devices.alarm("sos", at)
    devices.alarm("ebike", other, on=devices.device("ebike", other, spot="别处的电梯"))
    page = body(sign_in(devices.keeper(at)).get("/devices/alarms"))
    assert page.index("一键报警") < page.index("响田小区")
    assert f"/devices/alarms/{sos.pk}" in page
    assert "别处的电梯" not in page
    assert "2 条" in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("?kind=sos", 1),
        ("?state=done", 0),
        ("?state=&sort=-signals", 3),
        ("?q=响田小区", 3),
        ("?q=没有这里", 0),
        ("?late=1", 0),
        ("?since=2030-01-01", 0),
        ("?place=430204005000000", 3),
        ("?place=x&kind=y&state=z&since=a&sort=b", 3),
    ],
)
def test_the_filter(sign_in, query, count):
    for kind in ("access", "sos", "falling"):
        devices.alarm(kind)
    page = body(sign_in(make.dispatcher()).get(f"/devices/alarms{query}"))
    assert f">{count} 条" in page


def test_three_clicks_answer_an_alarm_and_the_event_is_closed(sign_in):
    at = make.cell()
    found, client = devices.alarm("falling", at), sign_in(devices.keeper(at))
    url = f"/devices/alarms/{found.pk}"
    assert ">签收<" in body(client.get(url))
    for command, given in devices.steps("handled", "已清理并上门劝导"):
        step = Alarm.objects.get().step
        done = client.post(url, {"command": command, "seen_step": step, **given})
        assert (done.status_code, done["Location"]) == (302, url)
    page = body(client.get(url))
    assert "属实，已处置" in page
    assert "已清理并上门劝导" in page
    assert ">签收<" not in page
    found.case.refresh_from_db()
    assert found.case.state == "closed"


def test_a_refused_step_says_what_is_wrong_and_keeps_what_was_written(sign_in):
    at = make.cell()
    found, client = devices.alarm("sos", at), sign_in(devices.keeper(at))
    url = f"/devices/alarms/{found.pk}"
    client.post(url, {"command": "sign", "seen_step": 1})
    client.post(url, {"command": "arrive", "seen_step": 2})
    refused = client.post(url, {"command": "finish", "seen_step": 3, "result": "false", "text": "误按"})
    assert refused.status_code == 422
    assert "不少于 5 个字" in body(refused)
    assert ">误按</textarea>" in body(refused)
    stale = client.post(url, {"command": "finish", "seen_step": 2, "result": "false", "text": "到户核实为误按"})
    assert "在您操作期间" in body(stale)
    assert AlarmAct.objects.count() == 2


def test_who_may_not_see_or_answer(sign_in):
    at = make.cell()
    found = devices.alarm("sos", at)
    stranger = sign_in(devices.keeper(make.cell(ELSEWHERE)))
    for url in (f"/devices/alarms/{found.pk}", f"/devices/{found.device_id}"):
        assert stranger.get(url).status_code == 404
    assert stranger.post(f"/devices/alarms/{found.pk}", {"command": "sign"}).status_code == 404
    assert Alarm.objects.get().state == "open"
    for who in (make.handler(), make.verifier()):
        assert sign_in(who).get("/devices/alarms").status_code == 403
    clerk = sign_in(make.actor("registry_clerk", place=make.SHIFENG))
    assert clerk.get(f"/devices/alarms/{found.pk}").status_code == 200
    assert clerk.post(f"/devices/alarms/{found.pk}", {"command": "sign"}).status_code == 403
    guard = sign_in(devices.keeper(at))
    assert guard.get("/devices/new").status_code == 403
    assert guard.get("/devices/alarms/export").status_code == 403


def test_a_device_is_entered_edited_kept_and_taken_down(sign_in):
    at = make.cell()
    client, (lng, lat) = sign_in(make.community(at)), make.point(at)
    given = {
        "kind": "falling",
        "serial": "GP-430204-0001",
        "name": "3栋北侧摄像头",
        "spot": "响田小区3栋北侧立面",
        "lng": lng,
        "lat": lat,
        "datum": "cgcs2000",
        "purpose": "楼栋高空抛物取证",
        "retention_days": 30,
        "installed_on": "2026-01-05",
    }
    refused = client.post("/devices/new", given)
    assert refused.status_code == 422
    assert "提示标识" in body(refused)
    assert client.post("/devices/new", given | {"has_sign": "on", "lng": 100}).status_code == 422
    assert client.post("/devices/new", given | {"has_sign": "on"}).status_code == 302
    one: Any = Device.objects.get()
    assert (one.place_code, one.inspect_on.isoformat()) == (at.code, "2026-04-05")
    again = client.post("/devices/new", given | {"has_sign": "on"})
    assert "已有登记" in body(again)
    page = f"/devices/{one.pk}"
    edit = given | {"has_sign": "on", "keeper": "演示物业", "seen_step": 1}
    assert client.post(f"{page}/edit", edit).status_code == 302
    assert "他人修改了" in body(client.post(f"{page}/edit", edit))
    assert client.post(f"{page}/do/upkeep", {"kind": "replace", "reason": "镜头进水"}).status_code == 302
    upkeep = one.upkeep.get()
    short = client.post(f"{page}/do/done", {"upkeep": upkeep.pk, "found": "已换新机", "new_serial": "?"})
    assert "设备编号" in body(short)
    done = {"upkeep": upkeep.pk, "found": "已换新机", "new_serial": "GP-430204-0002"}
    assert client.post(f"{page}/do/done", done).status_code == 302
    one.refresh_from_db()
    upkeep.refresh_from_db()
    assert (one.serial, upkeep.old_serial) == ("GP-430204-0002", "GP-430204-0001")
    secret = body(client.post(f"{page}/do/secret"))
    one.refresh_from_db()
    assert one.secret.startswith("$7$")
    assert one.secret not in secret
    assert client.post(f"{page}/do/state", {"state": "retired", "reason": "小区改造拆除"}).status_code == 302
    assert "已拆除" in body(client.get(page))
    assert body(client.get("/devices?state=retired")).count("GP-430204-0002") == 1


def test_an_unknown_device_leads_to_its_registration(sign_in):
    stranger = type("Stranger", (), {"serial": "NEW-0001"})
    services.take_messages(actor=SYSTEM, messages=[devices.message(stranger)])
    client = sign_in(make.actor("registry_clerk", place=make.SHIFENG))
    page = body(client.get("/devices/faults"))
    assert "设备未登记" in page
    assert 'href="/devices/new?serial=NEW-0001"' in page
    assert 'value="NEW-0001"' in body(client.get("/devices/new?serial=NEW-0001"))
    fault = page.partition('name="fault" value="')[2].partition('"')[0]
    assert client.post("/devices/faults", {"fault": fault}).status_code == 302
    assert "没有异常信号" in body(client.get("/devices/faults"))


def test_exports_are_tables_and_on_record(sign_in):
    devices.alarm("sos")
    client = sign_in(make.actor("registry_clerk", place=make.SHIFENG))
    for url in ("/devices/export", "/devices/alarms/export"):
        response = client.get(url)
        assert response.content[:2] == b"PK"
        assert "attachment" in response["Content-Disposition"]


@pytest.mark.parametrize("url", ["/devices", "/devices/alarms", "/devices/faults", "/devices/figures"])
def test_every_page_opens_with_nothing_in_it(sign_in, url):
    page = body(sign_in(make.actor("registry_clerk", place=make.SHIFENG)).get(url))
    assert "Traceback" not in page
    assert "智慧小区" in page


def test_the_list_of_devices_shows_the_rate_of_false_alarms(sign_in):
    at = make.cell()
    one, guard = devices.device("falling", at), devices.keeper(at)
    for n, result in enumerate(("false", "false", "false", "handled", "false")):
        found = devices.alarm(on=one, at=clock.now() - timedelta(hours=n + 1))
        for command, given in devices.steps(result, "现场核实完毕"):
            services.act_on_alarm(actor=guard, alarm_id=found.pk, command=command, **given)
    page = body(sign_in(guard).get("/devices"))
    assert "80.0%" in page
    assert "偏高" in page


def test_the_figures_open_their_rows_and_are_counted_by_code(sign_in):
    at = make.cell()
    guard = devices.keeper(at)
    for result in ("false", "handled"):
        found = devices.alarm("access", at)
        for command, given in devices.steps(result, "现场核实完毕"):
            services.act_on_alarm(actor=guard, alarm_id=found.pk, command=command, **given)
    devices.alarm("sos", at)
    period, place = Period.month(2026, 3), Place(make.SHIFENG, make.SHIFENG + 10**9 - 1)
    for code, value in (
        ("registered", 3), ("kinds", 2), ("alarms", 3), ("alarms_sos", 1), ("answered", 2), ("false_alarms", 1),
        ("signed_on_time", 2), ("events", 3), ("online", 3),
    ):  # fmt: skip
        assert metrics.value(SYSTEM, f"devices.{code}", period, place) == value, code
    assert str(metrics.value(SYSTEM, "devices.false_alarm_rate", period, place)) == "50.00"
    page = body(sign_in(guard).get("/devices/figures"))
    assert "50.00" in page
    assert "result=false" in page


def test_programs_list_and_answer_alarms_with_a_token(client):
    at = make.cell()
    found, guard = devices.alarm("sos", at), devices.keeper(at)
    raw = identity_services.create_token(
        actor=SYSTEM, account_name=Account.objects.get(pk=guard.id).name, label="测试", rate=200
    )
    head = {"HTTP_AUTHORIZATION": f"Bearer {raw}"}
    listed = client.get("/api/v1/alarms", **head).json()
    assert [(a["id"], a["may"], a["kind"]) for a in listed["items"]] == [(found.pk, ["sign", "note"], "sos")]
    url = f"/api/v1/alarms/{found.pk}/acts"

    def act(**given):
        return client.post(url, json.dumps(given), content_type="application/json", **head)

    assert act(command="sign", step=1).json()["state"] == "signed"
    assert act(command="arrive", step=1).status_code == 409
    assert act(command="finish", result="false", text="电话核实为误按").json()["code"] == "arrive_first"
    assert act(nonsense=1).status_code == 422
    assert client.get("/api/v1/alarms?state=nonsense", **head).json()["field"] == "state"
    assert client.get("/api/v1/alarms").status_code == 401
