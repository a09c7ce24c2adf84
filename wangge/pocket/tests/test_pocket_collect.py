"""A week of door-to-door work that comes in at once: each item once, each field answered, nothing lost."""

import json
import random
from datetime import timedelta
from typing import Any

import pytest

from tests import collecting, make
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.models import AuditEntry
from wangge.pocket.tests.test_pocket_json import Phone
from wangge.registry import services
from wangge.registry.models import CollectionDifference, Person, PersonChange, Visit
from wangge.registry.queries.collection import open_difference

pytestmark = pytest.mark.django_db
ACTS, CONFLICTS = 200, 20


def name(n: int) -> str:
    return "周" + "".join("甲乙丙丁戊己庚辛壬癸"[int(d)] for d in f"{n:03d}")


class Street:
    """The officer's phone with a cell of so many doors on it, one person behind each."""

    def __init__(self, doors: int) -> None:
        with scope.system():
            make.forget()
            make.district()
            self.cell = make.cell()
            rooms = collecting.dwellings(self.cell, rooms=doors)
            self.people = [
                services.register(
                    actor=SYSTEM,
                    values={"name": name(n), "birth_on": "1990-01-27", "employer": "演示机械厂"},
                    place_code=self.cell.code,
                    source="导入",
                    dwelling_id=room,
                    since=clock.today() - timedelta(days=900),
                    sure_is_new=True,
                )
                for n, room in enumerate(rooms)
            ]
            self.worker = make.community(self.cell)
            officer = make.officer(self.cell)
        self.phone = Phone(officer)

    def take(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        after = ""
        while True:
            page = self.phone.client.get(f"/pocket/doors.json?cell={self.cell.code}&after={after}").json()
            found |= {d["key"]: d for d in page["rows"]}
            if not page["next"]:
                return found
            after = page["next"]

    def act(self, n: int, door: dict[str, Any], **fields: Any) -> dict[str, Any]:
        (person,) = door["people"]
        part = {"does": "same", "person": person["id"], "step": person["step"], "label": person["values"]["name"]}
        seen_at = clock.now() - timedelta(days=7, minutes=-n)
        return {
            "kind": "door",
            "id": str(make.client_id(1000 + n)),
            "seq": n,
            "dwelling": door["dwelling"],
            "seen_at": seen_at.isoformat(),
            "people": [part | fields],
        }

    def send(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        results = []
        for at in range(0, len(items), 50):
            results += self.phone.send(*items[at : at + 50]).json()["results"]
        return results


@pytest.fixture
def street(_reference: None, db: None) -> Street:
    return Street(6)


@pytest.fixture
def long_street(_reference: None, db: None) -> Street:
    return Street(ACTS)


def test_a_week_old_batch_with_conflicts_is_answered_field_by_field_and_loses_nothing(long_street: Street) -> None:
    street = long_street
    doors = list(street.take().values())
    assert len(doors) == ACTS
    clash = set(random.Random(7).sample(range(ACTS), CONFLICTS))
    with scope.system():
        for n in clash:
            services.update(
                actor=street.worker,
                person_id=doors[n]["people"][0]["id"],
                changes={"employer": "演示中学"},
                seen_step=None,
                source="社区登记",
            )
    items = [
        street.act(
            n,
            door,
            does="change",
            changes={"employer": f"单位{n}", "occupation": "焊工"},
            seen={"employer": "演示机械厂"},
        )
        for n, door in enumerate(doors)
    ]
    results = street.send(items)
    again = street.send(items)
    assert [r["ok"] for r in results] == [True] * ACTS
    assert [r["results"] for r in again] == [r["results"] for r in results]
    for n, result in enumerate(results):
        said = {r["field"]: r["result"] for r in result["results"]}
        assert said["employer"] == ("waiting" if n in clash else "taken"), n
        assert said["occupation"] == "taken"
    with scope.system():
        assert Visit.objects.filter(purpose="door").count() == ACTS
        assert PersonChange.objects.filter(field="occupation").count() == ACTS
        held = dict(Person.objects.values_list("pk", "employer"))
        kept = {d.person_id: open_difference(d)["given"] for d in CollectionDifference.objects.all()}
        assert len(kept) == CONFLICTS
        for n, door in enumerate(doors):
            pk = door["people"][0]["id"]
            # Every value that the officer entered is either on the record or waits for a decision.
            assert (kept[pk] if n in clash else held[pk]) == f"单位{n}"
        seven = clock.today() - timedelta(days=7)
        assert set(PersonChange.objects.filter(field="occupation").values_list("from_on", flat=True)) == {seven}


def test_the_answer_brings_the_door_as_it_stands_so_that_the_next_act_is_no_conflict(street: Street) -> None:
    door = next(iter(street.take().values()))
    (first,) = street.send(
        [street.act(1, door, does="change", changes={"employer": "甲"}, seen={"employer": "演示机械厂"})]
    )
    assert first["door"]["people"][0]["values"]["employer"] == "甲"
    (second,) = street.send(
        [street.act(2, first["door"], does="change", changes={"employer": "乙"}, seen={"employer": "甲"})]
    )
    assert "waiting" not in {r["result"] for r in second["results"]}


def test_one_item_that_cannot_be_read_or_carried_out_holds_no_other_up(street: Street) -> None:
    doors = list(street.take().values())
    good, bad, far = street.act(1, doors[0]), street.act(2, doors[1]), street.act(3, doors[2])
    bad["people"][0]["does"] = "vanish"
    far["dwelling"] = 999_999_999
    results = {r["id"]: r for r in street.send([good, bad, far])}
    assert results[good["id"]]["ok"]
    assert results[bad["id"]]["code"] == "bad_item"
    assert results[far["id"]]["code"] == "not_found"


def test_what_is_taken_along_is_on_record_and_ends_at_the_border_of_the_cell(street: Street) -> None:
    street.take()
    other = street.phone.client.get("/pocket/doors.json?cell=430204005001002", headers={"Accept": "application/json"})
    assert other.status_code == 404
    assert (
        street.phone.client.get("/pocket/doors.json?cell=x", headers={"Accept": "application/json"}).status_code == 422
    )
    with scope.system():
        assert AuditEntry.objects.filter(action="registry.taken_along", subject=str(street.cell.code)).count() == 1
        verifier = make.verifier()
    blind = Phone(verifier)
    answer = blind.client.get(f"/pocket/doors.json?cell={street.cell.code}", headers={"Accept": "application/json"})
    assert answer.status_code == 403


def test_no_answer_names_a_number_a_telephone_or_a_value(street: Street) -> None:
    door = next(iter(street.take().values()))
    number, phone = collecting.NUMBERS.id_number(collecting.BIRTHS[0], 1), collecting.NUMBERS.phone()
    (result,) = street.send(
        [
            street.act(
                1,
                door,
                does="change",
                changes={"id_number": number, "phone": phone, "sex": "1", "birth_on": "1961-04-27"},
            )
        ]
    )
    said = json.dumps(result, ensure_ascii=False)
    assert number not in said
    assert phone not in said
    assert result["door"]["people"][0]["values"]["phone"] == f"142****{phone[-4:]}"


def test_visits_and_alarms_of_the_day_come_apart_from_what_stays_on_the_phone(street: Street) -> None:
    with scope.system():
        services.begin_care(
            actor=SYSTEM,
            person_id=street.people[0].pk,
            kind="elderly_alone",
            since=clock.today() - timedelta(days=60),
            source="民政",
        )
    day = street.phone.client.get("/pocket/day.json").json()
    (one,) = [v for v in day["visits"] if v["kind"] == "person"]
    assert (one["name"], one["groups"]) == (name(0), ["独居老人"])
    assert day["alarms"] == []
    assert name(0) not in json.dumps(street.phone.client.get("/pocket/bootstrap.json").json(), ensure_ascii=False)
    item = {
        "kind": "visit", "id": str(make.client_id(7000)), "seq": 1, "purpose": "care", "person": one["id"],
        "seen_at": clock.now().isoformat(), "text": "身体好，饮食正常",
    }  # fmt: skip
    first, again = (street.phone.send(item).json()["results"][0] for _ in range(2))
    assert first["ok"], first
    assert again["ok"]
    assert [v for v in street.phone.client.get("/pocket/day.json").json()["visits"] if v["kind"] == "person"] == []
    with scope.system():
        assert Visit.objects.filter(purpose="care").count() == 1


def test_a_moment_without_a_zone_or_out_of_all_sense_holds_nothing_up(street: Street) -> None:
    doors = list(street.take().values())
    plain, wild, good = street.act(1, doors[0]), street.act(2, doors[1]), street.act(3, doors[2])
    plain["seen_at"] = "2026-03-10T09:30:00"
    wild["seen_at"] = "9999-12-31T23:59:59+14:00"
    good["seconds"] = 17
    results = {r["id"]: r for r in street.send([plain, wild, good])}
    assert results[plain["id"]]["code"] == "bad_item"
    assert results[wild["id"]]["ok"]
    assert results[good["id"]]["ok"]
    with scope.system():
        assert Visit.objects.get(client_id=wild["id"]).seen_at <= clock.now()
        assert Visit.objects.get(client_id=good["id"]).collection.seconds == 17


def test_a_cell_that_passed_to_another_officer_meanwhile_keeps_what_was_collected(street: Street) -> None:
    (door, *_) = street.take().values()
    act = street.act(1, door, does="change", changes={"employer": "演示医院"}, seen={"employer": "演示机械厂"})
    with scope.system():
        other = make.cell(n=4)
        Person.objects.filter(pk=street.people[0].pk).update(place_code=other.code)
    (result,) = street.send([act])
    assert result["ok"]  # the door is still the officer's; the person is not, and what was said of them waits
    with scope.system():
        (kept,) = CollectionDifference.objects.all()
        assert kept.reason == "not_here"
        assert open_difference(kept)["part"]["changes"] == {"employer": "演示医院"}
        assert Person.objects.get(pk=street.people[0].pk).employer == "演示机械厂"


def test_two_phones_at_the_same_household_lose_neither_word(street: Street) -> None:
    (door, *_) = street.take().values()
    with scope.system():
        colleague = make.officer(street.cell, name="tongban")
    second = Phone(colleague)
    mine = street.act(1, door, does="change", changes={"employer": "演示医院"}, seen={"employer": "演示机械厂"})
    theirs = street.act(2, door, does="change", changes={"employer": "演示中学"}, seen={"employer": "演示机械厂"})
    assert street.send([mine])[0]["ok"]
    (answer,) = second.send(theirs).json()["results"]
    assert {r["field"]: r["result"] for r in answer["results"]}["employer"] == "waiting"
    with scope.system():
        (kept,) = CollectionDifference.objects.all()
        assert (open_difference(kept)["held"], open_difference(kept)["given"]) == ("演示医院", "演示中学")
