"""Pages of verification: empty and full, by who may and who may not, forms refused and taken, exports with a trace."""

import io
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from tests import make
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.models import AuditEntry
from wangge.registry import services
from wangge.registry.models import Campaign, DutyItem, DutyList, Freshness, Person, Reminder, SampleItem, SamplePlan
from wangge.registry.tests import make as people
from wangge.registry.tests.test_duedates import corrected, justice
from wangge.registry.tests.test_lists_and_campaigns import asked, liaison, published
from wangge.registry.tests.test_sampling import FIELDS, clerk, crowd, drawn, planned, street

pytestmark = pytest.mark.usefixtures("district")
EMPTY = {
    "/registry/stale": "没有超期未核实的信息",
    "/registry/stale?subject=household": "没有超期未核实的信息",
    "/registry/stale?subject=dwelling": "没有超期未核实的信息",
    "/registry/stale?subject=organisation": "没有超期未核实的信息",
    "/registry/limits": "核实周期",
    "/registry/samples": "还没有抽查方案",
    "/registry/samples/mine": "没有待核实的任务",
    "/registry/lists": "本区还没有清单",
    "/registry/campaigns": "还没有专项任务",
    "/registry/due": "目前没有到期事项",
    "/registry/due?as_of=2026-01-01": "没有符合条件的到期事项",
}


@pytest.mark.parametrize(("path", "words"), EMPTY.items())
def test_an_empty_page_says_why_it_is_empty(sign_in, path, words):
    response = sign_in(clerk()).get(path)
    assert response.status_code == 200
    assert words in response.content.decode()


def test_stale_people_are_listed_filtered_summed_and_exported(sign_in):
    with clock.frozen(make.START.replace(year=2024)):
        old = crowd(3)
    client = sign_in(clerk())
    page = client.get("/registry/stale?by=1000").content.decode()
    assert all(p.name in page for p in old)
    assert "按社区汇总" in page
    page = client.get("/registry/stale?kind=migrant&field=phone&days=10").content.decode()
    assert old[1].name in page
    assert old[0].name not in page
    assert client.get("/registry/stale?kind=released").status_code == 422
    assert client.get("/registry/stale?days=abc&place=12&sort=-last").status_code in (200, 422)
    sheet = client.get("/registry/stale/export?kind=migrant")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    assert [r[0] for r in rows] == ["名称", old[1].name]
    assert AuditEntry.objects.filter(action="registry.list_exported", subject="stale.person").exists()
    assert sign_in(people.officer(2)).get("/registry/stale/export").status_code == 403


def test_a_plan_is_made_drawn_given_out_and_checked_on_the_pages(sign_in):
    crowd(4), crowd(2, start=1)
    client, by = sign_in(clerk()), street()
    page = client.get(f"/registry/samples/new?place_code={make.JINGLONG}").content.decode()
    assert "共 6 人，2 层" in page
    asked_plan = {
        "title": "三月抽查", "place_code": make.JINGLONG, "wanted": FIELDS, "size": "4", "least": "1", "confidence": "0.95",
        "due_on": "2026-03-31", "seed": "s1",
    }  # fmt: skip
    refused = client.post("/registry/samples/new", asked_plan | {"due_on": "2026-03-01"})
    assert (refused.status_code, "不能早于今天" in refused.content.decode()) == (422, True)
    assert client.post("/registry/samples/new", asked_plan).status_code == 302
    plan = SamplePlan.objects.get()
    page = client.get(f"/registry/samples/{plan.pk}").content.decode()
    assert "抽取名单" in page
    assert client.post(f"/registry/samples/{plan.pk}/act", {"do": "draw", "step": plan.step}).status_code == 302
    assert client.post(f"/registry/samples/{plan.pk}/act", {"do": "draw", "step": plan.step}).status_code == 200
    assert client.post(f"/registry/samples/{plan.pk}/act", {"do": "fly"}).status_code == 404
    page = client.post(f"/registry/samples/{plan.pk}/assign", {"checker": [by.id]}, follow=True).content.decode()
    assert "已分派 4 个" in page
    mine = sign_in(by)
    item = SampleItem.objects.filter(plan=plan).select_related("person").earliest("id")
    assert item.name in mine.get("/registry/samples/mine").content.decode()
    path = f"/registry/samples/items/{item.pk}"
    page = mine.get(path).content.decode()
    assert "演示机械厂" in page
    assert "142****" in page  # the telephone is masked
    said = {f"result_{f}": "correct" for f in FIELDS} | {"met": "1", "step": 1}
    refused = mine.post(path, said | {"result_employer": "corrected"})
    assert (refused.status_code, "请填写正确的内容" in refused.content.decode()) == (422, True)
    refused = mine.post(path, said | {"result_phone": "corrected", "value_phone": "12"})
    assert refused.status_code == 422
    assert SampleItem.objects.get(pk=item.pk).state == "waiting"
    done = mine.post(path, said | {"result_employer": "corrected", "value_employer": "演示中学"})
    assert done.status_code == 302
    assert Person.objects.get(pk=item.subject_id).employer == "演示中学"
    assert "有误已更正" in mine.get(path).content.decode()
    second = SampleItem.objects.filter(plan=plan, state="waiting").earliest("id")
    fast = {"met": "1", "step": "1", "rest": "1", "value_employer": "演示医院"}
    assert mine.post(f"/registry/samples/items/{second.pk}", fast).status_code == 422  # a value without its result
    assert mine.post(f"/registry/samples/items/{second.pk}", fast | {"result_employer": "corrected"}).status_code == 302
    assert second.findings.filter(result="correct").count() == len(FIELDS) - 1
    report = client.get(f"/registry/samples/{plan.pk}/report").content.decode()
    assert "抽取顺序与种子相符" in report
    assert "逐项分层差错" in report
    sheet = client.get(f"/registry/samples/{plan.pk}/export?state=checked")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    assert len(rows) == 3
    assert "服务处所：有误已更正" in str(rows[1][8])


def test_who_vouches_for_somebody_is_told_so_before_filling_in(sign_in):
    crowd(1)
    plan = drawn(clerk(), 1)
    item = plan.items.get()
    SampleItem.objects.filter(pk=item.pk).update(checker_id=people.officer().id)
    client = sign_in(people.officer())
    assert "须由他人办理" in client.get(f"/registry/samples/items/{item.pk}").content.decode()
    assert client.get(f"/registry/samples/{plan.pk}").status_code == 200
    assert client.get(f"/registry/samples/{plan.pk}/report").status_code == 403
    assert sign_in(people.officer(1)).get(f"/registry/samples/{plan.pk}").status_code == 404
    assert sign_in(people.officer(1)).get(f"/registry/samples/items/{item.pk}").status_code == 404


def test_an_item_of_a_plan_is_not_read_from_another_district(sign_in):
    crowd(1)
    item = drawn(clerk(), 1).items.get()
    client = sign_in(make.actor("registry_clerk", place=make.HETANG))
    for path in (f"items/{item.pk}", f"{item.plan_id}", f"{item.plan_id}/report", f"{item.plan_id}/export"):
        assert client.get(f"/registry/samples/{path}").status_code == 404
    assert "三月抽查" not in client.get("/registry/samples").content.decode()


def test_the_limits_are_set_by_the_district(sign_in):
    client = sign_in(clerk())
    given = {"subject": "migrant", "days": "60", "from_on": "2026-04-01"}
    assert client.post("/registry/limits", given | {"days": "0"}).status_code == 422
    assert client.post("/registry/limits", given).status_code == 302
    assert Freshness.objects.get().days == 60
    assert "自 2026-04-01 起 60 天" in client.get("/registry/limits").content.decode()
    assert sign_in(street()).post("/registry/limits", given).status_code == 422
    assert sign_in(people.officer()).get("/registry/limits").status_code == 403


def test_a_list_is_drafted_corrected_and_published_on_the_pages(sign_in):
    client = sign_in(clerk())
    assert client.post("/registry/lists/draft", {"kind": "duty"}).status_code == 302
    one = DutyList.objects.get()
    path = f"/registry/lists/{one.pk}"
    new = {
        "do": "item",
        "step": one.step,
        "code": "9",
        "title": "雨雪冰冻提醒",
        "frequency": "need",
        "wanted": ["phone"],
    }
    refused = client.post(f"{path}/act", new)
    assert (refused.status_code, "没有依据的事项不能列入清单" in refused.content.decode()) == (422, True)
    assert client.post(f"{path}/act", new | {"basis": "本区工作规则第九条"}).status_code == 302
    item = DutyItem.objects.get(title="雨雪冰冻提醒")
    step = DutyList.objects.get().step
    assert "雨雪冰冻提醒" in client.get(f"{path}?item={item.pk}").content.decode()
    changed = new | {"basis": "本区工作规则第十条", "item_id": item.pk, "step": step}
    assert client.post(f"{path}/act", changed).status_code == 302
    stale = client.post(f"{path}/act", changed)
    assert (stale.status_code, "已由他人修改" in stale.content.decode()) == (422, True)
    step = DutyList.objects.get().step
    assert client.post(f"{path}/act", {"do": "publish", "step": step, "from_on": "2026-03-10"}).status_code == 302
    assert "施行中" in client.get("/registry/lists").content.decode()
    public = client.get("/lists", follow=True).content.decode()
    assert "雨雪冰冻提醒" in public or "您在哪个区" in public
    assert client.get(f"{path}/export").status_code == 200
    assert sign_in(people.officer()).post("/registry/lists/draft", {"kind": "assist"}).status_code == 403


def test_the_public_reads_what_is_in_force_and_no_draft(client):
    published()
    services.draft_list(actor=clerk(), place=make.SHIFENG, kind="duty")
    client.cookies["district"] = str(make.SHIFENG)
    page = client.get("/lists").content.decode()
    assert "不得要求网格办理事项清单" in page
    assert "亲属关系证明" in page
    assert "第 2 版" not in page
    assert "还没有公布清单" in client.get("/lists?on=2026-03-09").content.decode()


def test_a_campaign_goes_from_a_department_to_the_grids_and_is_answered(sign_in):
    published()
    with scope.system():
        person = people.person(people.officer(), name="演示答")
    department = sign_in(liaison())
    given = {
        "title": "居住证到期告知", "item": "摸排居民车辆", "place_code": make.JINGLONG, "people": "",
        "from_on": "2026-03-10", "until": "2026-04-30", "wanted": ["phone"], "label_1": "是否需要办理居住证", "kind_1": "yes_no",
    }  # fmt: skip
    refused = department.post("/registry/campaigns/new", given)
    assert refused.status_code == 422
    assert "《网格依法履职事项清单》第 1 版" in refused.content.decode()
    assert department.post("/registry/campaigns/new", given | {"item": "流动人口登记和居住证告知"}).status_code == 302
    one = Campaign.objects.get()
    path = f"/registry/campaigns/{one.pk}"
    assert "待审核" in department.get(path).content.decode()
    assert department.post(f"{path}/act", {"do": "open"}).status_code == 403
    assert sign_in(people.officer()).get(path).status_code == 404
    centre = sign_in(clerk())
    assert centre.post(f"{path}/act", {"do": "open", "step": one.step}).status_code == 302
    officer = sign_in(people.officer())
    page = officer.get(path).content.decode()
    assert "还要询问" in page
    assert person.name in page
    assert officer.post(f"{path}/people/{person.pk}", {"q1": "也许"}).status_code == 422
    assert officer.post(f"{path}/people/{person.pk}", {"q1": "是"}).status_code == 302
    assert sign_in(people.officer(1)).get(f"{path}/people/{person.pk}").status_code == 404
    assert person.name not in department.get(path).content.decode()  # a department reads no names here
    assert centre.get(f"{path}/export").status_code == 200


def test_due_dates_show_no_trace_of_a_group_to_who_may_not_see_it(sign_in):
    person, _ = corrected()
    services.remind(actor=SYSTEM)
    path = "/registry/due?state="
    seen = sign_in(justice()).get(path).content.decode()
    assert "社区矫正期满" in seen
    assert person.name in seen
    kept = Reminder.objects.get(rule="correction_end")
    for blind in (clerk(), people.officer(), make.actor("health_officer", place=make.JINGLONG)):
        client = sign_in(blind)
        for address in (path, f"{path}&rule=correction_end", "/registry/due?as_of=2026-03-20"):
            page = client.get(address).content.decode()
            assert "矫正" not in page
            assert "演示甲" not in page
        answer = client.post(f"/registry/due/{kept.pk}/settle", {"outcome": "done"})
        assert answer.status_code == 404
        assert answer.status_code == client.post("/registry/due/999999/settle", {"outcome": "done"}).status_code
    sheet = sign_in(clerk()).get("/registry/due/export?state=").content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet)).get_sheet_by_index(0).to_python()
    assert len(rows) == 1 + Reminder.objects.exclude(group="correction").count()


def test_a_reminder_is_settled_where_it_is_read(sign_in):
    by = people.officer()
    people.person(by, name="演示独", care=["elderly_alone"], since=date(2025, 12, 1))
    services.remind(actor=SYSTEM)
    client, one = sign_in(by), Reminder.objects.get()
    assert "已过期" in client.get("/registry/due").content.decode()
    answer = client.post(f"/registry/due/{one.pk}/settle", {"outcome": "ignored", "next": "https://elsewhere.example"})
    assert answer["Location"] == "/registry/due"
    assert Reminder.objects.get().state == "open"
    client.post(f"/registry/due/{one.pk}/settle", {"outcome": "done", "next": "/registry/due?within=late"})
    assert Reminder.objects.get().state == "done"
    assert "目前没有到期事项" in client.get("/registry/due").content.decode()


def test_a_draft_plan_is_given_up_with_a_reason(sign_in):
    crowd(2)
    plan = planned(clerk(), 1)
    client = sign_in(clerk())
    page = client.post(f"/registry/samples/{plan.pk}/act", {"do": "void", "step": plan.step}).content.decode()
    assert "请写明作废的理由" in page
    client.post(f"/registry/samples/{plan.pk}/act", {"do": "void", "step": plan.step, "reason": "重复"})
    assert SamplePlan.objects.get().state == "void"


def test_lists_ask_for_a_fixed_number_of_queries(sign_in, django_assert_max_num_queries):
    crowd(6)
    plan = drawn(clerk(), 6)
    published()
    asked(clerk())
    client = sign_in(clerk())
    for path in (
        "/registry/stale?days=0",
        "/registry/samples",
        f"/registry/samples/{plan.pk}",
        "/registry/campaigns",
        "/registry/due",
    ):
        client.get(path)
        with django_assert_max_num_queries(60):
            assert client.get(path).status_code == 200
