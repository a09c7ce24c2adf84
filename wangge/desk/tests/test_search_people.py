"""The search box at the top leads on to people for whoever may see them, and to nothing else for who may not."""

import pytest

from tests import make

pytestmark = pytest.mark.usefixtures("district")


def test_the_search_leads_on_to_people_without_a_name_in_the_address(sign_in):
    page = sign_in(make.officer(make.cell())).get("/desk/search", {"q": "苗禾青"}).content.decode()
    assert 'action="/registry/people"' in page
    doctor = make.actor("health_officer", place=make.JINGLONG)
    page = sign_in(doctor).get("/desk/search", {"q": "苗禾青"})
    assert page.status_code == 200
    assert "在人员中查找" in page.content.decode()
    assert "在人员中查找" not in sign_in(make.handler()).get("/desk/search", {"q": "苗禾青"}).content.decode()
    assert sign_in(make.actor("audit_admin", place=make.SHIFENG)).get("/desk/search").status_code == 403
