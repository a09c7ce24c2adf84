import re
from datetime import timedelta

import pyotp
import pytest
from django.test import Client

from wangge.identity import queries, rules, services
from wangge.identity.models import LoginSession
from wangge.identity.tests import make
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM

PAGES = {
    "system": ["accounts", "accounts/new", "posts", "departments", "accounts/export"],
    "security": [
        "accounts",
        "accounts/new",
        "accounts/export",
        "posts",
        "departments",
        "roles",
        "roles/leader",
        "roles/audit_admin",
        "sessions",
    ],
    "audit": ["audit", "audit/export"],
}


@pytest.fixture
def people(db, settings, tmp_path):
    settings.DATA = tmp_path
    with make.at_noon():
        with scope.system():
            make.house()
            cell = make.a_cell()
            found = {
                "system": make.holder("system_admin", "sys"),
                "security": make.holder("security_admin", "sec"),
                "audit": make.holder("audit_admin", "aud"),
                "dispatcher": make.holder("dispatcher", "li", place=make.DISTRICT),
                "officer": make.holder("officer", "wang", queries.community_office_of(cell), cell),
            }
        yield found


NAMES = {"system": "sys", "security": "sec", "audit": "aud", "dispatcher": "li", "officer": "wang"}


def picked(pattern, page):
    found = re.search(pattern, page)
    assert found, page
    return found.group(1)


def signed_in(who):
    client = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64)"})
    answer = client.post("/login", {"name": NAMES[who], "password": make.PASSWORD})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return client


@pytest.mark.parametrize(
    ("who", "home"),
    [
        ("officer", "/pocket/"),
        ("dispatcher", "/desk/"),
        ("system", "/desk/admin/accounts"),
        ("audit", "/desk/admin/audit"),
    ],
)
def test_everybody_lands_at_their_own_work(people, who, home):
    assert Client().post("/login", {"name": NAMES[who], "password": make.PASSWORD})["Location"] == home


def test_the_way_back_stays_on_this_site(people):
    told = {"name": "li", "password": make.PASSWORD}
    assert Client().post("/login", {**told, "next": "/account"})["Location"] == "/account"
    assert Client().post("/login", {**told, "next": "https://elsewhere.example/"})["Location"] == "/desk/"
    assert Client().post("/login", {**told, "next": "//elsewhere.example/"})["Location"] == "/desk/"


def test_a_wrong_password_is_said_on_the_page_and_kept_in_the_count(people):
    client = Client()
    for _ in range(5):
        answer = client.post("/login", {"name": "li", "password": "wrong"})
        assert answer.status_code == 422
        assert "账号或密码不正确" in answer.content.decode()
    answer = client.post("/login", {"name": "li", "password": make.PASSWORD})
    assert "已暂停到" in answer.content.decode()


def test_without_a_login_pages_lead_to_it_and_programs_get_401(people):
    client = Client()
    assert client.get("/account")["Location"] == "/login?next=%2Faccount"
    answer = client.get("/account", headers={"accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"
    answer = client.get("/account", headers={"hx-request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/login?next=%2Faccount")


def test_the_session_key_changes_at_login(people):
    client = Client()
    client.cookies["sessionid"] = "planted" * 4
    client.post("/login", {"name": "li", "password": make.PASSWORD})
    assert client.cookies["sessionid"].value != "planted" * 4
    assert client.get("/account").status_code == 200


def test_a_session_ended_elsewhere_is_refused_at_once(people):
    office, home = signed_in("dispatcher"), signed_in("dispatcher")
    assert home.get("/account").status_code == 200
    other = LoginSession.objects.order_by("-pk")[0]
    assert office.post(f"/account/sessions/{other.pk}/end").status_code == 302
    assert home.get("/account").status_code == 302
    assert office.get("/account").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(people):
    signed_in("system")
    other = LoginSession.objects.get(account__name="sys")
    assert signed_in("dispatcher").post(f"/account/sessions/{other.pk}/end").status_code == 404


def test_logging_out_ends_the_session(people):
    client = signed_in("dispatcher")
    key = client.cookies["sessionid"].value
    assert client.post("/logout")["Location"] == "/login"
    client.cookies["sessionid"] = key
    assert client.get("/account").status_code == 302


def test_an_idle_session_has_to_log_in_again(people):
    client = signed_in("dispatcher")
    with clock.frozen(make.NOON + timedelta(minutes=119)):
        assert client.get("/account").status_code == 200
    with clock.frozen(make.NOON + timedelta(minutes=200)):
        assert client.get("/account").status_code == 200
    with clock.frozen(make.NOON + timedelta(minutes=330)):
        assert client.get("/account").status_code == 302


@pytest.mark.parametrize("who", NAMES)
def test_a_page_opens_to_its_officer_only(people, who):
    client = signed_in(who)
    pages = sorted({p for pages in PAGES.values() for p in pages})
    found = {page: client.get(f"/desk/admin/{page}").status_code for page in pages}
    assert found == {page: 200 if page in PAGES.get(who, []) else 403 for page in pages}


def test_a_new_account_is_told_its_password_once_and_must_change_it(people):
    client = signed_in("system")
    answer = client.post("/desk/admin/accounts/new", {"name": "new.one", "full_name": "新同事", "phone": ""})
    told = picked(r"<code>([^<]+)</code>", answer.content.decode())
    fresh = Client()
    assert fresh.post("/login", {"name": "new.one", "password": told}).status_code == 302
    assert fresh.get("/account")["Location"] == "/password"
    assert fresh.get("/account", headers={"accept": "application/json"}).status_code == 403
    page = fresh.post("/password", {"old": told, "password": "short", "again": "short"})
    assert "密码至少 10 位" in page.content.decode()
    changed = {"old": told, "password": "Mine-Alone-22", "again": "Mine-Alone-22"}
    assert fresh.post("/password", changed)["Location"] == "/account"
    assert fresh.get("/account").status_code == 200


def test_a_taken_name_is_said_beside_the_field(people):
    answer = signed_in("system").post("/desk/admin/accounts/new", {"name": "li", "full_name": "又一个"})
    assert answer.status_code == 422
    assert "这个账号名已被使用" in answer.content.decode()


def test_appointing_covering_and_handing_over_by_hand(people):
    client = signed_in("system")
    li = people["dispatcher"].id
    page = f"/desk/admin/accounts/{li}"
    with scope.system():
        post = make.post("handler", queries.department_by_slug(make.DISTRICT, "urban"))
        other = make.account("zhao")
    assert "handler" in client.get(page, {"post": post.code}).content.decode()
    told = {"post": post.pk, "starts": "2022-06-01", "ends": ""}
    assert client.post(f"{page}/appoint", told).status_code == 302
    again = client.post(f"{page}/appoint", told)
    assert again.status_code == 422
    assert "已任此岗位" in again.content.decode()
    held = queries.appointments_of(SYSTEM, li).get(post=post)
    one = f"{page}/appointments/{held.pk}"
    assert client.get(f"{one}/cover").status_code == 200
    wrong = client.post(f"{one}/cover", {"account": "nobody", "starts": "2022-06-01", "ends": "2022-06-05"})
    assert "没有这个账号" in wrong.content.decode()
    done = client.post(f"{one}/cover", {"account": "zhao", "starts": "2022-06-01", "ends": "2022-06-05"})
    assert done.status_code == 302
    assert client.post(f"{one}/hand-over", {"account": "zhao", "on": "2022-07-01", "note": ""}).status_code == 302
    assert [p.pk for p in queries.posts_of(other, make.START.replace(month=8))] == [post.pk]
    assert client.post(f"{one}/end", {"ends": "2022-06-20"}).status_code == 302
    stop = client.post(f"{page}/activity", {"active": "no"})
    assert stop.status_code == 409
    assert "不能停用" in stop.content.decode()


def test_the_post_of_this_session_is_switched_and_strangers_posts_are_not(people):
    with scope.system():
        post = make.post("handler", queries.department_by_slug(make.DISTRICT, "urban"))
        make.appointed(queries.account("li"), post)
    client = signed_in("dispatcher")
    assert client.post("/post/switch", {"post": post.pk, "next": "/account"})["Location"] == "/account"
    assert client.get("/account").context["actor"].post_id == post.pk
    assert client.post("/post/switch", {"post": people["system"].post_id}).status_code == 404


def test_posts_and_departments_are_made_and_closed(people):
    client = signed_in("system")
    told = {"code": "d1", "name": "新部门", "short": "", "kind": "department", "place": "石峰区"}
    assert client.post("/desk/admin/departments", told).status_code == 302
    office = queries.department("d1")
    post = {"code": "p1", "name": "新岗位", "role": "handler", "department": "d1", "place": ""}
    assert client.post("/desk/admin/posts", post).status_code == 302
    assert client.post("/desk/admin/posts", {**post, "code": "p2", "role": "officer"}).status_code == 422
    assert client.post(f"/desk/admin/departments/{office.pk}/close").status_code == 409
    made = queries.find_posts(SYSTEM, "p1").get()
    assert client.post(f"/desk/admin/posts/{made.pk}/close").status_code == 302
    renamed = client.post(f"/desk/admin/departments/{office.pk}", {"name": "改名部门", "short": "改名"})
    assert renamed.status_code == 302
    assert client.post(f"/desk/admin/departments/{office.pk}/close").status_code == 302
    assert not queries.department("d1").is_active


def test_a_role_changes_and_takes_effect_at_the_next_request(people):
    client, reader = signed_in("security"), signed_in("dispatcher")
    assert reader.get("/desk/admin/posts").status_code == 403
    rights = ["events.view", "identity.view"]
    assert client.post("/desk/admin/roles/dispatcher", {"rights": rights}).status_code == 302
    assert reader.get("/desk/admin/posts").status_code == 200
    assert client.post("/desk/admin/roles/dispatcher", {"rights": [rules.AUDIT]}).status_code == 422


def test_the_audit_officer_reads_filters_and_verifies(people):
    client = signed_in("audit")
    page = client.get("/desk/admin/audit", {"action": "identity.appointed"}).content.decode()
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    assert "任命" in table
    assert "identity." not in table
    assert client.get("/desk/admin/audit", {"since": "nonsense"}).status_code == 422
    export = client.get("/desk/admin/audit/export")
    assert export["Content-Type"].endswith("sheet")
    verified = client.post("/desk/admin/audit/verify", follow=True)
    assert "审计记录完整" in verified.content.decode()


def test_the_second_step_by_hand(people):
    client = signed_in("dispatcher")
    page = client.post("/account/totp").content.decode()
    generator = pyotp.TOTP(picked(r"<code>([A-Z2-7]+)</code>", page))
    assert client.post("/account/totp/confirm", {"code": "000000"}).status_code == 422
    assert client.post("/account/totp/confirm", {"code": generator.at(make.NOON)}).status_code == 302
    fresh = Client()
    assert (
        fresh.post("/login", {"name": "li", "password": make.PASSWORD, "next": "/account"})["Location"] == "/login/code"
    )
    assert fresh.get("/account").status_code == 302
    assert fresh.post("/login/code", {"code": "000000"}).status_code == 422
    with clock.frozen(make.NOON + timedelta(minutes=1)):
        code = generator.at(make.NOON + timedelta(minutes=1))
        assert fresh.post("/login/code", {"code": code})["Location"] == "/account"
        assert fresh.get("/account").status_code == 200
        assert fresh.post("/account/totp/off", {"password": "wrong"}).status_code == 422
        assert fresh.post("/account/totp/off", {"password": make.PASSWORD}).status_code == 302


def test_a_token_is_shown_once_and_withdrawn(people):
    client = signed_in("dispatcher")
    page = client.post("/account/tokens", {"label": "联调", "days": 30}).content.decode()
    raw = picked(r"<code>(wg_[^<]+)</code>", page)
    assert raw not in client.get("/account").content.decode()
    caller = queries.caller_by_token(raw)
    assert caller is not None
    assert caller.actor.id == people["dispatcher"].id
    assert client.post(f"/account/tokens/{caller.token_id}/revoke").status_code == 302
    queries.forget_tokens()
    assert queries.caller_by_token(raw) is None


def test_what_a_failing_view_wrote_is_taken_back(people, rf, monkeypatch):
    client = signed_in("system")
    client.raise_request_exception = False

    def breaks(**_):
        services.create_account(actor=SYSTEM, name="half.done", full_name="半途", password=None)
        raise RuntimeError("after the write")

    monkeypatch.setattr("wangge.identity.views.people.services.edit_account", breaks)
    answer = client.post(f"/desk/admin/accounts/{people['dispatcher'].id}", {"full_name": "甲", "phone": ""})
    assert answer.status_code == 500
    assert not queries.find_accounts(SYSTEM, "half.done").exists()


def test_pages_open_on_an_empty_system(db):
    assert Client().get("/login").status_code == 200
    assert Client().get("/login/code")["Location"] == "/login"
