"""The story of one event: its steps in order, taken by the people whose work that is. Deterministic from a `random.Random`.

A story is a list of steps as `casework.import_cases` takes them. `Times` are seconds since 1970; what is inserted between two
of them lies at a share of the way, so that no step is ever out of order.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from wangge.demo import texts
from wangge.demo.place import Place, Who

ARCHIVED_AFTER = 91 * 86_400
RATED = ("resident", "hotline")
_IDS = uuid5(NAMESPACE_URL, "https://wangge.example/demo")
Step = dict[str, Any]


def identity(name: str) -> UUID:
    """The fixed id of a thing of the demonstration."""
    return uuid5(_IDS, name)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


@dataclass(slots=True)
class Plan:
    """What happens in one event. Times that are None have not come; `level` is self_solved, community, street, department."""

    cell: int
    category: str
    source: str
    level: str
    reported: float
    accepted: float | None = None
    dispatched: float | None = None
    signed: float | None = None
    finished: float | None = None
    verified: float | None = None
    closed: float | None = None
    returned: int = 0
    extended: int = 0
    held: int = 0
    resumed: float | None = None
    reworked: int = 0
    reopened: bool = False
    late: bool = False
    checked: bool = False
    grade: int = 0
    outcome: str = "resolved"
    archived: bool = False
    now: float = 0.0  # up to when an unfinished stretch is told; 0: nothing of it
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


# Seconds: an office answers within a day, well inside the two working days it may take to return a case.
SENT_BACK_WITHIN = 72_000


class Story:
    """The steps of one event, in the making."""

    def __init__(self, place: Place, plan: Plan, rng: random.Random) -> None:
        self.place, self.plan, self.rng = place, plan, rng
        self.steps: list[Step] = []
        self.officer = rng.choice(place.officers[plan.cell])
        self.wrong: list[str] = []

    def step(self, at: float, command: str, who: Who | None, text: str = "", **given: Any) -> None:
        made: Step = {"at": moment(at), "command": command, **(who or {})}
        if text:
            made["text"] = text
        made.update(given)
        self.steps.append(made)

    def centre(self, role: str = "dispatcher") -> Who:
        return self.place.at(self.place.centre, role)

    def say(self, command: str) -> str:
        return texts.reason(command, self.rng)

    def tell(self) -> list[Step]:
        """All steps as far as the plan goes."""
        plan = self.plan
        if plan.level == "self_solved":
            self.step(plan.reported, "self_solve", self.officer, files=list(plan.before))
            self._archive(plan.reported)
            return self.steps
        self.step(plan.reported, "report", self._reporter(), files=list(plan.before))
        if self._admit() and self._send() and self._handle() and self._verify():
            self._end()
        return self.steps

    def _reporter(self) -> Who:
        if self.plan.source == "officer":
            return self.officer
        if self.plan.source == "resident":
            return {"name": "群众"}
        if self.plan.source in ("hotline", "desk"):
            return self.centre()
        return {"name": "设备接入" if self.plan.source == "device" else "部门推送"}

    # ---- to the office that decides ------------------------------------------------------------------------------

    def _admit(self) -> bool:
        plan, place = self.plan, self.place
        until = plan.accepted if plan.accepted is not None else plan.now
        span = max(until - plan.reported, 0)
        self.by = self.centre()
        if plan.source == "officer":
            self.by = place.at(place.community(plan.cell), "community")
            if plan.accepted is None:
                return False
            if plan.level in ("street", "department"):
                self.step(plan.reported + span * 0.3, "hand_up", self.by, self.say("hand_up"))
                self.by = place.at(place.street(plan.cell), "street")
            if plan.level == "department":
                self.step(plan.reported + span * 0.6, "hand_up", self.by, self.say("hand_up"))
                self.by = self.centre()
        elif plan.checked:
            self.step(plan.reported + span * 0.4, "check", self.by)
            if plan.accepted is None:
                return False
            self.step(plan.accepted, "confirm", self.officer, self.say("confirm"))
            return True
        if plan.accepted is None:
            return False
        self.step(plan.accepted, "accept", self.by, self.say("accept") if self.rng.random() < 0.3 else "")
        return True

    # ---- to the office that handles ------------------------------------------------------------------------------

    def _send(self) -> bool:
        plan, place = self.plan, self.place
        if plan.dispatched is None or plan.accepted is None:
            return False
        self.lead, self.handler = self._lead()
        support: list[str] = []
        if plan.level == "department":
            helper = place.helper(plan.category, self.lead)
            if helper and self.rng.random() < 0.1:
                support = [helper]
        self.support = support
        span, n = plan.dispatched - plan.accepted, 2 * plan.returned + 1
        for turn in range(plan.returned):
            wrong, sent = self._wrong(), plan.accepted + span * (2 * turn + 1) / (n + 1)
            self.step(sent, "dispatch", self.by, department=wrong)
            self.step(
                sent + min(span / (n + 1), SENT_BACK_WITHIN),
                "send_back",
                place.at(wrong, "liaison"),
                self.say("send_back"),
                proposed=self.lead,
            )
        if plan.returned > 1:
            self.step(
                plan.dispatched,
                "designate",
                self.centre("supervisor"),
                self.say("designate"),
                department=self.lead,
                supports=support,
            )
        else:
            self.step(plan.dispatched, "dispatch", self.by, department=self.lead, supports=support)
        return True

    def _lead(self) -> tuple[str, Who]:
        plan, place = self.plan, self.place
        if plan.level == "community":
            code = place.community(plan.cell)
            return code, place.at(code, "community")
        if plan.level == "street":
            code = place.street(plan.cell)
            return code, place.at(code, "street")
        code = place.lead(plan.category, plan.cell, moment(plan.reported))
        return code, place.at(code, "handler")

    def _wrong(self) -> str:
        """A department that the case is sent to by mistake: another one each time."""
        others = [
            o for slug, o in self.place.offices.items()
            if (o, "liaison") in self.place.staff and o != self.lead and o not in self.wrong and slug
        ]  # fmt: skip
        self.wrong.append(others[self.rng.randrange(len(others))])
        return self.wrong[-1]

    # ---- handling ------------------------------------------------------------------------------------------------

    def _handle(self) -> bool:
        plan = self.plan
        if plan.signed is None:
            return False
        self.step(plan.signed, "sign", self.handler)
        until = plan.finished if plan.finished is not None else plan.now
        span = max(until - plan.signed, 0)
        if plan.extended:
            early = plan.signed + min(span * 0.1, 3_600)
            self.step(early, "ask_extension", self.handler, self.say("ask_extension"), amount=2)
            granted = self.centre()
            self.step(
                plan.signed + max(span * 0.15, early - plan.signed),
                "grant_extension",
                granted,
                self.say("grant_extension"),
            )
        if plan.held:
            at = plan.signed + span * 0.3
            until_day = (moment(at) + timedelta(hours=8, days=10)).date().isoformat()
            self.step(at, "ask_hold", self.handler, self.say("hold"), reason=self._why(), until=until_day)
            self.step(plan.signed + span * 0.4, "hold", self.centre())
            if plan.finished is None:
                return False
            self.step(plan.resumed or plan.signed + span * 0.6, "resume", self.handler)
        elif self.rng.random() < 0.25:
            at = plan.signed + span * 0.5
            self.step(at, "note", self.handler, texts.note(self.rng), public=self.rng.random() < 0.5)
        if plan.late and self.rng.random() < 0.6:
            self.step(plan.signed + span * 0.8, "supervise", self.centre("supervisor"), self.say("supervise"))
        if plan.finished is None:
            return False
        for code in self.support:
            self.step(plan.signed + span * 0.85, "support_done", self.place.at(code, "handler"), texts.note(self.rng))
        self._finish(plan.finished, plan.after)
        return True

    def _why(self) -> str:
        return self.rng.choice(("third_party", "weather", "material", "procedure", "funding"))

    def _finish(self, at: float, files: tuple[str, ...] = ()) -> None:
        text = texts.result(self.rng, self.plan.category)
        self.step(at, "finish", self.handler, text, outcome=self.plan.outcome, files=list(files))

    # ---- checking and ending -------------------------------------------------------------------------------------

    def _verify(self) -> bool:
        plan = self.plan
        if plan.finished is None or plan.verified is None:
            return False
        row = self.place.catalogue.categories[plan.category]
        self.checker = self.centre("verifier") if row.verify_mode == "verifier" else self.officer
        span = plan.verified - plan.finished
        if plan.reworked:
            self.step(plan.finished + span * 0.2, "rework", self.checker, self.say("rework"))
            self._finish(plan.finished + span * 0.5)
        if plan.reopened and plan.source not in RATED:
            self.step(plan.finished + span * 0.6, "verify", self.checker, self.say("verify"))
            self.step(plan.finished + span * 0.7, "reopen", self.centre(), self.say("reopen"))
            self._finish(plan.finished + span * 0.9)
        self.step(plan.verified, "verify", self.checker, self.say("verify"))
        return True

    def _end(self) -> None:
        plan = self.plan
        assert plan.verified is not None
        if plan.source not in RATED:
            self._archive(plan.verified)
            return
        if plan.closed is None:
            return
        reporter, span, grade = {"name": "反映人"}, plan.closed - plan.verified, plan.grade
        if grade in (1, 2) or plan.reopened:
            bad = grade if grade in (1, 2) else 2
            said = texts.callback(self.rng, bad)
            self.step(plan.verified + span * 0.3, "redo", reporter, said, grade=bad, channel="portal")
            self._finish(plan.verified + span * 0.7)
            self.step(plan.verified + span * 0.9, "verify", self.checker, self.say("verify"))
            grade = 4 if self.rng.random() < 0.5 else 0
        if grade:
            self.step(plan.closed, "rate", reporter, texts.callback(self.rng, grade), grade=grade, channel="portal")
        else:
            self.step(plan.closed, "default_rating", None)
        self._archive(plan.closed)

    def _archive(self, at: float) -> None:
        if self.plan.archived:
            self.step(at + ARCHIVED_AFTER, "archive", None)


def row(
    place: Place, plan: Plan, rng: random.Random, *, name: str, lng: float, lat: float, seen: float, steps: list[Step]
) -> dict[str, Any]:
    """The event as `import_cases` takes it."""
    title, text = texts.report(rng, plan.category, place.names[plan.cell], plan.source)
    if plan.level == "self_solved":
        text = f"{text}\n现场处置：{texts.result(rng, plan.category, self_solved=True)}"
    made = {
        "client_id": identity(name),
        "category": plan.category,
        "source": plan.source,
        "urgency": place.catalogue.categories[plan.category].urgency,
        "place": plan.cell,
        "lng": round(lng, 6),
        "lat": round(lat, 6),
        "title": title,
        "text": text,
        "seen_at": moment(seen),
        "steps": steps,
    }
    if plan.source == "officer":
        made["reporter"] = steps[0]["account"]
    return made
