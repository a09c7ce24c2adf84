"""Every page of the desk for the people whose page it is, on an empty and on a full database."""

import pytest

from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]

PAGES = ["/desk/new", "/desk/", "/desk/cases", "/desk/console", "/desk/points.json", "/desk/cells.json", "/desk/search", "/desk/search?q=垃圾",
         "/desk/cards", "/desk/platforms", "/desk/admin/categories", "/desk/admin/categories/versions",
         "/desk/admin/categories/0101", "/desk/admin/calendar", "/desk/admin/calendar?year=2031", "/desk/cases?print=1",
         "/desk/console?wall=1", "/desk/cases?open=1&sort=due", "/desk/cases?overdue=1"]  # fmt: skip


@pytest.mark.parametrize("url", PAGES)
def test_every_page_opens_on_an_empty_database(sign_in, url):
    assert sign_in(make.dispatcher()).get(url).status_code == 200


@pytest.mark.parametrize("url", PAGES)
def test_every_page_opens_with_cases_in_every_state(sign_in, url):
    for state in make.PATH:
        make.case(state)
    assert sign_in(make.dispatcher()).get(url).status_code == 200


@pytest.mark.parametrize("state", list(make.PATH))
def test_the_case_page_and_its_form_open_in_every_state(sign_in, state):
    case = make.case(state)
    client = sign_in(make.dispatcher())
    page = client.get(f"/desk/case/{case.number}")
    assert page.status_code == 200
    assert case.title in page.content.decode()
    pdf = client.get(f"/desk/case/{case.number}.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert client.get(f"/desk/case/{case.number}/panel").status_code == 200
