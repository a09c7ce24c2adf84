"""The search box at the top finds people for whoever may see them, and nothing for who may not; no number stands in an address."""

from datetime import date

import pytest

from tests import make
from tests.invented import Numbers
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM
from wangge.registry import services

pytestmark = pytest.mark.usefixtures("district")
NUMBERS = Numbers(first_phone=7_000)


def person(number: str, phone: str) -> None:
    with scope.system():
        values = {"name": "苗禾青", "id_type": "111", "id_number": number, "phone": phone}
        services.register(actor=SYSTEM, values=values, place_code=make.cell().code, source="采集")


def test_people_are_found_by_name_number_and_telephone_for_who_may_see_them(sign_in):
    number, phone = NUMBERS.id_number(date(1985, 7, 29), 2), NUMBERS.phone()
    person(number, phone)
    doctor = make.actor("health_officer", place=make.JINGLONG)
    for words in ("苗禾青", "mhq", number, phone):
        page = sign_in(doctor).post("/desk/search", {"q": words}).content.decode()
        assert ">苗禾青</a>" in page, words
    seen = sign_in(make.handler()).post("/desk/search", {"q": "苗禾青"}).content.decode()
    assert ">苗禾青</a>" not in seen
    assert sign_in(make.actor("audit_admin", place=make.SHIFENG)).get("/desk/search").status_code == 403


def test_the_box_posts_and_a_number_in_the_address_is_not_looked_up(sign_in):
    number, phone = NUMBERS.id_number(date(1985, 7, 29), 2), NUMBERS.phone()
    person(number, phone)
    client = sign_in(make.officer(make.cell()))
    assert '<form class="search" method="post"' in client.get("/desk/").content.decode()
    for words in (number, phone, number.lower()):
        page = client.get("/desk/search", {"q": words}).content.decode()
        assert "不放在网址里" in page
        assert words not in page
        assert "苗禾青" not in page
        assert "苗禾青" not in client.get("/registry/people", {"q": words, "state": "departed"}).content.decode()
        refused = client.get("/api/v1/people", {"q": words})
        assert refused.status_code == 422
        assert words not in refused.content.decode()
