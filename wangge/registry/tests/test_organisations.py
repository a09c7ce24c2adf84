"""Organisations: one record of each, what changed, who may see and do what, at the desk, by file and by API."""

import io
import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from python_calamine import CalamineWorkbook

from tests import make
from wangge.kernel import clock, metrics, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry
from wangge.registry import queries, services
from wangge.registry.models import Organisation, OrganisationChange
from wangge.registry.queries.organisations import open_sealed, paper
from wangge.registry.rules import identity

PHONE = "14200000901"


def uscc(n: int) -> str:
    first = f"91430204MA4L{n:05d}"
    return first + identity.uscc_check_digit(first)


def clerk(place: int = make.SHIFENG):
    return make.actor("registry_clerk", place=place)


def shop(by, n: int = 1, place: int | None = None, **values):
    given = {
        "name": f"演示商行{n}", "uscc": uscc(n), "enterprise_kind": "个体工商户", "address": f"演示路 {n} 号", "employees": "6",
        "legal_name": "苗禾青", "legal_phone": PHONE, "safety_hazard": "无", "attention": "低",
    } | values  # fmt: skip
    return services.register_organisation(
        actor=by, kind="enterprise", values=given, place_code=place or make.cell().code, source="走访采集"
    )


def test_an_organisation_is_kept_by_code_with_its_people_sealed(district):
    one = shop(clerk())
    row = Organisation.objects.get(pk=one.pk)
    assert (row.details["enterprise_kind"], row.details["employees"], row.details["attention"]) == ("03", 6, "03")
    assert "legal_phone" not in row.details
    assert PHONE.encode() not in bytes(row.sealed or b"")
    assert open_sealed(row) == {"legal_phone": PHONE}
    assert row.pinyin == "yssh1"
    assert AuditEntry.objects.filter(action="registry.organisation_registered", subject=str(one.pk)).count() == 1
    lines = {x.field.key: x for _, group in paper(clerk(), row).groups for x in group}
    assert lines["legal_phone"].value == "142****0901"
    assert lines["enterprise_kind"].value == "个体工商户"
    assert lines["guard_name"].missing


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"), ({"uscc": uscc(5)[:-1] + "A"}, "uscc"), ({"employees": "六"}, "employees"),
        ({"legal_phone": "12"}, "legal_phone"), ({"attention": "很高"}, "attention"), ({"students": "3"}, "students"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_the_field_and_nothing_is_kept(district, values, field):
    with pytest.raises(Refusal) as refused:
        shop(clerk(), 7, **values)
    assert refused.value.field == field
    assert refused.value.data["faults"][0][0] == field
    assert not Organisation.objects.filter(name="演示商行7").exists()


def test_one_credit_code_and_one_name_in_a_community_are_one_organisation(district):
    by = clerk()
    one = shop(by, 11)
    with pytest.raises(Refusal) as same_code:
        shop(by, 11, name="另一家")
    assert (same_code.value.code, same_code.value.data["organisation_id"]) == ("exists", one.pk)
    shop(by, 12, uscc="")
    with pytest.raises(Refusal) as same_name:
        shop(by, 12, uscc="")
    assert same_name.value.code == "same_place"


def test_a_point_puts_it_into_its_cell_and_a_point_elsewhere_is_refused(district):
    cell = make.cell()
    lng, lat = make.point(cell)
    one = shop(clerk(), 21, place=cell.code - cell.code % 1000, lng=lng, lat=lat)
    assert one.place_code == cell.code
    far = make.point(make.cell(make.SHIFENG + 8_000_000))
    with pytest.raises(Refusal) as refused:
        shop(clerk(), 22, place=cell.code - cell.code % 1000, lng=far[0], lat=far[1])
    assert refused.value.field == "lng"
    with pytest.raises(Refusal) as out_of_reach:
        shop(make.officer(cell), 23, place=make.cell(make.HETANG).code)
    assert out_of_reach.value.code == "place"


def test_a_change_is_kept_with_before_and_after_but_never_a_number(district):
    by = clerk()
    one = shop(by, 31)
    services.update_organisation(
        actor=by, organisation_id=one.pk, changes={"employees": 9, "attention": "高", "legal_phone": "14200000902", "address": "演示路 31 号"},
        seen_step=1, source="走访采集",
    )  # fmt: skip
    kept = {
        c.field: (c.before, c.after)
        for c in OrganisationChange.objects.filter(organisation=one).exclude(field="registered")
    }
    assert kept == {"employees": ("6", "9"), "attention": ("03", "01"), "legal_phone": ("", "")}
    row = Organisation.objects.get(pk=one.pk)
    assert (row.step, open_sealed(row)["legal_phone"]) == (2, "14200000902")
    with pytest.raises(Refusal) as stale:
        services.update_organisation(
            actor=by, organisation_id=one.pk, changes={"employees": 3}, seen_step=1, source="x"
        )
    assert stale.value.status == 409
    assert "员工数" in stale.value.data["changed"]
    with pytest.raises(Exception, match="append_only"), transaction.atomic():
        OrganisationChange.objects.filter(organisation=one).update(after="0")


def test_it_is_closed_with_a_reason_and_can_be_reopened(district):
    by = clerk()
    one = shop(by, 41)
    with pytest.raises(Refusal, match="原因"):
        services.close_organisation(actor=by, organisation_id=one.pk, on=clock.today(), reason=" ")
    with pytest.raises(Refusal, match="晚于今天"):
        services.close_organisation(actor=by, organisation_id=one.pk, on=clock.today() + timedelta(1), reason="已搬离")
    services.close_organisation(actor=by, organisation_id=one.pk, on=date(2026, 3, 1), reason="已搬离")
    assert one.pk not in queries.organisations(by).values_list("pk", flat=True)
    assert one.pk in queries.organisations(by, state="closed").values_list("pk", flat=True)
    with pytest.raises(Refusal, match="请先恢复"):
        services.update_organisation(
            actor=by, organisation_id=one.pk, changes={"employees": 1}, seen_step=2, source="x"
        )
    services.reopen_organisation(actor=by, organisation_id=one.pk, reason="登记有误")
    assert Organisation.objects.get(pk=one.pk).closed_on is None


def test_an_older_verification_never_replaces_a_newer_one(district):
    by = clerk()
    one = shop(by, 42)
    services.verify_organisation(actor=by, organisation_id=one.pk, on=date(2026, 3, 1))
    assert Organisation.objects.get(pk=one.pk).verified_on == clock.today()


def test_full_numbers_need_a_right_and_a_reason_and_are_on_record(district):
    one = shop(clerk(), 51)
    officer = make.officer(make.cell())
    with pytest.raises(NoRight):
        services.reveal_organisation(actor=officer, organisation_id=one.pk, reason="核实责任人电话")
    with pytest.raises(Refusal, match="理由"):
        services.reveal_organisation(actor=clerk(), organisation_id=one.pk, reason="看")
    assert services.reveal_organisation(actor=clerk(), organisation_id=one.pk, reason="核实责任人电话") == {
        "legal_phone": PHONE
    }
    entry = AuditEntry.objects.get(action="registry.organisation_revealed", subject=str(one.pk))
    assert PHONE not in str(entry.data)


def test_nobody_sees_organisations_of_other_places(district):
    here, there = make.cell(), make.cell(make.HETANG)
    one = shop(clerk(make.HETANG), 61, place=there.code)
    officer = make.officer(here)
    with scope.use(officer):
        assert one.pk not in queries.organisations(officer, state="").values_list("pk", flat=True)
        assert not OrganisationChange.objects.filter(organisation_id=one.pk).exists()
        with pytest.raises(NotHere):
            queries.organisation(officer, one.pk)
        for act in (
            lambda: services.update_organisation(
                actor=officer, organisation_id=one.pk, changes={"employees": 1}, seen_step=1, source="x"
            ),
            lambda: services.close_organisation(
                actor=officer, organisation_id=one.pk, on=clock.today(), reason="已搬离"
            ),
            lambda: services.verify_organisation(actor=officer, organisation_id=one.pk),
        ):
            with pytest.raises(NotHere):
                act()


@pytest.mark.parametrize(
    ("asked", "hits"),
    [
        ({"q": "演示商行7"}, {"71", "72", "73"}), ({"q": "yssh72"}, {"72"}), ({"q": uscc(73)}, {"73"}), ({"q": "演示路 71"}, {"71"}),
        ({"hazard": "any", "q": "演示商行7"}, {"72"}), ({"hazard": "02", "q": "演示商行7"}, {"72"}), ({"attention": "01", "q": "演示商行7"}, {"73"}),
        ({"kind": "enterprise", "incomplete": True, "q": "演示商行7"}, {"71", "72", "73"}), ({"kind": "school", "q": "演示商行7"}, set()),
        ({"unvisited_since": date(2026, 1, 1), "q": "演示商行7"}, {"71", "72", "73"}),
    ],
)  # fmt: skip
def test_the_list_finds_by_name_initials_code_address_and_filters(district, asked, hits):
    by = clerk()
    shop(by, 71)
    shop(by, 72, safety_hazard="消防")
    shop(by, 73, attention="高")
    assert {o.name.removeprefix("演示商行") for o in queries.organisations(by, **asked)} == hits


def test_what_is_complete_is_not_listed_as_incomplete(district):
    by = clerk()
    whole: dict[str, Any] = {
        "is_hazardous": "否", "guard_name": "苗禾青", "guard_phone": PHONE, "legal_id_type": "护照", "legal_id_number": "E12345678",
        "can_have_party": "否", "has_party": "否", "party_members": 0, "has_union": "否", "union_members": 0, "has_league": "否",
        "league_members": 0, "has_women": "否", "women": 2, "phone": "0731-22330000",
    }  # fmt: skip
    one = shop(by, 81, **whole)
    assert paper(by, one).missing == []
    assert one.pk not in queries.organisations(by, kind="enterprise", incomplete=True).values_list("pk", flat=True)


def test_the_pages_register_change_visit_reveal_and_close(district, sign_in):
    client = sign_in(clerk())
    cell = make.cell()
    base = {"kind": "enterprise", "place_code": str(cell.code), "source": "走访采集"}
    refused = client.post("/registry/organisations/new?kind=enterprise", base | {"name": "", "uscc": "1"})
    assert refused.status_code == 422
    said = base | {
        "name": "演示饭店",
        "uscc": uscc(91),
        "legal_phone": PHONE,
        "scope": "x",
        "has_party": "0",
        "party_members": "2",
    }
    wrong = client.post("/registry/organisations/new?kind=enterprise", said)
    assert "应为 0" in wrong.content.decode()
    done = client.post("/registry/organisations/new?kind=enterprise", said | {"party_members": "0"})
    one = Organisation.objects.get(uscc=uscc(91))
    assert done["Location"] == f"/registry/organisations/{one.pk}"
    page = client.get(done["Location"]).content.decode()
    assert "演示饭店" in page
    assert "142****0901" in page
    assert PHONE not in page
    edit = client.get(f"/registry/organisations/{one.pk}/edit").content.decode()
    assert "已登记 142****0901" in edit
    assert PHONE not in edit
    client.post(
        f"/registry/organisations/{one.pk}/edit",
        base | {"name": "演示饭店", "uscc": uscc(91), "employees": "8", "step": "1"},
    )
    row = Organisation.objects.get(pk=one.pk)
    assert (row.details["employees"], open_sealed(row)["legal_phone"]) == (8, PHONE)
    stale = client.post(
        f"/registry/organisations/{one.pk}/edit", base | {"name": "演示饭店二", "employees": "9", "step": "1"}
    )
    assert (stale.status_code, "已被更新" in stale.content.decode()) == (422, True)
    visit = {
        "purpose": "enterprise",
        "seen_on": "2026-03-10",
        "met": "on",
        "text": "后厨烟道已清洗",
        "matters": "希望增加门前停车位",
        "id": str(make.client_id()),
    }
    for _ in range(2):  # sent twice, it is one visit
        assert client.post(f"/registry/organisations/{one.pk}/visit", visit).status_code == 302
    page = client.get(f"/registry/organisations/{one.pk}").content.decode()
    assert page.count("后厨烟道已清洗") == 1
    assert "希望增加门前停车位" in page
    shown = client.post(f"/registry/organisations/{one.pk}/reveal", {"reason": "核实责任人电话"})
    assert PHONE in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert client.post(f"/registry/organisations/{one.pk}/reveal", {"reason": ""}).status_code == 422
    assert client.post(f"/registry/organisations/{one.pk}/verify").status_code == 302
    assert client.post(f"/registry/organisations/{one.pk}/close", {"on": "2026-03-10", "reason": ""}).status_code == 422
    client.post(f"/registry/organisations/{one.pk}/close", {"on": "2026-03-10", "reason": "已搬离"})
    assert "恢复在册" in client.get(f"/registry/organisations/{one.pk}").content.decode()
    client.post(f"/registry/organisations/{one.pk}/reopen", {"reason": "登记有误"})
    assert Organisation.objects.get(pk=one.pk).closed_on is None


def test_the_export_holds_every_field_in_words_and_masks_numbers(district, sign_in):
    by = clerk()
    shop(by, 95)
    client = sign_in(by)
    sent = client.get("/registry/organisations/export?kind=enterprise&q=演示商行95")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sent.content)).get_sheet_by_index(0).to_python()
    row = dict(zip(rows[0], rows[1], strict=True))
    assert (row["企业名称"], row["企业类别"], row["法定代表人联系方式"], row["员工数"]) == (
        "演示商行95",
        "个体工商户",
        "142****0901",
        6,
    )
    assert AuditEntry.objects.filter(action="registry.organisations_exported", subject="enterprise").exists()
    officer = sign_in(make.officer(make.cell()))
    assert officer.get("/registry/organisations/export").status_code == 403


def test_the_api_lists_pages_and_masks(district, sign_in):
    by = clerk()
    first, second = shop(by, 96), shop(by, 97)
    client = sign_in(by)
    page = client.get("/api/v1/organisations?q=演示商行9&limit=1").json()
    assert [i["id"] for i in page["items"]] == [first.pk]
    rest = client.get("/api/v1/organisations", {"q": "演示商行9", "limit": 1, "cursor": page["next"]}).json()
    assert [i["id"] for i in rest["items"]] == [second.pk]
    one = client.get(f"/api/v1/organisations/{first.pk}").json()
    assert {f["key"]: f["label"] for f in one["fields"]}["legal_phone"] == "142****0901"
    assert PHONE not in str(one)
    for wrong in ("kind=x", "area=12", "limit=0", "state=x", "cursor=x"):
        assert client.get(f"/api/v1/organisations?{wrong}").status_code == 422
    other = sign_in(make.officer(make.cell(make.HETANG)))
    assert other.get("/api/v1/organisations").json()["items"] == []
    assert other.get(f"/api/v1/organisations/{first.pk}").status_code == 404
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert {"/api/v1/organisations", "/api/v1/organisations/{organisation_id}"} <= paths.keys()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_register_the_same_code_and_one_is_told(request):
    make.empty_for(request)
    with scope.system():
        make.district()
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def register() -> None:
        start.wait()
        try:
            with clock.frozen(make.START), scope.use(SYSTEM):
                shop(SYSTEM, 99)
            outcomes.append("registered")
        except Exception as error:
            outcomes.append(getattr(error, "code", type(error).__name__))
        finally:
            connection.close()

    threads = [threading.Thread(target=register) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) in (["IntegrityError", "registered"], ["exists", "registered"])
    with scope.system():
        assert Organisation.objects.filter(uscc=uscc(99)).count() == 1


def test_the_figures_count_what_stood_on_the_last_day_and_who_was_called_on(district):
    by = clerk()
    open_one, closed, hazard = shop(by, 201), shop(by, 202), shop(by, 203, safety_hazard="消防")
    services.close_organisation(actor=by, organisation_id=closed.pk, on=date(2026, 3, 5), reason="已搬离")
    for n, one in enumerate((hazard, hazard, open_one)):
        act = services.VisitAct(
            id=make.client_id(9000 + n),
            seen_at=make.START,
            purpose="enterprise",
            organisation=one.pk,
            met=one is hazard,
        )
        services.visit(actor=by, act=act)
    place = metrics.Place(make.SHIFENG, make.SHIFENG + 10**9 - 1)
    march = metrics.Period(date(2026, 3, 1), date(2026, 4, 1))

    def figure(code: str) -> Any:
        return metrics.value(by, code, march, place)

    assert figure("registry.organisations") == 2
    assert figure("registry.organisations_enterprise") == 2
    assert figure("registry.organisations_school") == 0
    assert figure("registry.organisations_hazard") == 1
    assert figure("registry.organisation_visits") == 2
    assert figure("registry.organisations_visited") == 1
