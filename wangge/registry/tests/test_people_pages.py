"""The pages of people, as they are clicked: list, search, one record, every small form, and what they never show."""

import io
from datetime import date
from html.parser import HTMLParser

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from tests import make
from wangge.identity import services as identity
from wangge.identity.models import Account
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.models import AuditEntry
from wangge.registry import queries, services
from wangge.registry.models import (
    Care,
    HivRisk,
    Household,
    Migrant,
    Person,
    PersonChange,
    PersonMove,
    Relation,
    Residence,
)
from wangge.registry.tests import make as reg
from wangge.registry.tests.test_roles import hiv_details


def cells(answer):
    """The rows of a spreadsheet that was sent."""
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()


pytestmark = pytest.mark.usefixtures("district")
LIST = "/registry/people"
JAN = date(2026, 1, 5)


def text(response, status=200):
    assert response.status_code == status, response.content.decode()[:3000]
    return response.content.decode()


@pytest.fixture
def by():
    return reg.officer()


@pytest.fixture
def client(sign_in, by):
    return sign_in(by)


def test_an_empty_list_says_what_fills_it(client):
    assert "还没有人员档案" in text(client.get(LIST))


def test_the_list_shows_masks_and_filters(client, by):
    one = reg.person(
        by,
        name="苗禾青",
        id_number=(n := reg.number(date(1940, 2, 26), 2)),
        phone="14288000041",
        care=["elderly_alone"],
    )
    reg.person(by, name="柏沐", id_number=reg.number(date(2001, 2, 26), 1))
    page = text(client.get(LIST))
    assert "苗禾青" in page
    assert f"{n[:6]}********{n[-4:]}" in page
    assert "142****0041" in page
    assert n not in page
    assert "14288000041" not in page
    for query, seen in (
        ("?care=elderly_alone", ["苗禾青"]),
        ("?age_from=80", ["苗禾青"]),
        ("?sex=1", ["柏沐"]),
        ("?age_to=30&sex=2", []),
        ("?role=migrant", []),
        (f"?place={by.lo}&sort=-name", ["苗禾青", "柏沐"]),
        ("?stale=90", []),
        ("?state=departed", []),
        ("?age_from=abc&place=1&stale=7&state=", ["苗禾青", "柏沐"]),
    ):
        shown = text(client.get(LIST + query))
        assert [name for name in ("苗禾青", "柏沐") if f">{name}</a>" in shown] == seen, query
    assert str(one.pk) in page


def test_pages_follow_one_another(client, by):
    Person.objects.all().delete()
    for n in range(55):
        reg.person(by, name=f"苗{chr(0x4E00 + n)}")
    first = text(client.get(LIST))
    assert "共 55 条" in first
    assert first.count("<tr data-id") == 50
    after = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert text(client.get(LIST + after)).count("<tr data-id") == 5


def search(client, words):
    page = text(client.post(LIST, {"q": words}))
    return {
        part.split("<")[0]
        for part in page.split('">')[1:]
        if part.split("</a>")[0] in ("单雄信", "单于飞", "章雄飞", "穆澄")
    }


def test_one_box_finds_by_name_initials_number_telephone_and_address(client, by):
    home = reg.dwelling(by.lo)
    one = reg.person(by, name="单雄信", id_number=(n := reg.number()), phone="14288000042", dwelling_id=home)
    reg.person(by, name="单于飞")
    reg.person(by, name="章雄飞")
    reg.person(by, name="穆澄", id_type="414", id_number="E7654321")
    away = reg.officer(3)
    reg.person(away, name="单雄信", id_number=(far := reg.number()), phone="14288000043")
    found = lambda words: search(client, words)  # noqa: E731
    assert found("单雄信") == {"单雄信"}
    assert found("单") == {"单雄信", "单于飞"}
    assert found("雄") == {"单雄信", "章雄飞"}
    assert found("雄信") == {"单雄信"}
    assert found("sxx") == {"单雄信"}
    assert found(n) == found(n.lower()) == found(f"{n[:6]} {n[6:14]} {n[14:]}") == {"单雄信"}
    assert found("14288000042") == found("142 8800 0042") == {"单雄信"}
    assert found("E7654321") == {"穆澄"}
    assert found("演示路118号2栋1单元301") == found("演示路118-2-1-301") or found("演示路118号2栋1单元301") == {
        "单雄信"
    }
    for hidden in (far, "14288000043"):
        page = text(client.post(LIST, {"q": hidden}))
        assert "管辖范围内没有找到" in page
    assert one.name


@pytest.mark.parametrize("words", ["%", "_", "'", "\\", "x" * 500, "雄%", "🙂", "\u202e单", "0"])
def test_strange_words_find_nobody_and_break_nothing(client, by, words):
    reg.person(by, name="单雄信")
    assert "单雄信" not in text(client.post(LIST, {"q": words}))


def test_the_export_is_the_list_with_masks_and_is_noted(sign_in, by):
    boss = make.actor("street", place=make.JINGLONG)
    n = reg.number()
    reg.person(by, id_number=n, phone="14288000044")
    answer = sign_in(boss).get(LIST + "/export")
    shown = [cell for row in cells(answer) for cell in row]
    assert "苗禾青" in shown
    assert f"{n[:6]}********{n[-4:]}" in shown
    assert n not in str(shown)
    assert AuditEntry.objects.get(action="registry.people_exported").data["rows"] == 1
    assert sign_in(by).get(LIST + "/export").status_code == 403


def given(**more):
    return {"source": "入户采集", "name": "苗禾青", "id_type": "111", "residence": "own"} | more


def test_a_record_is_opened_on_a_form_and_faults_stand_beside_their_fields(client, by):
    assert "人员建档" in text(client.get(LIST + "/new"))
    n = reg.number()
    page = text(client.post(LIST + "/new", given(id_number=n[:-1] + ("1" if n[-1] != "1" else "2"), phone="12")), 422)
    assert "校验码不符" in page
    assert "电话号码应为" in page
    answer = client.post(LIST + "/new", given(id_number=n, place_code=str(by.lo), ethnic="01"))
    one = Person.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"{LIST}/{one.pk}"
    page = text(client.post(LIST + "/new", given(id_number=n, place_code=str(by.lo))), 422)
    assert "已有档案" in page
    assert f"{LIST}/{one.pk}" in page


def test_a_namesake_is_shown_before_a_second_record(client, by):
    one = reg.person(by, name="章予", id_number=None)
    page = text(client.post(LIST + "/new", given(name="章予", place_code=str(by.lo))), 422)
    assert f"{LIST}/{one.pk}" in page
    assert "不是同一人，建档" in page
    answer = client.post(LIST + "/new", given(name="章予", place_code=str(by.lo), sure_is_new="on"))
    assert answer.status_code == 302
    assert Person.objects.filter(name="章予").count() == 2


def test_a_dwelling_is_found_in_words_and_gives_the_place(client, by):
    home = reg.dwelling(by.lo)
    page = text(client.get(LIST + "/new", {"address": "演示路118号2栋1单元301"}))
    assert f"?dwelling={home}" in page
    page = text(client.get(LIST + "/new", {"dwelling": home}))
    assert "网格按住房确定" in page
    answer = client.post(LIST + "/new", given(id_number=reg.number(), dwelling_id=str(home)))
    assert answer.status_code == 302
    assert Residence.objects.get().dwelling_id == home


def test_what_is_held_is_shown_and_only_what_differs_is_sent(client, by):
    one = reg.person(by, employer="甲", phone="14288000045")
    page = text(client.get(f"{LIST}/{one.pk}/edit"))
    assert "已登记 142****0045" in page
    assert "14288000045" not in page
    services.update(actor=by, person_id=one.pk, changes={"occupation": "农"}, seen_step=1, source="他人")
    shown = {
        **{k: v for k in ("sex", "ethnic") if (v := getattr(one, k))},
        "birth_on": str(one.birth_on),
        "name": one.name,
        "id_type": "111",
        "employer": "乙",
        "source": "走访",
        "step": "1",
    }
    initial = {f"initial-{k}": v for k, v in shown.items()} | {"initial-employer": "甲"}
    answer = client.post(f"{LIST}/{one.pk}/edit", shown | initial)
    assert answer.status_code == 302, text(answer, 422)
    one.refresh_from_db()
    assert (one.employer, one.occupation, one.step) == ("乙", "农", 3)
    again = client.post(f"{LIST}/{one.pk}/edit", shown | initial | {"employer": "丙"})
    assert "他人已更新服务处所" in text(again, 422)


class Fields(HTMLParser):
    """What a browser would send back of a page's form, untouched."""

    def __init__(self):
        super().__init__()
        self.values, self._select = {}, ""

    def handle_starttag(self, tag, attrs):
        at = dict(attrs)
        if tag == "input" and at.get("name") and at.get("type") not in ("checkbox", "radio", "search"):
            self.values[at["name"]] = at.get("value", "")
        elif tag == "select":
            self._select = at.get("name", "")
        elif tag == "option" and "selected" in at and self._select:
            self.values[self._select] = at["value"]


def test_a_form_sent_back_as_it_was_changes_nothing(client, by):
    one = reg.person(by, ethnic="01", employer="甲", phone="14288000048", religion="10", hukou_area="430204")
    fields = Fields()
    fields.feed(text(client.get(f"{LIST}/{one.pk}/edit")))
    assert fields.values["birth_on"] == str(one.birth_on)
    assert fields.values["ethnic"] == "01"
    answer = client.post(f"{LIST}/{one.pk}/edit", fields.values)
    assert answer.status_code == 302, text(answer, 422)
    assert PersonChange.objects.filter(person=one).count() == 0
    after = Person.objects.get(pk=one.pk)
    assert (after.step, after.birth_on, queries.open_core(after)) == (1, one.birth_on, queries.open_core(one))


def test_one_page_holds_the_record_and_shows_it_as_of_a_day(client, by):
    home = reg.dwelling(by.lo)
    one = reg.person(by, employer="甲", dwelling_id=home, since=JAN, care=["disabled"])
    services.update(
        actor=by, person_id=one.pk, changes={"employer": "乙"}, seen_step=None, source="x", from_on=date(2026, 2, 1)
    )
    page = text(client.get(f"{LIST}/{one.pk}"))
    for words in ("乙", "甲 → 乙", "301室", "残疾人", "还缺", "信息无误"):
        assert words in page, words
    past = text(client.get(f"{LIST}/{one.pk}?as_of=2026-01-20"))
    assert "<dd>甲" in past
    assert "乙" not in past.split("<h2>变更</h2>")[0]
    assert "信息无误" not in past
    assert "301室" not in text(client.get(f"{LIST}/{one.pk}?as_of=2025-12-01")).split("<h2>居住</h2>")[1]
    assert "某日" in text(client.get(f"{LIST}/{one.pk}?as_of=nonsense"))


def test_every_small_form_does_its_work(client, by):
    one, other = reg.person(by, name="苗禾青"), reg.person(by, name="花凤")
    home, url = reg.dwelling(by.lo), f"{LIST}/{one.pk}"
    today = reg.today().isoformat()

    def post(path, **data):
        assert client.get(f"{url}/{path}").status_code == 200
        answer = client.post(f"{url}/{path}", data)
        assert answer.status_code == 302, text(answer, 422)

    assert client.post(f"{url}/verify").status_code == 302
    post("begin/migrant", since="2025-01-01", source="采集", inflow_reason="01", dwelling_kind="02", is_watched="0")
    role = Migrant.objects.get()
    changed = {"source": "走访", "inflow_reason": "03", "dwelling_kind": "02", "is_watched": "0"}
    answer = client.post(f"{url}/roles/migrant/{role.pk}/change", changed)
    assert "新内容起算日期：请填写这一项。" in text(answer, 422)
    post(f"roles/migrant/{role.pk}/change", from_on="2025-06-01", **changed)
    role.refresh_from_db()
    assert role.details["inflow_reason"] == "03"
    post(f"roles/migrant/{role.pk}/end", until=today, reason="返乡")
    post("begin/disabled", since="2025-01-01", source="采集", disability="4", grade="2", certificate="430204X")
    care = Care.objects.get()
    assert "已登记" in text(client.get(f"{url}/roles/disabled/{care.pk}/change"))
    post(f"roles/disabled/{care.pk}/end", until=today, reason="到期")
    post("settle?address=演示路118号2栋1单元301", dwelling_id=home, kind="own", since=today, is_main="on")
    post(f"residences/{Residence.objects.get().pk}/end", until=today, reason="搬走")
    post("household", number="430204900", since=today)
    page = text(client.post(f"{LIST}/{other.pk}/household/join", {"q": "苗禾青", "look": "1"}))
    household = Household.objects.get()
    assert f'name="household_id" value="{household.pk}"' in page
    answer = client.post(
        f"{LIST}/{other.pk}/household/join", {"household_id": household.pk, "relation": "12", "since": today}
    )
    assert answer.status_code == 302
    answer = client.post(f"{LIST}/{other.pk}/household/head", {"on": today, f"relation_{one.pk}": "11"})
    assert answer.status_code == 302, text(answer, 422)
    post("household/leave", until=today, reason="分户")
    page = text(client.post(f"{url}/relate", {"q": "花凤", "look": "1"}))
    assert f'name="other_id" value="{other.pk}"' in page
    post("relate", kind="12", other_id=other.pk, calls="1")
    post("relate", kind="neighbour", name="费岑", phone="14288000046", calls="2")
    second = Relation.objects.get(calls=2)
    assert client.post(f"{url}/relations/{second.pk}/first").status_code == 302
    second.refresh_from_db()
    assert second.calls == 1
    post(f"relations/{second.pk}/end", until=today, reason="搬走")
    post("depart", on=today, to="长沙", reason="工作")
    post("reinstate", reason="登记有误")
    post("die", on=today, source="死亡证明")
    assert "已故" in text(client.get(url))


def test_full_numbers_need_a_reason_and_are_listed_for_the_privacy_officer(sign_in, by):
    boss, guard = make.actor("street", place=make.JINGLONG), make.actor("privacy_officer", place=make.SHIFENG)
    one = reg.person(by, id_number=(n := reg.number()), phone="14288000047")
    url, client = f"{LIST}/{one.pk}/reveal", sign_in(boss)
    assert n not in text(client.get(url))
    assert "至少四个字" in text(client.post(url, {"reason": "看"}), 422)
    answer = client.post(url, {"reason": "核对低保申请"})
    assert n in text(answer)
    assert answer["Cache-Control"] == "no-store"
    client.post(url, {"reason": "再次核对低保"})
    page = text(sign_in(guard).get("/registry/reveals"))
    assert "再次核对低保" in page
    assert '<td class="num">2</td><td class="num">1</td>' in page
    assert n not in page
    assert len(cells(sign_in(guard).get("/registry/reveals/export"))) == 3
    assert client.get("/registry/reveals").status_code == 403


def test_a_record_changes_hands_on_two_screens(sign_in, by):
    there = reg.officer(3)
    one = reg.person(by)
    giving, taking = sign_in(by), sign_in(there)
    page = text(giving.post(f"{LIST}/{one.pk}/move", {"to_place": "没有的地方"}), 422)
    assert "没有找到这个网格" in page
    assert giving.post(f"{LIST}/{one.pk}/move", {"to_place": str(there.lo), "note": "已搬走"}).status_code == 302
    move = PersonMove.objects.get()
    assert taking.get(f"{LIST}/{one.pk}").status_code == 404
    page = text(taking.get("/registry/moves"))
    assert "接收" in page
    assert "已搬走" in page
    assert "写明理由" in text(taking.get(f"/registry/moves/{move.pk}/decline"))
    assert taking.post(f"/registry/moves/{move.pk}/decline", {"note": ""}).status_code == 422
    assert taking.post(f"/registry/moves/{move.pk}/accept", {"note": ""}).status_code == 302
    assert taking.get(f"{LIST}/{one.pk}").status_code == 200
    assert giving.get(f"{LIST}/{one.pk}").status_code == 404


def test_asking_for_a_record_never_says_where_it_lies(sign_in, by):
    there, n = reg.officer(3), reg.number()
    one = reg.person(there, name="袁柳", id_number=n)
    client = sign_in(by)
    form = {"name": "袁柳", "id_type": "111", "number": n, "to_place": str(by.lo), "note": "本人已入住"}
    assert client.post("/registry/moves/in", form).status_code == 302
    page = text(client.get("/registry/moves"))
    assert "现管辖网格" in page
    from wangge.territory import queries as territory

    for secret in (territory.path_of(there.lo), str(there.lo), n, f"/people/{one.pk}"):
        assert secret not in page, secret


def test_two_records_are_laid_side_by_side_and_judged(sign_in, by):
    boss = make.actor("street", place=make.JINGLONG)
    a = reg.person(by, name="章予", id_number=None, employer="甲")
    b = reg.person(by, name="章予", id_number=None, employer="乙", sure_is_new=True)
    client = sign_in(boss)
    assert f"/registry/duplicates/{a.pk}/{b.pk}" in text(client.get("/registry/duplicates"))
    page = text(client.get(f"/registry/duplicates/{a.pk}/{b.pk}"))
    assert "不同" in page
    assert client.post(f"/registry/duplicates/{a.pk}/{b.pk}", {"reason": "x"}).status_code == 422
    form = {"decision_kind": "same", "keep": str(b.pk), "reason": "上门核对，同一人"}
    assert client.post(f"/registry/duplicates/{a.pk}/{b.pk}", form).status_code == 302
    assert client.get(f"{LIST}/{a.pk}")["Location"] == f"{LIST}/{b.pk}"
    page = text(client.get("/registry/duplicates"))
    assert "没有疑似重复" in page
    decision = page.split("/undo")[0].rsplit("/", 1)[1]
    assert client.post(f"/registry/duplicates/{decision}/undo", {"text": "判断有误"}).status_code == 302
    assert f"/registry/duplicates/{a.pk}/{b.pk}" in text(client.get("/registry/duplicates"))


def test_a_special_group_is_on_no_page_of_who_may_not_see_it(sign_in, by):
    doctor, boss = make.actor("disease_officer", place=make.SHIFENG), make.actor("street", place=make.JINGLONG)
    one, other = reg.person(by, name="苗禾青"), reg.person(by, name="花凤")
    with scope.use(doctor):
        services.begin_role(actor=doctor, person_id=one.pk, kind="hiv", since=JAN, details=hiv_details(), source="疾控")
    row = HivRisk.objects.get()
    for who in (by, boss):
        client = sign_in(who)
        mine, theirs = (text(client.get(f"{LIST}/{p.pk}")).replace(p.name, "某") for p in (one, other))
        for word in ("艾滋", "hiv", "重点人群", "疾控"):
            assert word not in mine, word
        assert len(mine.split("<h2>")) == len(theirs.split("<h2>"))
        assert "艾滋" not in text(client.get(LIST))
        assert client.get(LIST, {"role": "hiv"}).status_code == client.get(LIST, {"role": "nothing"}).status_code == 422
        for path in ("begin/hiv", f"roles/hiv/{row.pk}/change", f"roles/hiv/{row.pk}/end", "begin/nothing"):
            assert client.get(f"{LIST}/{one.pk}/{path}").status_code == 404, path
        api = client.get(f"/api/v1/people/{one.pk}").json()
        assert api["roles"] == []
        assert client.get("/api/v1/people?role=hiv").status_code == 422
    seen = text(sign_in(doctor).get(f"{LIST}/{one.pk}"))
    assert "艾滋病危险人员" in seen
    assert "苗禾青" in text(sign_in(doctor).get(LIST, {"role": "hiv"}))


def test_the_interface_searches_and_lists_within_reach(sign_in, by):
    one = reg.person(by, name="单雄信", id_number=(n := reg.number()))
    reg.person(reg.officer(3), name="单雄信")
    client = sign_in(by)
    found = client.get("/api/v1/people", {"q": "单雄信"}).json()
    assert [p["id"] for p in found["items"]] == [one.pk]
    assert (found["kind"], found["items"][0]["place_code"]) == ("name", str(by.lo))
    listed = client.get("/api/v1/people", {"limit": "1"}).json()
    assert [p["id"] for p in listed["items"]] == [one.pk]
    assert n not in str(listed)
    detail = client.get(f"/api/v1/people/{one.pk}").json()
    assert {"key": "name", "title": "姓名", "value": "单雄信", "source": "入户采集", "on": "2026-03-10"} in detail[
        "fields"
    ]
    for bad in ({"limit": "0"}, {"area": "12"}, {"state": "gone"}, {"care": "x"}, {"cursor": "x"}):
        assert client.get("/api/v1/people", bad).status_code == 422, bad
    assert sign_in(make.handler()).get("/api/v1/people").status_code == 403


def test_the_interface_takes_numbers_in_the_body_only(by):
    one = reg.person(by, name="单雄信", id_number=(n := reg.number()), phone="14288000049")
    with scope.system():
        key = identity.create_token(actor=SYSTEM, account_name=Account.objects.get(pk=by.id).name, rate=1000)
    client = Client(headers={"Authorization": f"Bearer {key}"})
    path, kind = "/api/v1/people", "application/json"
    for words in (n, n.lower(), "14288000049", "单雄信"):
        found = client.post(path, {"q": words}, content_type=kind)
        assert [p["id"] for p in found.json()["items"]] == [one.pk], words
        assert words == "单雄信" or words not in found.content.decode()
    for bad in ({}, {"q": ""}, {"q": "x", "limit": 0}, {"q": "x", "area": "12"}):
        assert client.post(path, bad, content_type=kind).status_code == 422, bad
    for body in ("", "[1]", "{", "\x00"):
        assert client.post(path, body, content_type=kind).status_code == 422, body
    told = client.get(f"{path}/{one.pk}", {"as_of": "2026-03-01"})
    assert told.status_code == 200
    assert client.get(f"{path}/{one.pk}", {"as_of": "2027-01-01"}).status_code == 422
