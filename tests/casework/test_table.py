"""States × commands × roles: an act is taken exactly when the table of moves, the role and the part in the case say so,
and what a page offers is what the service takes."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import transaction

from tests import make
from wangge.casework import queries, terms
from wangge.casework import services as casework
from wangge.events.rules import MOVES
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import NotHere, Refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]

ROLES = yaml.safe_load((Path(__file__).parents[2] / "wangge/identity/data/roles.yaml").read_text())["roles"]
RIGHTS = {role["code"]: set(role["rights"]) for role in ROLES}
CENTRE = ("dispatcher", "supervisor", "verifier", "leader", "system_admin", "security_admin", "audit_admin")
LOCAL = ("officer", "lead", "community", "street")
OFFICE = ("liaison", "handler", "head")
# They keep and judge the public accounts and have no part in cases.
ACCOUNTS = (
    *("finance_clerk", "finance_head", "unit_head", "treasury", "auditor"),
    *("registry_clerk", "justice_officer", "police_officer", "health_officer", "youth_officer", "disease_officer"),
    *("privacy_officer", "data_manager", "data_approver", "estate_keeper"),
)
INPUTS: dict[str, dict[str, Any]] = {
    "decline": {"reason": "not_duty"},
    "refute": {"reason": "untrue"},
    "dispatch": {"department": "430204-urban"},
    "designate": {"department": "430204-urban"},
    "send_back": {"proposed": "430204-housing"},
    "ask_hold": {"reason": "weather", "until": date(2026, 3, 20)},
    "hold": {"reason": "weather", "until": date(2026, 3, 20)},
    "ask_extension": {"amount": 1},
    "rate": {"grade": 5},
    "recategorise": {"category": "0101"},
}
STATES: tuple[str, ...] = (
    "reported",
    "checking",
    "declined",
    "accepted",
    "dispatched",
    "handling",
    "held",
    "handled",
    "verified",
)
STATES += ("closed", "merged", "void", "archived")


class Undo(Exception):
    """Takes an accepted act back."""


def test_the_table_covers_every_role_and_every_state() -> None:
    assert set(RIGHTS) == {*CENTRE, *LOCAL, *OFFICE, *ACCOUNTS}
    assert not [r for role in ACCOUNTS for r in RIGHTS[role] if r.startswith(("events.", "cards."))]
    assert set(STATES) == {str(s) for s in terms.STATES}


def built(state: str, pending: bool) -> Any:
    """A resident's case in the state, lead urban with housing beside it; with requests that wait for a decision."""
    desk = make.dispatcher(name="maker-desk")
    if state in ("reported", "checking", "declined", "accepted", "merged", "void"):
        case = make.case("accepted" if state == "accepted" else "reported")
        follow: list[tuple[Actor, str, dict[str, Any]]]
        early: dict[str, list[tuple[Actor, str, dict[str, Any]]]] = {
            "checking": [(desk, "check", {})],
            "declined": [(desk, "decline", {"reason": "not_duty", "text": "不属于本区职责"})],
            "merged": [(desk, "merge", {"original": make.case("reported").number})] if state == "merged" else [],
            "void": [(desk, "ask_void", {"text": "误报"}), (make.supervisor(name="maker-watch"), "void", {})],
        }
        follow = early.get(state, [])
    else:
        case, follow = make.case("accepted"), []
        housing, urban = (
            make.handler("430204-housing", name="maker-housing"),
            make.handler(name="maker-urban", role="liaison"),
        )
        path: list[tuple[Actor, str, dict[str, Any]]] = [
            (desk, "dispatch", {"department": "430204-urban", "supports": ["430204-housing"]}),
            (urban, "sign", {}),
            (urban, "ask_hold", {"reason": "weather", "until": date(2026, 3, 20), "text": "连续降雨"}),
        ]
        match state:
            case "dispatched":
                follow = path[:1]
            case "handling":
                asked = [path[2], (urban, "ask_extension", {"amount": 2, "text": "材料未到"})]
                follow = path[:2] + (asked if pending else [])
            case "held":
                follow = [*path, (desk, "hold", {})]
            case _:
                follow = [*path[:2], (housing, "support_done", {"text": "完成"}), (urban, "finish", {"text": "办结"})]
                if state != "handled":
                    follow.append((make.verifier(name="maker-check"), "verify", {}))
                if state in ("closed", "archived"):
                    follow.append((desk, "rate", {"grade": 4}))
    for by, command, given in follow:
        make.act(by, case.number, command, **given)
    if pending and (state, "ask_void") in MOVES:
        make.act(desk, case.number, "ask_void", text="疑似误报")
    if state == "archived":
        with clock.frozen(make.START + timedelta(days=91)):
            casework.act(actor=SYSTEM, number=case.number, command="archive", seen_step=None)
    return queries.get(SYSTEM, case.number)


def people(case: Any) -> dict[str, Actor]:
    cell = make.GridCell.objects.get(code=case.place_code)
    found = {r: make.actor(r, place=make.SHIFENG, name=f"other-{r}") for r in CENTRE}
    found |= {r: make.actor(r, place=cell.code, name=f"other-{r}") for r in ("officer", "lead")}
    found["community"] = make.actor("community", place=cell.code - cell.code % 1000, name="other-community")
    found["street"] = make.actor("street", place=cell.code - cell.code % 10**6, name="other-street")
    found |= {r: make.handler(name=f"other-{r}", role=r) for r in OFFICE}
    found |= {f"support {r}": make.handler("430204-housing", name=f"support-{r}", role=r) for r in ("head",)}
    found |= {f"stranger {r}": make.handler("430204-police", name=f"stranger-{r}", role=r) for r in ("head",)}
    return found


def part_of(who: str, case: Any) -> set[str] | None:
    """What the person is to the case, told by hand; None when they must not even see it."""
    given_out = case.lead_id is not None
    if who.endswith("_admin"):
        return None  # the three officers run the system; they have no business with what it holds
    if who in CENTRE:
        return {"in_charge", "local"} | ({"sender"} if given_out else set())
    if who in LOCAL:
        return {"local"} | ({"in_charge"} if case.holder_place else set())
    if who.startswith("stranger") or not case.department_ids:
        return None
    if who.startswith("support"):
        return {"support"} if case.state in ("dispatched", "handling", "held") else set()
    return {"lead"} if given_out else set()


def attempt(by: Actor, case: Any, command: str) -> Refusal | None:
    given = {"text": "按要求办理", **INPUTS.get(command, {})}
    if command == "hand_down":
        given["department"] = f"{case.place_code // 10**6}-street"
    if command == "merge":
        given["original"] = OTHER["number"]
    try:
        with transaction.atomic(), scope.use(by):
            casework.act(actor=by, number=case.number, command=command, seen_step=case.step, **given)
            raise Undo
    except Undo:
        return None
    except Refusal as refusal:
        return refusal


OTHER: dict[str, str] = {}
# Refusals of the command's own rule to somebody who may take it at another time.
TIMELY = {
    "archive": ("archive_early",),
    "default_rating": ("rating_open",),
    "hand_up": ("no_upper",),
    "waive_support": ("no_support",),
    "finish": ("support_open",),
    "void": ("void_not_asked",),
    "ask_hold": ("hold_pending",),
    "ask_extension": ("extension_pending",),
    "deny_hold": ("no_hold",),
    "grant_extension": ("no_extension",),
    "deny_extension": ("no_extension",),
    "merge": ("unknown_original",),
    "rate": ("one_rating_a_service",),
    "hand_down": ("not_below",),
}


ASKED = ("ask_hold", "hold", "deny_hold", "ask_extension", "grant_extension", "deny_extension", "ask_void", "void")


PENDING = [s for s in STATES if {"ask_void", "ask_hold"} & {c for state, c in MOVES if state == s}]


@pytest.mark.parametrize(
    ("state", "pending"), [*((s, False) for s in STATES), *((s, True) for s in PENDING)], ids=lambda v: str(v)
)
def test_only_the_right_people_take_a_step_and_pages_offer_just_that(state: str, pending: bool) -> None:
    OTHER["number"] = make.case("reported").number
    case = built(state, pending)
    assert case.state == state
    wrong = []
    for who, by in people(case).items():
        part = part_of(who, case)
        with scope.use(by):
            seen = queries.Case.objects.filter(pk=case.pk).exists()
            offered = set(queries.allowed(by, case)) if seen else set()
        if seen != (part is not None):
            wrong.append(f"{who} sees it: {seen}")
        for command in ASKED if pending else terms.COMMANDS:
            move = MOVES.get((state, command))
            right = move is not None and move.right in RIGHTS[who.split()[-1]]
            may = bool(part is not None and move and right and (not move.by or set(move.by) & part))
            if (state, command) == ("merged", "note"):
                continue  # lands on the original, by another test
            refusal = attempt(by, case, command)
            if refusal is not None and not refusal.sentence.strip():
                wrong.append(f"{who} {command}: refused without a word")
            if refusal is None and not may:
                wrong.append(f"{who} could {command}")
            if part is None and not isinstance(refusal, NotHere):
                wrong.append(f"{who} was told of it by {command}")
            if may and refusal is not None and refusal.code not in TIMELY.get(command, ()):
                wrong.append(f"{who} could not {command}: {refusal.code}")
            if (command in offered) != (refusal is None) and (command, getattr(refusal, "code", "")) != (
                "finish",
                "support_open",
            ):
                wrong.append(f"{who} is {'' if command in offered else 'not '}offered {command}: {refusal!r}")
    assert wrong == []
