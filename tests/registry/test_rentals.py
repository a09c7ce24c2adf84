"""Let dwellings: registered, hazards found and cleared, an event for each new find; who looks after a building."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from tests import make
from wangge.casework import queries as casework
from wangge.casework.models import Case
from wangge.demo.residents import Numbers
from wangge.kernel import clock, outbox, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry, Fact
from wangge.registry import queries, services
from wangge.registry.models import Rental
from wangge.territory import queries as territory
from wangge.territory import services as territory_services
from wangge.territory.services import HouseRow

ID = Numbers().id_number(date(1970, 5, 28), 1)
LANDLORD = {
    "let_as": "02",
    "landlord_id_type": "111",
    "landlord_id_number": ID,
    "landlord_name": "罗建国",
    "landlord_phone": "14200001111",
    "landlord_address": "石峰区井龙街道时代路9号",
}


@pytest.fixture
def home(district: None) -> int:
    """A dwelling in the first cell of 井龙街道."""
    cell = make.cell()
    lng, lat = make.point(cell)
    row = HouseRow(cell.code, "新民路", "42号", "新民家园", "2栋", "1单元", "301室", 3, 88.4, "01", lng, lat)
    (told,) = territory_services.load_addresses(actor=SYSTEM, rows=[row], source="演示")
    assert told.dwelling_id
    return told.dwelling_id


@pytest.fixture
def officer(district: None) -> Actor:
    return make.officer(make.cell())


def let(officer: Actor, home: int, **values: str) -> Rental:
    return services.begin_rental(
        actor=officer, dwelling_id=home, values=LANDLORD | values, since=date(2026, 1, 1), source="入户"
    )


def events_made() -> list[Case]:
    return list(Case.objects.filter(title__startswith="出租房隐患").order_by("id"))


def deliver() -> None:
    for fact in Fact.objects.filter(name="registry.HazardFound").order_by("id"):
        outbox.deliver(fact.pk, "wangge.events.reactions.open_event")


def test_the_landlord_lies_under_seal_and_is_shown_masked(home: int, officer: Actor) -> None:
    rental = let(officer, home)
    assert ID.encode() not in bytes(rental.sealed or b"")
    row = queries.rental_rows([rental])[0]
    assert row.landlord["landlord_id_number"] == f"430204********{ID[-4:]}"
    assert row.missing == []
    assert row.landlord["landlord_name"].startswith("罗*")
    assert queries.dwelling_states(officer, [home]) == {home: "rented"}
    with pytest.raises(NoRight):
        services.reveal_landlord(actor=officer, rental_id=rental.pk, reason="联系房主整改")
    street = make.actor("street", place=make.JINGLONG)
    with pytest.raises(Refusal, match="理由"):
        services.reveal_landlord(actor=street, rental_id=rental.pk, reason="看")
    seen = services.reveal_landlord(actor=street, rental_id=rental.pk, reason="联系房主整改")
    assert seen["landlord_id_number"] == ID
    entry = AuditEntry.objects.get(action="registry.landlord_revealed")
    assert ID not in str(entry.data)
    assert "罗建国" not in str(entry.data)


def test_a_dwelling_is_let_once_at_a_time(home: int, officer: Actor) -> None:
    rental = let(officer, home)
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError, match="one_rental_of_a_dwelling_at_a_time"), transaction.atomic():
        let(officer, home)
    services.end_rental(actor=officer, rental_id=rental.pk, until=date(2026, 3, 1), reason="退租")
    again = services.begin_rental(actor=officer, dwelling_id=home, values={}, since=date(2026, 3, 1))
    assert again.pk != rental.pk
    with pytest.raises(Refusal, match="已于 2026-03-01 结束"):
        services.update_rental(actor=officer, rental_id=rental.pk, values={"let_as": "01"}, seen_step=None)
    file = queries.dwelling_file(officer, home)
    assert [r.rental.pk for r in file.rentals] == [again.pk, rental.pk]
    assert queries.dwelling_file(officer, home, as_of=date(2026, 2, 1)).rental is not None
    assert queries.dwelling_file(officer, home, as_of=date(2025, 2, 1)).state == "empty"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"landlord_id_number": ID[:-1] + ("1" if ID[-1] != "1" else "2")}, "landlord_id_number"),
        ({"landlord_phone": "12"}, "landlord_phone"),
        ({"let_as": "77"}, "let_as"),
        ({"tenant_name": "某人"}, "tenant_name"),
    ],
)
def test_what_is_wrong_is_named_and_says_no_number(home: int, officer: Actor, values: dict, field: str) -> None:
    with pytest.raises(Refusal) as told:
        let(officer, home, **values)
    assert told.value.field == field
    assert ID[:-1] not in str(told.value.as_dict())


def test_a_change_that_was_not_seen_is_not_overwritten(home: int, officer: Actor) -> None:
    rental = let(officer, home)
    services.update_rental(
        actor=officer, rental_id=rental.pk, values={"landlord_phone": "14200002222"}, seen_step=1, verified=True
    )
    with pytest.raises(Refusal, match="已被他人更新"):
        services.update_rental(actor=officer, rental_id=rental.pk, values={"let_as": "01"}, seen_step=1)
    rental.refresh_from_db()
    assert queries.landlord(rental) | {} == {
        k: v for k, v in LANDLORD.items() if k.startswith("landlord_") and k != "landlord_id_type"
    } | {"landlord_phone": "14200002222"}
    assert rental.verified_by == officer.name


def test_a_hazard_opens_one_event_and_a_changed_one_another(home: int, officer: Actor) -> None:
    rental = let(officer, home)
    services.set_hazard(actor=officer, rental_id=rental.pk, codes=["01"], text="私拉电线", client_id=UUID(int=5))
    services.set_hazard(actor=officer, rental_id=rental.pk, codes=["01"], text="私拉电线", client_id=UUID(int=5))
    services.set_hazard(actor=officer, rental_id=rental.pk, codes=["01"], text="仍未整改")
    deliver()
    deliver()
    (first,) = events_made()
    assert first.place_code == make.cell().code
    assert "火灾" in first.title
    assert rental.finds.count() == 2
    services.set_hazard(actor=officer, rental_id=rental.pk, codes=["04", "01"], text="又堆放油桶")
    deliver()
    assert len(events_made()) == 2
    with pytest.raises(Refusal, match="怎样消除"):
        services.clear_hazard(actor=officer, rental_id=rental.pk, note="好")
    services.clear_hazard(actor=officer, rental_id=rental.pk, note="已清走油桶，更换线路")
    assert Fact.objects.filter(name="registry.HazardCleared").count() == 1
    services.set_hazard(actor=officer, rental_id=rental.pk, codes=["01"], text="又拉电线")
    deliver()
    assert len(events_made()) == 3
    assert casework.get(SYSTEM, first.number).category == "1007"


def test_a_hazard_without_a_letting_makes_one(home: int, officer: Actor) -> None:
    told = services.report_hazard(
        actor=officer,
        dwelling_id=home,
        codes=["02"],
        text="群租",
        seen_at=clock.now() - timedelta(days=2),
        client_id=UUID(int=9),
    )
    again = services.report_hazard(actor=officer, dwelling_id=home, codes=["02"], client_id=UUID(int=9))
    assert again.pk == told.pk
    assert told.since == date(2026, 3, 8)
    assert Rental.objects.count() == 1
    with pytest.raises(Refusal, match="没有隐患类型"):
        services.set_hazard(actor=officer, rental_id=told.pk, codes=["42"])


def test_an_address_without_a_point_still_gets_its_event(district: None, officer: Actor) -> None:
    (told,) = territory_services.load_addresses(
        actor=SYSTEM, rows=[HouseRow(make.cell().code, "新民路", "7号", room="101")]
    )
    services.report_hazard(actor=officer, dwelling_id=told.dwelling_id or 0, codes=["01"])
    deliver()
    assert events_made()[0].place_code == make.cell().code


def test_another_cell_sees_no_letting_and_touches_none(home: int, officer: Actor) -> None:
    rental = let(officer, home)
    stranger = make.officer(make.cell(n=3))
    with scope.use(stranger):
        assert list(queries.rentals(stranger)) == []
        for act in (
            lambda: queries.dwelling_file(stranger, home),
            lambda: queries.rental(stranger, rental.pk),
            lambda: services.end_rental(actor=stranger, rental_id=rental.pk, until=clock.today(), reason=""),
            lambda: services.report_hazard(actor=stranger, dwelling_id=home, codes=["01"]),
            lambda: services.begin_rental(actor=stranger, dwelling_id=home, values={}, since=clock.today()),
        ):
            with pytest.raises(NotHere):
                act()


def resident(officer: Actor, home: int, name: str = "罗建国", sex: int = 1) -> int:
    values = {"name": name, "id_type": "111", "id_number": Numbers(sex).id_number(date(1960 + sex, 6, 27), sex)}
    person = services.register(
        actor=officer,
        values=values,
        place_code=make.cell().code,
        source="入户",
        dwelling_id=home,
        since=date(2026, 1, 1),
    )
    return person.pk


def test_a_building_has_one_lead_and_the_next_follows(home: int, officer: Actor) -> None:
    building = next(a.pk for a in territory.address_path(home) if a.kind == "building")
    first, second = resident(officer, home), resident(officer, home, "罗小英", 2)
    one = services.begin_building_lead(actor=officer, building_id=building, person_id=first, since=date(2026, 1, 5))
    assert (
        services.begin_building_lead(actor=officer, building_id=building, person_id=first, since=date(2026, 2, 5)).pk
        == one.pk
    )
    two = services.begin_building_lead(actor=officer, building_id=building, person_id=second, since=date(2026, 2, 5))
    lead = queries.building_lead(officer, building)
    assert lead is not None
    assert lead.person_id == second
    before = queries.building_lead(officer, building, date(2026, 1, 6))
    assert before is not None
    assert before.person_id == first
    services.end_building_lead(actor=officer, lead_id=two.pk, until=clock.today(), reason="搬离")
    assert queries.building_lead(officer, building) is None
    assert queries.dwelling_counts(officer, building)[1] == 2


def test_the_state_of_a_dwelling_follows_from_its_rows(home: int, officer: Actor) -> None:
    assert queries.dwelling_states(officer, [home]) == {home: "empty"}
    resident(officer, home)
    assert queries.dwelling_states(officer, [home]) == {home: "own"}
    file = queries.dwelling_file(officer, home)
    assert [r.person.name for r, _ in file.residents] == ["罗建国"]
    assert file.state_name == "自住"
    clerk = make.actor("community", place=make.cell().community_id)
    with pytest.raises(Refusal, match="居住或出租"):
        services.retire_dwelling(actor=clerk, dwelling_id=home)
    rental = let(officer, home)
    assert queries.dwelling_states(officer, [home]) == {home: "rented"}
    services.end_rental(actor=officer, rental_id=rental.pk, until=clock.today(), reason="")
