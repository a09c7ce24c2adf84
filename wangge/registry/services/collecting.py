"""The inside of collecting: each part of an act by itself, taken over, found equal, or kept for a decision. Never lost.

A part runs in a savepoint of its own. What a rule refuses, what somebody else changed first and what lies out of reach become
rows of `CollectionDifference` with the officer's value sealed in them.
"""

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid5

import msgspec
from django.db import transaction

from wangge.kernel import bulk, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.sealed import Sealer
from wangge.kernel.web import as_refusal
from wangge.registry.models import CollectionDifference, HouseholdMember, Person, PersonChange, Residence, Visit
from wangge.registry.queries.doors import holds, plain
from wangge.registry.queries.dwellings import open_rental
from wangge.registry.queries.persons import current_values
from wangge.registry.rules import collection as rules
from wangge.registry.rules.people import TITLES
from wangge.registry.services import campaigns, households, moves, people, places, rentals

_REASONS = {"exists": "exists", "maybe_same": "maybe_same", "not_found": "not_here"}


@dataclass(slots=True)
class Work:
    """One act being carried out. `before` is what the act that this one replaces had done, by person and by new one's id."""

    actor: Actor
    visit: Visit
    day: date
    dwelling: int | None = None
    steps_before: dict[str, int] = field(default_factory=dict)
    people_before: dict[str, int] = field(default_factory=dict)
    keeps: bool = True
    results: list[dict[str, Any]] = field(default_factory=list)
    people: dict[str, int] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)

    def note(self, part: rules.Part | None, name: str, result: str, sentence: str = "") -> None:
        """One line of the outcome. No value of a field ever stands in it."""
        self.results.append(
            {
                "person": part.person if part else None,
                "client": str(part.client) if part and part.client else None,
                "field": name,
                "title": {**TITLES, "answer": "专项任务"}.get(name, "") or (rules.PARTS[part.does] if part else "房屋"),
                "result": result,
                "sentence": sentence,
            }
        )

    def count(self, *results: str) -> int:
        return sum(1 for r in self.results if r["result"] in results)

    def carry_out(self, part: rules.Part) -> None:
        """One part in a savepoint: its results, or the whole part kept for a decision."""
        fault = rules.faults(part)
        if fault:
            return self.wait(part, "*", "refused", fault)
        done = len(self.results)
        try:
            with transaction.atomic():
                getattr(self, f"_{part.does}")(part)
                for campaign, values in part.answers.items():
                    self.answer(part, campaign, values)
                self._remember(part)
        except Exception as error:
            refusal = as_refusal(error)
            if refusal is None:
                raise
            del self.results[done:]
            self.wait(part, "*", _REASONS.get(refusal.code, "refused"), refusal.sentence)

    # --- people --------------------------------------------------------------------------------------------------------

    def _person(self, part: rules.Part) -> Person:
        """The record, locked. Raises `NotHere` when it is not in reach, not here any more, or was merged into another."""
        found = Person.objects.select_for_update(of=("self",)).filter(pk=part.person or 0, state="active").first()
        if found is None:
            raise NotHere("人员档案")
        return found

    def _changed(self, person: Person, part: rules.Part) -> tuple[set[str], bool]:
        """Fields that somebody changed after the officer's copy was made (changes of the act this one replaces do not count),
        and whether the history names them all: a step without its changes was made by a bulk job."""
        seen = max(part.step, self.steps_before.get(str(person.pk), 0))
        if person.step == seen:
            return set(), True
        since = PersonChange.objects.filter(person=person, step__gt=seen).values_list("field", "step")
        return {name for name, _ in since}, len({step for _, step in since}) == person.step - seen

    def _same(self, part: rules.Part) -> None:
        person = self._person(part)
        changed, whole = self._changed(person, part)
        self._verify(part, person, changed if whole else set(rules.FIELDS), {})

    def _verify(self, part: rules.Part, person: Person, changed: set[str], waiting: dict[str, str]) -> None:
        """Every field held is verified with the day of the act, but for those the officer saw an older value of."""
        held = _held(person)
        shown = [k for k in rules.FIELDS if held.get(k)]
        unseen = (changed | set(waiting)) & set(shown)
        kept = [k for k in shown if k not in unseen]
        people.verify(actor=self.actor, person_id=person.pk, fields=kept if unseen else None, on=self.day)
        done = {r["field"] for r in self.results if r["person"] == person.pk}
        for name in kept:
            if name not in done:
                self.note(part, name, "verified")
        for name in sorted(unseen - set(waiting) - done):
            self.note(part, name, "skipped", "他人已先更新，本次未核实。请按新内容再核实一次。")

    def _change(self, part: rules.Part, known: bool = False) -> None:
        """`known`: entered as somebody new, but the record exists and the officer has not seen what it holds."""
        person = self._person(part)
        held = _held(person)
        changed, whole = (set[str](), True) if known else self._changed(person, part)
        doubtful = changed if whole else changed | rules.SEALED
        taken: dict[str, str] = {}
        waiting: dict[str, str] = {}
        for name, value in sorted(part.changes.items()):
            given, has = value.strip(), held.get(name, "")
            seen = part.seen.get(name) if not known else ""
            verdict = rules.judge(name, given, has, seen, name in doubtful or (known and bool(has)))
            if verdict == "take":
                taken[name] = given
            elif verdict == "differ":
                waiting[name] = given
        refused = self._update(part, person, taken)
        for name, given in waiting.items():
            self.wait(
                part,
                name,
                "changed",
                "他人已先更新这一项，您填写的内容已保留，等待核定。",
                held.get(name, ""),
                given,
                person,
            )
        for name, (given, reason, sentence) in refused.items():
            self.wait(part, name, reason, sentence, held.get(name, ""), given, person)
        person.refresh_from_db()
        unseen = changed if whole else set(rules.FIELDS) - set(taken)
        self._verify(part, person, unseen, waiting | dict.fromkeys(refused, ""))

    def _update(self, part: rules.Part, person: Person, taken: dict[str, str]) -> dict[str, tuple[str, str, str]]:
        """Take over what the rules allow; {field: (value, reason, sentence)} of what they refuse."""
        refused: dict[str, tuple[str, str, str]] = {}
        while taken:
            try:
                with transaction.atomic():
                    people.update(
                        actor=self.actor,
                        person_id=person.pk,
                        changes=taken | ({"id_type": part.id_type} if part.id_type and "id_number" in taken else {}),
                        seen_step=None,
                        source=rules.SOURCE,
                        from_on=self.day,
                        on=self.day,
                    )
                break
            except Refusal as refusal:
                taken = _without_faults(taken, refusal, refused)
        for name in taken:
            self.note(part, name, "taken")
        return refused

    def _add(self, part: rules.Part) -> None:
        known = self.people_before.get(str(part.client))
        if known is not None:
            part.person, part.step = known, self.steps_before.get(str(known), 0)
            self.people[str(part.client)] = known
            return self._change(part)
        values: dict[str, str] = {k: v.strip() for k, v in part.changes.items() if v.strip()}
        refused: dict[str, tuple[str, str, str]] = {}
        while True:
            try:
                with transaction.atomic():
                    person = self._register(part, values)
                break
            except Refusal as refusal:
                if refusal.code == "exists" and refusal.data.get("person_id"):
                    return self._found(part, refusal.data["person_id"])
                if refusal.code in _REASONS or "name" not in (left := _without_faults(values, refusal, refused)):
                    raise
                values = left
        part.person = person.pk
        self.people[str(part.client)] = person.pk
        self._join(part, person)
        self.note(part, "*", "added")
        for name, (given, reason, sentence) in refused.items():
            self.wait(part, name, reason, sentence, "", given, person)

    def _register(self, part: rules.Part, values: dict[str, str]) -> Person:
        return people.register(
            actor=self.actor,
            values=values | ({"id_type": part.id_type} if part.id_type and "id_number" in values else {}),
            place_code=self.visit.place_code,
            source=rules.SOURCE,
            dwelling_id=self.dwelling,
            residence=part.residence,
            since=part.on or self.day,
            sure_is_new=part.sure_is_new,
            on=self.day,
        )

    def _found(self, part: rules.Part, person_id: int) -> None:
        """Entered as new, but on record in the officer's own reach: they live here now, and empty fields are filled."""
        part.person = person_id
        self.people[str(part.client)] = person_id
        person = self._person(part)
        here = Residence.objects.filter(holds(self.day), person=person, dwelling_id=self.dwelling, is_main=True)
        if self.dwelling is not None and not here.exists():
            places.settle(
                actor=self.actor,
                person_id=person_id,
                dwelling_id=self.dwelling,
                kind=part.residence,
                since=part.on or self.day,
                source=rules.SOURCE,
            )
        self.note(part, "*", "ended", "本网格已有这个人的档案，已改为住在这里，没有重复建档。")
        part.step = person.step
        self._change(part, known=True)

    def _join(self, part: rules.Part, person: Person) -> None:
        if part.household == 0:
            households.make_household(
                actor=self.actor,
                place_code=self.visit.place_code,
                head_id=person.pk,
                dwelling_id=self.dwelling,
                since=self.day,
                source=rules.SOURCE,
            )
        elif part.household and part.relation:
            households.join_household(
                actor=self.actor,
                household_id=part.household,
                person_id=person.pk,
                relation=part.relation,
                since=part.on or self.day,
                source=rules.SOURCE,
            )

    def _left(self, part: rules.Part) -> None:
        person, until = self._person(part), min(part.on or self.day, self.day)
        rows = Residence.objects.filter(holds(self.day), person=person).order_by("pk")
        here = list(rows.filter(dwelling_id=self.dwelling) if self.dwelling else rows)
        member = HouseholdMember.objects.filter(holds(self.day), person=person).exists()
        if not here and not member:
            raise Refusal("no_residence", "这个人没有登记居住地，无法登记搬走。请选择迁出本区，或在电脑上申请移交。")
        for row in here:
            places.leave(actor=self.actor, person_id=person.pk, row_id=row.pk, until=until, reason=part.note)
        if member and not here:
            households.leave_household(actor=self.actor, person_id=person.pk, until=until, reason=part.note)
        self.note(part, "*", "ended")

    def _departed(self, part: rules.Part) -> None:
        self._person(part)
        moves.depart(
            actor=self.actor, person_id=part.person or 0, on=min(part.on or self.day, self.day), reason=part.note
        )
        self.note(part, "*", "ended")

    def _died(self, part: rules.Part) -> None:
        self._person(part)
        moves.die(
            actor=self.actor, person_id=part.person or 0, on=min(part.on or self.day, self.day), source=rules.SOURCE
        )
        self.note(part, "*", "ended")

    def _remember(self, part: rules.Part) -> None:
        if part.person is not None:
            step = Person.objects.filter(pk=part.person).values_list("step", flat=True).first()
            if step is not None:
                self.steps[str(part.person)] = step

    def answer(self, part: rules.Part, campaign: str, values: dict[str, str]) -> None:
        """Answers to a campaign's own questions. What cannot be taken (it ended meanwhile) holds nothing else up."""
        try:
            if part.person is None or not campaign.isdecimal():
                raise Refusal("bad_campaign", "专项任务的编号不正确。请更新手机上的内容后再填。")
            with transaction.atomic():
                campaigns.answer(
                    actor=self.actor,
                    campaign_id=int(campaign),
                    person_id=part.person,
                    values=values,
                    client_id=uuid5(self.visit.client_id, f"{campaign}:{part.person}"),
                )
            self.note(part, "answer", "taken", "专项任务的答复已记录。")
        except Refusal as refusal:
            if not self.keeps:
                raise
            person = Person.objects.filter(pk=part.person or 0).first()
            body = {"label": part.label, "part": _as_json(part), "campaign": campaign, "answers": values}
            self._keep(person, "answer", "refused", refusal.sentence, body)
            self.note(part, "answer", "waiting", refusal.sentence)

    # --- the dwelling -----------------------------------------------------------------------------------------------------

    def home(self, seen: rules.Home) -> None:
        """What the officer saw of the dwelling: let or not, hazards or none."""
        assert self.dwelling is not None
        try:
            with transaction.atomic():
                self._rental(self.dwelling, seen)
        except Refusal as refusal:
            self._keep(None, "*", "refused", refusal.sentence, {"label": "房屋情况", "home": _as_json(seen)})
            self.note(None, "*", "waiting", refusal.sentence)

    def _rental(self, dwelling: int, seen: rules.Home) -> None:
        held = open_rental(dwelling, self.day)
        if seen.is_rented is False and held is not None:
            rentals.end_rental(actor=self.actor, rental_id=held.pk, until=self.day, reason="入户核实，已不出租")
            self.note(None, "*", "ended", "已登记不再出租。")
        elif seen.is_rented and held is None:
            values = {"landlord_name": seen.landlord, "landlord_phone": seen.landlord_phone}
            rentals.begin_rental(
                actor=self.actor,
                dwelling_id=dwelling,
                values={k: v for k, v in values.items() if v},
                since=self.day,
                source=rules.SOURCE,
            )
            self.note(None, "*", "taken", "已登记为出租房屋。")
        if seen.hazards:
            rentals.report_hazard(
                actor=self.actor,
                dwelling_id=dwelling,
                codes=seen.hazards,
                text=seen.note,
                seen_at=self.visit.seen_at,
                client_id=self.visit.client_id,
            )
            self.note(None, "*", "taken", "隐患已登记，并转为事件办理。")

    # --- what waits ---------------------------------------------------------------------------------------------------------

    def wait(
        self,
        part: rules.Part,
        name: str,
        reason: str,
        sentence: str,
        held: str = "",
        given: str = "",
        person: Person | None = None,
    ) -> None:
        """Keep the officer's value for a decision. While one is being decided (`keeps` False) the refusal comes back instead."""
        if not self.keeps:
            raise Refusal(reason, sentence, status=409)
        body: dict[str, Any] = {"label": part.label or part.changes.get("name", "")}
        if name == "*":
            body |= {"part": _as_json(part), "dwelling": self.dwelling}
            here = Person.objects.filter(pk=part.person).first() if part.person else None
            person = person or here
        else:
            body |= {"held": held, "given": given}
        self._keep(person, name, reason, sentence, body)
        self.note(part, name, "waiting", sentence)

    def _keep(self, person: Person | None, name: str, reason: str, sentence: str, body: dict[str, Any]) -> None:
        (number,) = bulk.new_ids("registry_collectiondifference", 1)
        sealer = Sealer("people")
        CollectionDifference.objects.create(
            pk=number,
            place_code=self.visit.place_code,
            visit=self.visit,
            person=person,
            field=name,
            reason=reason,
            sentence=sentence[:300],
            sealed=sealer.seal(json.dumps(body, ensure_ascii=False), f"difference:{number}"),
            key_version=sealer.version,
            made_at=clock.now(),
            by_id=self.actor.id,
            by=self.actor.name,
        )


def _held(person: Person) -> dict[str, str]:
    """Every field that is asked at a door, as text, the sealed ones opened."""
    known = current_values(person)
    return {k: plain(known[k]) for k in rules.FIELDS}


def _without_faults(
    values: dict[str, str], refusal: Refusal, refused: dict[str, tuple[str, str, str]]
) -> dict[str, str]:
    """The values without those the refusal names, which are noted in `refused`. Raises it again when it names none."""
    said: list[tuple[str, str]] = [tuple(f) for f in refusal.data.get("faults", [])] or [
        (refusal.field or "", refusal.sentence)
    ]
    named = {name: sentence for name, sentence in said if name in values}
    # A fault of the document that names another field (its type, or that it is taken) is the number's.
    if not named and "id_number" in values and (refusal.code == "exists" or refusal.field in ("id_type", "id_number")):
        named = {"id_number": refusal.sentence}
    if not named:
        raise refusal
    for name, sentence in named.items():
        refused[name] = (values[name], _REASONS.get(refusal.code, "refused"), sentence)
    return {k: v for k, v in values.items() if k not in named}


def _as_json(one: rules.Part | rules.Home) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(one)
    return found
