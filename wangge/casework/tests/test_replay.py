"""The same paths walked through `act` and through `replay` leave the same rows."""

import random
from datetime import timedelta
from typing import Any

import pytest

from tests import make
from wangge.casework import replay, services, walk
from wangge.casework.models import Assignment, Card, Case, Clock, Extension, Hold, Step
from wangge.casework.queries import PROCESSES
from wangge.casework.services.legacy import import_cases
from wangge.kernel import clock, workdays
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import Refusal

CASE_FIELDS = (
    "state", "step", "category", "urgency", "holder_id", "holder_place", "lead_id", "department_ids", "clock", "due_at",
    "is_designated", "is_supervised", "returns", "reworks", "redone", "urged", "supporters", "outcome", "grade",
    "finished_at", "closed_at", "received_at", "reporter_id",
)  # fmt: skip
MOVES = PROCESSES["event"].moves
PATHS = 16
ENDS = ("void", "decline", "refute")
DEPARTMENTS = ("430204-urban", "430204-housing", "430204-market")


def rows_of(case: Case) -> dict[str, Any]:
    """Everything that belongs to the case, without ids."""

    def of(model: Any, *fields: str, **by: Any) -> list[tuple[Any, ...]]:
        return list(model.objects.filter(**(by or {"case": case})).order_by("pk").values_list(*fields))

    for limits in (data.get("limits", []) for (data,) in of(Step, "data")):
        assert all(Clock.objects.filter(case=case, pk=limit["clock"]).exists() for limit in limits)
    return {
        "case": {f: getattr(case, f) for f in CASE_FIELDS},
        "steps": of(Step, "seq", "at", "actor_id", "department_id", "command", "from_state", "to_state", "reason", "text", "data", "is_public"),
        "assignments": of(Assignment, "department_id", "role", "state", "asked_at", "signed_at", "done_at"),
        "clocks": of(Clock, "kind", "department_id", "started_at", "amount", "unit", "extended_days", "yellow_at", "due_at", "stopped_at", "assignment__department_id"),
        "holds": of(Hold, "reason", "text", "until", "asked_by", "asked_at", "from_at", "to_at"),
        "extensions": of(Extension, "amount", "asked_by", "asked_at", "decided_by", "decided_at", "granted", clock__case=case),
    }  # fmt: skip


class Walker:
    """Takes random legal steps in a case and writes each down as another system would tell it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.at = make.START + timedelta(minutes=self.rng.randrange(600))
        self.told: list[dict[str, Any]] = []
        self.people: dict[int, Actor] = {}

    def who(self, by: Actor) -> dict[str, Any]:
        made: dict[str, Any] = {"name": by.name, "post": by.post_name}
        account = make.Account.objects.filter(pk=by.id).first() if by.id else None
        if account:
            made["account"] = account.name
        if by.department_id:
            made["office"] = make.Department.objects.get(pk=by.department_id).code
        return made

    def inputs(self, command: str) -> dict[str, Any]:
        rng, today = self.rng, clock.local(self.at).date()
        told: dict[str, dict[str, Any]] = {
            "dispatch": {"department": rng.choice(DEPARTMENTS), "supports": rng.choice([[], ["430204-police"]])},
            "designate": {"department": rng.choice(DEPARTMENTS)},
            "hand_down": {"department": "430204005-street"},
            "send_back": {"proposed": "430204-fire"},
            "ask_hold": {"until": (today + timedelta(days=9)).isoformat()},
            "hold": {"until": (today + timedelta(days=9)).isoformat()},
            "ask_extension": {"amount": rng.randint(1, 4)},
            "recategorise": {"category": rng.choice(("0101", "0303"))},
            "accept": rng.choice(({}, {"category": "0101"}, {"urgency": "urgent"})),
            "finish": {"outcome": rng.choice(("resolved", "partly"))},
        }
        return told.get(command, {})

    def actor(self, command: str, case: Case) -> Actor:
        lead = make.Department.objects.get(pk=case.lead_id).code if case.lead_id else ""
        if command in ("sign", "finish", "send_back", "ask_hold", "ask_extension", "resume", "note") and lead:
            return make.handler(lead, name=f"l-{lead}", role="liaison")
        if command == "support_done":
            return make.handler("430204-police")
        return make.supervisor() if command == "void" else SYSTEM

    def walk(self, number: str, steps: int) -> Case:
        case = services_get(number)
        for _ in range(steps):
            choice = [c for s, c in MOVES if s == case.state and c not in ("merge", "split", "archive", "urge", "redo")]
            if not choice:
                break
            command = self.rng.choices(choice, [1 if c in ENDS else 8 for c in choice])[0]
            self.at += timedelta(minutes=self.rng.randrange(1, 900))
            given = {"text": "按要求办理完毕", **self.inputs(command)}
            if command in ("ask_hold", "hold"):
                given["reason"] = "weather"
            if command in ("decline", "refute"):
                given["reason"] = self.rng.choice(("not_duty", "untrue"))
            by = self.actor(command, case)
            try:
                with clock.frozen(self.at):
                    case = services.act(actor=by, number=number, command=command, seen_step=None, **given)
            except Refusal:
                continue
            step = {"at": self.at.isoformat(), "command": command, **given}
            self.told.append(step | ({"name": "系统"} if by.is_system else self.who(by)))
        return services_get(number)


def services_get(number: str) -> Case:
    return Case.objects.get(number=number)


@pytest.mark.parametrize("seed", range(PATHS))
def test_replaying_a_random_path_leaves_what_walking_it_left(district: None, seed: int) -> None:
    walker = Walker(seed)
    cell = make.cell()
    with clock.frozen(walker.at):
        source = walker.rng.choice(("officer", "resident"))
        by = make.officer(cell) if source == "officer" else make.dispatcher()
        number = make.report(by, cell, source=source, category="0303")
    first = walker.who(by) | {"at": walker.at.isoformat(), "command": "report"}
    walked = walker.walk(number, 14)
    expected = rows_of(walked)

    lng, lat = make.point(cell)
    row: dict[str, Any] = {
        "client_id": str(make.client_id(900_000 + seed)), "category": "0303", "source": source, "place": cell.code,
        "lng": lng, "lat": lat, "text": walked.text, "seen_at": first["at"], "steps": [first, *walker.told],
        "reporter": first["account"],
    }  # fmt: skip
    with clock.frozen(walker.at + timedelta(seconds=1)):
        done = import_cases(actor=SYSTEM, rows=[row], source_name="test")
    assert [f.sentence for f in done.faults] == []
    found = rows_of(Case.objects.get(client_id=row["client_id"]))
    for name, value in expected.items():
        assert found[name] == value, name


def test_cards_follow_from_the_clocks(district: None) -> None:
    cell, at = make.cell(), make.START
    lng, lat = make.point(cell)

    def step(command: str, days: float, **more: Any) -> dict[str, Any]:
        return {
            "at": (at + timedelta(days=days)).isoformat(),
            "command": command,
            "name": "甲",
            "text": "办理记录",
            **more,
        }

    row: dict[str, Any] = {
        "client_id": str(make.client_id()), "category": "0303", "source": "desk", "place": cell.code, "lng": lng,
        "lat": lat, "text": "护栏损坏待修复", "seen_at": at.isoformat(),
        "steps": [step("report", 0), step("accept", 0.01), step("dispatch", 0.02, department="430204-urban"), step("sign", 30)],
    }  # fmt: skip
    with clock.frozen(at + timedelta(days=30, hours=1)):
        import_cases(actor=SYSTEM, rows=[row], source_name="test")
    case = Case.objects.get(client_id=row["client_id"])
    cards = list(Card.objects.filter(case=case).order_by("pk").values_list("colour", "clock__kind", "state"))
    assert cards == [("yellow", "sign", "issued"), ("red", "sign", "issued")]
    assert case.card == "red"
    assert case.is_legacy


def test_every_effect_belongs_to_a_command_of_the_table() -> None:
    assert set(replay._EFFECTS) <= {command for _, command in MOVES} | {"close"}


@pytest.mark.parametrize("unit", ["work_hour", "work_day", "natural_day", "clock_hour"])
def test_the_short_way_to_a_deadline_is_the_long_one(unit: Any) -> None:
    rng, calendar = random.Random(unit), workdays.calendar()
    deadlines = walk.Deadlines(calendar)
    for _ in range(200):
        start = make.START + timedelta(seconds=rng.randrange(-40_000_000, 10_000_000))
        amount = rng.randint(1, 30)
        due = workdays.due(start, workdays.Limit(amount, unit), calendar)
        assert deadlines.of(start, amount, unit) == (due.moment(0.9), due.at)
