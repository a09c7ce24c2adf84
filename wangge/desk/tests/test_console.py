"""The console: what is new since a step, points, tabs."""

import json

import pytest

from tests import make
from wangge.casework import queries as casework
from wangge.kernel import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


def test_nothing_new_is_204_and_a_new_case_comes_with_its_row_and_point(sign_in):
    client = sign_in(make.dispatcher())
    with clock.frozen(make.START.replace(minute=20)):
        make.case("reported")
    start = casework.newest_step()
    assert client.get(f"/desk/changes?after={start}").status_code == 204
    fresh = make.case("reported")
    answer = client.get(f"/desk/changes?after={start}").json()
    assert [r["id"] for r in answer["rows"]] == [fresh.number]
    assert answer["rows"][0]["point"][0] == fresh.number
    assert fresh.title in answer["rows"][0]["html"]
    assert dict(answer["tabs"])["reported"] == 2


def test_a_case_that_left_the_tab_is_named_as_gone(sign_in):
    with clock.frozen(make.START.replace(minute=20)):
        client, case = sign_in(make.dispatcher()), make.case("reported")
    start = casework.newest_step()
    make.act(make.dispatcher(name="other"), case.number, "accept")
    answer = client.get(f"/desk/changes?after={start}&tab=reported").json()
    assert (answer["rows"], answer["gone"]) == ([], [case.number])
    assert [r["id"] for r in client.get(f"/desk/changes?after={start}&tab=accepted").json()["rows"]] == [case.number]


def test_a_step_is_named_again_until_it_has_settled(sign_in):
    with clock.frozen(make.START.replace(minute=20)):
        client, _ = sign_in(make.dispatcher()), make.case("reported")
    start, case = casework.newest_step(), make.case("reported")
    assert casework.newest_step() == start
    assert client.get(f"/desk/changes?after={start}").json()["newest"] == start
    with clock.frozen(make.START.replace(minute=31)):
        later = client.get(f"/desk/changes?after={start}").json()
        assert later["newest"] == start + 1
        assert [r["id"] for r in later["rows"]] == [case.number]
        assert client.get(f"/desk/changes?after={later['newest']}").status_code == 204


@pytest.mark.parametrize("after", ["", "x", "-1", "99999999999999999999"])
def test_a_step_that_cannot_be_read_means_from_now_on(sign_in, after):
    with clock.frozen(make.START.replace(minute=20)):
        make.case("reported")
    assert sign_in(make.dispatcher()).get(f"/desk/changes?after={after}").status_code == 204


def test_points_are_the_open_cases_with_their_tone(sign_in):
    late, done = make.case("reported"), make.case("closed")
    with clock.frozen(make.START.replace(day=20)):
        points = json.loads(sign_in(make.dispatcher()).get("/desk/points.json").content)["points"]
    assert [p[0] for p in points] == [late.number]
    assert points[0][3:5] == ["reported", "red"]
    assert done.number not in str(points)


def test_the_tabs_count_states_and_what_is_overdue(sign_in):
    for state in ("reported", "accepted", "dispatched", "handling", "held", "handled", "closed"):
        make.case(state)
    with clock.frozen(make.START.replace(day=20)):
        page = sign_in(make.dispatcher()).get("/desk/console").content.decode()
    for tab, n in (("all", 6), ("reported", 1), ("accepted", 1), ("handling", 2), ("handled", 1)):
        assert f'data-tab-count="{tab}">{n}<' in page


def test_cells_of_the_area_carry_their_street(sign_in):
    found = sign_in(make.dispatcher()).get("/desk/cells.json").json()
    assert len(found["features"]) >= 70
    assert all(f["properties"]["street"].endswith(("街道", "镇")) for f in found["features"])
    around = sign_in(make.handler()).get(f"/desk/cells.json?around={make.cell().code}").json()
    assert {f["properties"]["code"][:12] for f in around["features"]} == {str(make.cell().code)[:12]}
