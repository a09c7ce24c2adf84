"""Fixtures: their codes, where they stand, what a census finds."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest

from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NotHere, Refusal
from wangge.territory import queries, services
from wangge.territory.models import Fixture, FixtureCheck
from wangge.territory.services import FixtureRow
from wangge.territory.tests import make

CLERK = make.editor(make.XINMIN, "territory.places")


@pytest.fixture
def land(db: None) -> Iterator[None]:
    with scope.system():
        queries.forget()
        make.divisions()
        make.cell(0)
        make.cell(400, community=make.SHIDAI)
        yield


def lamp(x: float = 100, **more: object) -> FixtureRow:
    lng, lat = make.point(x, 100)
    return FixtureRow("0118", lng, lat, **more)  # type: ignore[arg-type]  # fields of the row by name


def test_a_fixture_gets_the_next_code_of_its_kind_and_its_cell(land: None) -> None:
    one = services.add_fixture(actor=CLERK, row=lamp(spot="新民路42号门前"))
    two = services.add_fixture(actor=CLERK, row=lamp())
    assert (one.code, two.code) == ("4302040118000001", "4302040118000002")
    assert queries.name_of(one.place_code).startswith("新民社区")
    assert one.name == "路灯"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (FixtureRow("9999", *make.point(100, 100)), "kind"),
        (FixtureRow("0118", *make.point(9000, 100)), "lng"),
        (FixtureRow("0118", *make.point(500, 100)), "lng"),
        (lamp(code="4302020118000001"), "code"),
        (lamp(code="430204011800000"), "code"),
        (lamp(state="lost"), "state"),
        (lamp(spot="x" * 300), "spot"),
        (lamp(photo="0" * 64), "photo"),
    ],
)
def test_what_cannot_be_is_named(land: None, row: FixtureRow, field: str) -> None:
    with pytest.raises(Refusal) as told:
        services.add_fixture(actor=CLERK, row=row)
    assert told.value.field == field
    assert Fixture.objects.count() == 0


def test_an_update_moves_keeps_and_never_overwrites_unseen(land: None) -> None:
    one = services.add_fixture(actor=SYSTEM, row=lamp())
    lng, lat = make.point(500, 100)
    moved = services.update_fixture(
        actor=SYSTEM, code=one.code, changes={"lng": lng, "lat": lat, "owner": "路灯管理处"}, seen_step=1
    )
    assert queries.name_of(moved.place_code).startswith("时代社区")
    with pytest.raises(Refusal, match="已被他人更新"):
        services.update_fixture(actor=SYSTEM, code=one.code, changes={"owner": "别家"}, seen_step=1)
    with pytest.raises(Refusal, match="类别是标识码"):
        services.update_fixture(actor=SYSTEM, code=one.code, changes={"kind": "0119"})
    with pytest.raises(NotHere):
        services.update_fixture(actor=CLERK, code=one.code, changes={"owner": "别家"})


def test_a_census_lists_what_nobody_has_seen(land: None) -> None:
    lamps = [services.add_fixture(actor=CLERK, row=lamp()).code for _ in range(3)]
    services.add_fixture(actor=CLERK, row=FixtureRow("0401", *make.point(100, 100)))
    census = services.open_census(
        actor=CLERK,
        name="路灯普查",
        place_code=make.XINMIN,
        kinds=["0118"],
        starts_on=date(2026, 3, 1),
        due_on=date(2026, 3, 31),
    )
    for n, (code, result) in enumerate(zip(lamps, ("found", "damaged", "missing"), strict=True)):
        assert queries.census_progress(CLERK, census).unchecked == 3 - n
        if result != "found":
            with pytest.raises(Refusal, match="写明"):
                services.check_fixture(actor=CLERK, code=code, result=result, client_id=UUID(int=90 + n))
        for _ in range(2):  # sent twice, it is one check
            services.check_fixture(actor=CLERK, code=code, result=result, text="灯罩碎了", client_id=UUID(int=n))
    told = queries.census_progress(CLERK, census)
    assert (told.asked, told.found, told.damaged, told.missing, told.unchecked, told.percent) == (3, 1, 1, 1, 0, 100)
    assert FixtureCheck.objects.count() == 3
    assert [f.state for f in Fixture.objects.filter(kind="0118").order_by("code")] == ["intact", "damaged", "missing"]
    services.close_census(actor=CLERK, census_id=census.pk)
    services.check_fixture(actor=CLERK, code=lamps[1], result="found", client_id=UUID(int=50))
    assert Fixture.objects.get(pk=lamps[1]).state == "intact"
    assert FixtureCheck.objects.get(client_id=UUID(int=50)).census is None
    with pytest.raises(Refusal, match="已经结束"):
        services.close_census(actor=CLERK, census_id=census.pk)


def test_a_census_of_elsewhere_is_not_opened_nor_seen(land: None) -> None:
    stranger = make.editor(make.SHIDAI, "territory.places")
    given = {"name": "普查", "kinds": [], "starts_on": date(2026, 3, 1), "due_on": date(2026, 3, 31)}
    with pytest.raises(NotHere):
        services.open_census(actor=stranger, place_code=make.XINMIN, **given)  # type: ignore[arg-type]  # one dict for both calls
    one = services.open_census(actor=CLERK, place_code=make.XINMIN, **given)  # type: ignore[arg-type]  # as above
    assert queries.censuses(stranger) == []
    with pytest.raises(NotHere):
        queries.census(stranger, one.pk)
    with pytest.raises(NotHere):
        services.close_census(actor=stranger, census_id=one.pk)


def test_every_kind_has_a_code_of_its_class() -> None:
    kinds = queries.fixture_kinds()
    assert len(kinds) > 80
    assert kinds["0118"] == ("公用设施", "路灯")
    assert {k[:2] for k in kinds} == {"01", "02", "03", "04", "05"}
