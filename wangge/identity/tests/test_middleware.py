import pytest
from django.test import Client

from wangge.identity import queries, services
from wangge.identity.tests import make
from wangge.kernel import scope
from wangge.kernel.actor import PUBLIC

pytestmark = pytest.mark.urls("wangge.identity.tests.probe")
KEY = "k" * 32


@pytest.fixture
def li(db):
    with make.at_noon():
        with scope.system():
            make.house()
            actor = make.holder("dispatcher", "li", place=make.DISTRICT)
        queries.forget_tokens()
        yield actor


def bearer(raw):
    return Client(headers={"authorization": f"Bearer {raw}"})


def test_a_token_acts_as_its_account_in_its_scope(li):
    raw = services.create_token(actor=li, account_name="li")
    for answer in (bearer(raw).get("/api/v1/probe"), bearer(raw).post("/api/v1/probe")):
        assert answer.json() == {"id": li.id, "channel": "api", "lo": str(li.lo), "hi": str(li.hi)}


def test_a_token_is_only_for_the_interface(li):
    raw = services.create_token(actor=li, account_name="li")
    assert bearer(raw).get("/login").status_code == 302
    assert bearer("wg_wrong").get("/api/v1/probe").status_code == 401


def test_a_token_that_comes_too_fast_is_told_to_wait(li):
    raw = services.create_token(actor=li, account_name="li", rate=1)
    client = bearer(raw)
    codes = [client.get("/api/v1/probe").status_code for _ in range(6)]
    assert codes[0] == 200
    assert codes[-1] == 429


def test_a_view_without_the_cross_site_check_never_believes_a_cookie(li):
    services.start_session(actor=PUBLIC, account=queries.account("li"), key=KEY, address="10.0.0.1", agent="")
    client = Client()
    client.cookies["sessionid"] = KEY
    assert client.get("/api/v1/probe").json()["id"] == li.id
    assert client.post("/api/v1/probe").status_code == 401
