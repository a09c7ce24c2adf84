"""A case's history told from outside, walked again through the same table of moves as a living case. Pure Python.

`replay` gives the rows that `services.act` would have left behind, step by step: the two are held together by a test that
walks the same paths through both. What a person of the other system was allowed to do is not asked again; that the step
was possible in that state, with its inputs, by the office that held the case and not by somebody who may not, is.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from wangge.casework import rules, terms
from wangge.casework.told import Case, Extension, Hold, Office, Rating, Step
from wangge.casework.walk import RUNNING, Ground, Walk, iso
from wangge.kernel import flow, workdays
from wangge.kernel.errors import Refusal

FIRST = {"report": terms.State.REPORTED, "self_solve": terms.State.CLOSED}
# A step that another case's step brings about: it is in no table, and nobody can ask for it.
JOINED, LEFT = "support_joined", "support_left"


class BadStep(Refusal):
    """A refusal that says at which step (counted from 1) of the history it arose."""

    def __init__(self, at: int, because: Refusal) -> None:
        super().__init__(
            because.code, because.sentence, field=because.field, value=because.value, status=because.status, step=at
        )
        self.at = at


def replay(ground: Ground, case: Case, steps: Sequence[Step]) -> Case:
    """Walk the steps in the case and give it back with every row they leave; `BadStep` at the first impossible one."""
    if not steps:
        raise BadStep(0, Refusal("no_steps", "没有步骤。每件至少要有登记一步。", field="steps"))
    walk = _Walk(ground, case)
    for number, step in enumerate(steps, 1):
        try:
            walk.take(step, number)
        except Refusal as refusal:
            raise BadStep(number, refusal) from None
    walk.issue_cards(ground.now, None)
    return case


class _Walk(Walk):
    """The steps, one method a command, in the order of `services`."""

    # ---- one step -----------------------------------------------------------------------------------------------

    def take(self, step: Step, number: int) -> None:
        case = self.case
        self._in_time(step)
        step.seq, step.from_state = number, case.state
        step.text = step.text.strip()
        if number == 1:
            self._first(step)
        elif step.command in (JOINED, LEFT):
            self._joined(step)
        else:
            self.issue_cards(step.at, self.since)
            found = flow.move(self.ground.process.moves, case.state, step.command, terms.LABELS)
            self._allowed(found, step)
            case.state = found.to
            effect = _EFFECTS.get(step.command)
            if effect is not None:
                effect(self, step)
            if step.command in terms.HANDLING:
                self.handlers.add(step.who())
            if step.command in ("ask_void", "ask_hold", "ask_extension"):
                self.askers.add(step.who())
        step.to_state = case.state
        if step.command == LEFT:
            return
        step.seq = len(case.steps) + 1
        case.steps.append(step)
        self.since = step.at

    def _in_time(self, step: Step) -> None:
        if step.at.tzinfo is None:
            raise Refusal("no_zone", "时间须带时区，例如 2022-01-31T08:30:00+08:00。", field="at", value=str(step.at))
        if self.since is not None and step.at < self.since:
            raise Refusal("time_order", f"时间 {step.at} 早于上一步 {self.since}。", field="at", value=str(step.at))
        if step.at > self.ground.now:
            raise Refusal("future", f"时间 {step.at} 晚于现在。", field="at", value=str(step.at))

    def _first(self, step: Step) -> None:
        case = self.case
        if step.command not in FIRST:
            raise Refusal("first_step", "第一步须是上报或自行处置。", field="command", value=step.command, status=409)
        if case.seen_at > step.at:
            raise Refusal("time_order", "发现时间晚于登记时间。", field="seen_at", value=str(case.seen_at))
        case.received_at, case.state = step.at, FIRST[step.command]
        if step.command == "self_solve":
            case.outcome, case.finished_at, case.closed_at = "self_solved", step.at, step.at
        else:
            level = self.ground.first_level(case.source)
            case.holder_id = self.ground.offices.grid(level, case.place_code).id
            self.start("accept", step.at)
        step.data |= {"due_at": iso(case.due_at)}

    def _joined(self, step: Step) -> None:
        case = self.case
        if step.command == LEFT:
            case.supporters -= 1
            self.followers.remove(step.given["number"])
            return
        if case.state in terms.FINAL:
            state = terms.STATES[terms.State(case.state)]
            raise Refusal("original_ended", f"主件的状态为“{state}”，不能作为主件。", field="original")
        self.issue_cards(step.at, self.since)
        case.supporters += 1
        self.followers.append(step.given["number"])
        step.data |= {"number": step.given["number"]}

    def _allowed(self, found: flow.Move, step: Step) -> None:
        case = self.case
        entered = {"text": step.text, "reason": step.reason, "files": step.files, **step.given}
        if refusal := flow.missing(found, terms.LABELS, entered):
            raise refusal
        if step.is_system:
            return
        if found.by == ("lead",):
            if step.department_id is None:
                step.department_id = case.lead_id
            if step.department_id != case.lead_id:
                raise Refusal(
                    "not_in_charge",
                    f"“{terms.LABELS.get(step.command, step.command)}”须由主办单位进行。",
                    field="office",
                    status=403,
                )
        if found.by == ("support",) and not any(
            p.role == "support" and p.state in RUNNING and p.department_id == step.department_id
            for p in case.assignments
        ):
            raise Refusal("not_in_charge", "“协办完成”须由协办单位进行。", field="office", status=403)
        for role, people in (("handler", self.handlers), ("asker", self.askers)):
            if role in found.not_by and step.who() in people:
                raise Refusal(
                    "separation_of_duties",
                    f"本件由同一人{terms.LABELS[role]}，“{terms.LABELS.get(step.command, step.command)}”须由其他人员进行。",
                    field="name",
                    value=step.actor_name,
                    status=409,
                )

    # ---- effects, in the order of `services.acts` ---------------------------------------------------------------

    def check(self, step: Step) -> None:
        self.stop(step.at)
        self.case.holder_place = self.case.place_code
        self.start("check", step.at)

    def accept(self, step: Step) -> None:
        case = self.case
        self.stop(step.at)
        case.holder_place = None
        if step.command == "accept" and step.department_id and not step.is_system:
            self.hold_by(step.department_id)
        if (category := step.given.get("category")) and category != case.category:
            self.category(step, str(category))
        if urgency := step.given.get("urgency"):
            if urgency not in terms.URGENCIES:
                raise Refusal("bad_urgency", f"没有紧急程度“{urgency}”。", field="urgency", value=urgency)
            case.urgency = str(urgency)
        self.start("accept", step.at)

    def recategorise(self, step: Step) -> None:
        self.category(step, str(step.given["category"]))
        if changed := self.relimit():
            step.data["limits"] = changed

    def decline(self, step: Step) -> None:
        if step.reason not in terms.DECLINE_REASONS:
            listed = "、".join(terms.DECLINE_REASONS)
            raise Refusal(
                "decline_reason", f"不予受理的原因须为下列之一：{listed}。", field="reason", value=step.reason
            )
        self.stop_all(step.at)
        self.hold_by(None)
        if step.reason in ("not_duty", "outside"):
            self.case.outcome = "not_ours"

    def hand_up(self, step: Step) -> None:
        holder = self.case.holder_id
        upper = self.ground.offices.upper(self.ground.offices.by_id[holder]) if holder else None
        if upper is None:
            raise Refusal("no_upper", "已是区级，没有上级可以上报。", status=409)
        self.stop(step.at)
        self.hold_by(upper.id)
        step.data["to"] = upper.name
        self.start("accept", step.at)

    def hand_down(self, step: Step) -> None:
        case, offices = self.case, self.ground.offices
        lower = offices.named(step.given.get("department", ""))
        area = lower.area()
        above = offices.by_id[case.holder_id].area() if case.holder_id else None
        covers = area is not None and area[0] <= case.place_code <= area[1]
        if area is None or not covers or (above and area[1] - area[0] >= above[1] - above[0]):
            raise Refusal(
                "not_below",
                f"“{lower.name}”不是本件所在地的下级单位。",
                field="department",
                value=lower.code,
            )
        self.stop(step.at)
        self.hold_by(lower.id)
        step.data["to"] = lower.name
        self.start("accept", step.at)

    def dispatch(self, step: Step) -> None:
        case, offices, now = self.case, self.ground.offices, step.at
        lead = offices.named(step.given.get("department", ""))
        supports = [offices.named(code, "supports") for code in step.given.get("supports") or () if code]
        ids = {s.id for s in supports}
        if lead.id in ids or len(ids) < len(supports):
            raise Refusal("lead_is_support", "同一单位不能既主办又协办，也不能重复协办。", field="supports")
        for one, name in ((lead, "department"), *((s, "supports") for s in supports)):
            self.within_reach(one, name)
        sent_by = self.dispatcher() if case.lead_id else case.holder_id
        if case.lead_id:
            self.withdraw_parts(now)
        self.stop_all(now)
        step.data |= {"department": lead.name, "supports": [s.name for s in supports], "by": sent_by}
        if suggested := step.given.get("suggested"):
            step.data["suggested"] = suggested
        self.sent_by = sent_by
        self.give(lead.id, "lead", now)
        case.lead_id = lead.id
        self.hold_by(lead.id)
        for one in supports:
            part = self.give(one.id, "support", now)
            self.start("handle", now, department_id=one.id, part=part)
        case.is_designated = case.is_designated or step.command == "designate"
        self.start("sign", now)

    def within_reach(self, one: Office, name: str) -> None:
        """A department of the district, or a grid office of the place's own tree."""
        area, place = one.area(), self.case.place_code
        fits = area[0] <= place <= area[1] if area else one.place_code // 10**9 == place // 10**9
        if not fits or one.kind == "leader":
            raise Refusal("not_in_tree", f"“{one.name}”不能承办本件。", field=name, value=one.code)

    def sign(self, step: Step) -> None:
        part = self.lead_part()
        part.state, part.signed_at = "handling", step.at
        self.stop(step.at)
        self.start("handle", step.at)

    def send_back(self, step: Step) -> None:
        case, now = self.case, step.at
        latest = self.ground.deadlines.of(self.lead_part().asked_at, terms.RETURN_DAYS, "work_day")[1]
        if refusal := rules.may_return(case.returns, case.is_designated, now, latest):
            raise refusal
        proposed = self.ground.offices.named(step.given.get("proposed", ""), "proposed")
        if proposed.id == case.lead_id:
            raise Refusal("proposed_self", "建议承办单位不能是本单位。", field="proposed", value=proposed.code)
        back_to = self.dispatcher()
        self.withdraw_parts(now, "returned")
        self.stop_all(now)
        self.hold_by(back_to)
        case.returns += 1
        if case.returns >= terms.MAX_RETURNS:
            case.is_supervised = True
        step.data["proposed"] = {"code": proposed.code, "name": proposed.name}
        self.start("accept", now)

    def new_hold(self, step: Step) -> Hold:
        if step.reason not in terms.HOLD_REASONS:
            listed = "、".join(terms.HOLD_REASONS)
            raise Refusal("hold_reason", f"挂起原因须为下列之一：{listed}。", field="reason", value=step.reason)
        raw = step.given.get("until")
        try:
            until = raw if isinstance(raw, date) else date.fromisoformat(str(raw))
        except ValueError:
            raise Refusal("bad_date", f"预计恢复日期“{raw}”不是日期。", field="until", value=str(raw)) from None
        today = step.at.astimezone(workdays.ZONE).date()
        if not today < until <= today + timedelta(days=terms.MAX_HOLD_DAYS):
            raise Refusal(
                "hold_until",
                f"预计恢复日期须在次日起 {terms.MAX_HOLD_DAYS} 日内，现填 {until}。",
                field="until",
                value=str(until),
            )
        if any(h.to_at is None for h in self.case.holds):
            raise Refusal("hold_twice", "本件已有挂起或挂起申请，请先处理。", status=409)
        made = Hold(step.reason, step.text, until, step.actor_id, step.at, asker=step.who())
        self.case.holds.append(made)
        return made

    def ask_hold(self, step: Step) -> None:
        self.new_hold(step)

    def hold(self, step: Step) -> None:
        asked = next((h for h in self.case.holds if h.from_at is None and h.to_at is None), None)
        if asked is None:
            asked = self.new_hold(step)
        elif asked.asker == step.who() and not step.is_system:
            raise Refusal("separation_of_duties", "挂起申请与批准须由不同人员进行。", field="name", status=409)
        asked.from_at = step.at
        step.data |= {"hold_reason": terms.HOLD_REASONS[asked.reason], "until": str(asked.until)}

    def deny_hold(self, step: Step) -> None:
        asked = next((h for h in self.case.holds if h.from_at is None and h.to_at is None), None)
        if asked is None:
            raise Refusal("no_hold", "本件没有待审批的挂起申请。", status=409)
        asked.to_at = step.at
        step.data |= {"hold_reason": terms.HOLD_REASONS[asked.reason], "until": str(asked.until)}

    def resume(self, step: Step) -> None:
        self.handle_clock()
        for one in self.case.holds:
            if one.to_at is None:
                one.to_at = step.at
        for running in self.case.clocks:
            if running.kind == "handle" and running.stopped_at is None:
                self.recompute(running)

    def ask_extension(self, step: Step) -> None:
        handle = self.handle_clock()
        raw = step.given.get("amount")
        if not str(raw).isdigit():
            raise Refusal("bad_amount", f"延长天数“{raw}”不是整数。", field="amount", value=raw)
        amount = int(str(raw))
        granted = [e.amount for e in self.case.extensions if e.granted]
        if refusal := rules.may_extend(len(granted), sum(granted), amount, step.at, handle.due_at):
            raise refusal
        if any(e.granted is None and e.clock is handle for e in self.case.extensions):
            raise Refusal("extension_twice", "本件已有一项延期申请待审批。", status=409)
        self.case.extensions.append(Extension(handle, amount, step.text, step.actor_id, step.at, asker=step.who()))
        step.data["amount"] = amount

    def decide_extension(self, step: Step) -> None:
        asked = next((e for e in self.case.extensions if e.granted is None), None)
        if asked is None:
            raise Refusal("no_extension", "本件没有待审批的延期申请。", status=409)
        if asked.asker == step.who() and not step.is_system:
            raise Refusal("separation_of_duties", "延期申请与审批须由不同人员进行。", field="name", status=409)
        asked.granted, asked.decided_by, asked.decided_at = step.command == "grant_extension", step.actor_id, step.at
        if asked.granted:
            asked.clock.extended_days += asked.amount
            self.recompute(asked.clock)
        step.data["amount"] = asked.amount
        step.is_public = asked.granted

    def support_done(self, step: Step) -> None:
        only = None
        if step.command == "support_done":
            only = step.department_id
        elif code := step.given.get("department"):
            only = self.ground.offices.named(code).id
        parts = [
            p
            for p in self.case.assignments
            if p.role == "support" and p.state in RUNNING and only in (None, p.department_id)
        ]
        if not parts:
            raise Refusal("no_support", "没有待完成的协办单位。", field="department", status=409)
        for part in parts:
            part.state, part.done_at = "done" if step.command == "support_done" else "waived", step.at
            self.stop(step.at, part=part)

    def finish(self, step: Step) -> None:
        case, now = self.case, step.at
        waiting = [p for p in case.assignments if p.role == "support" and p.state in RUNNING]
        if waiting:
            names = "、".join(self.ground.offices.by_id[p.department_id].short for p in waiting)
            raise Refusal("support_open", f"协办单位尚未完成：{names}。", status=409)
        outcome = str(step.given.get("outcome") or "resolved")
        if outcome not in terms.RESULTS:
            raise Refusal("unknown_outcome", f"办理结果“{outcome}”不在列表中。", field="outcome", value=outcome)
        back_to = self.dispatcher()
        part = self.lead_part()
        part.state, part.done_at = "done", now
        self.undecided(now)
        self.stop(now)
        case.outcome, case.finished_at = outcome, now
        by_officer = self.ground.process.verify_by(self.matter()) == "officer"
        self.hold_by(back_to, case.place_code if by_officer else None)
        step.data["outcome"] = terms.OUTCOMES[outcome]
        step.is_public = True
        self.start("verify", now)

    def verify(self, step: Step) -> None:
        case = self.case
        self.stop(step.at)
        self.hold_by(None)
        if case.source in self.ground.process.rated_sources:
            self.start("rate", step.at)
        else:
            case.state = terms.State.CLOSED
            self.close(step)

    def close(self, step: Step) -> None:
        if step.command == "default_rating" and not step.is_system and self.case.due_at and step.at < self.case.due_at:
            raise Refusal("rating_open", "评价期限未满，还不能按逾期未评价结案。", field="at", status=409)
        self.grade(step)
        self.stop_all(step.at)
        self.hold_by(None)
        self.case.closed_at = step.at
        if step.command == "close" and self.case.finished_at is None:
            self.case.outcome, self.case.finished_at = "self_solved", step.at
            step.data["outcome"] = terms.OUTCOMES[self.case.outcome]

    def grade(self, step: Step) -> None:
        given = step.given.get("grade")
        if given in (None, ""):
            return
        grade = int(given) if str(given).isdigit() else 0
        if grade not in terms.GRADES:
            raise Refusal("bad_grade", f"评价等级“{given}”不是 1 至 5。", field="grade", value=given)
        case = self.case
        around = case.redone + case.reworks
        if any(r.round == around for r in case.ratings):
            raise Refusal("one_rating_a_service", "这次办理已经评价过，每次办理只能评价一次。", field="grade")
        channel = str(step.given.get("channel") or "legacy")[:20]
        case.ratings.append(Rating(around, grade, step.text[:500], step.at, channel))
        case.grade = grade
        step.data["grade"] = terms.GRADES[grade]

    def archive(self, step: Step) -> None:
        if self.case.closed_at and (refusal := rules.may_archive(self.case.closed_at, step.at)):
            raise refusal

    def again(self, step: Step) -> None:
        case, now = self.case, step.at
        if case.closed_at and (refusal := rules.may_reopen(case.closed_at, now)):
            raise refusal
        self.grade(step)
        if step.command == "rework":
            case.reworks += 1
            case.is_supervised = case.is_supervised or case.reworks >= terms.REWORKS_TO_ESCALATE
        else:
            case.redone += 1
        last = next((p for p in reversed(case.assignments) if p.role == "lead"), None)
        if last is None:
            case.state = terms.State.ACCEPTED
            self.stop_all(now)
            self.hold_by(self.ground.offices.grid("centre", case.place_code).id)
            case.closed_at, case.outcome = None, ""
            self.start("accept", now)
            return
        part = self.give(last.department_id, "lead", now)
        part.state, part.signed_at = "handling", now
        self.stop_all(now)
        case.lead_id = last.department_id
        self.hold_by(last.department_id)
        case.closed_at, case.outcome = None, ""
        self.start("handle", now, share=0.5 if step.command == "rework" else 1)

    def merge(self, step: Step) -> None:
        case, now = self.case, step.at
        original = step.given["original"]
        if original == case.client_id:
            raise Refusal("own_original", "不能合并到本件自身。", field="original", value=str(original))
        if original not in self.ground.numbers:
            raise Refusal("unknown_original", f"文件中没有主件“{original}”。", field="original", value=str(original))
        if self.ground.secret.get(original, False) != case.is_secret:
            raise Refusal("secrecy_differs", "两件的保密要求不同，不能合并。", field="original", value=str(original))
        step.data |= {
            "original": self.ground.numbers[original],
            "due_at": iso(case.due_at),
            "followers": list(self.followers),
        }
        self.withdraw_parts(now)
        self.stop_all(now)
        self.hold_by(None)
        case.merged_into, case.outcome = original, "duplicate"

    def split(self, step: Step) -> None:
        case = self.case
        assert case.merged_into is not None
        step.data["original"] = self.ground.numbers[case.merged_into]
        case.merged_into, case.outcome = None, ""
        self.hold_by(self.ground.offices.grid("centre", case.place_code).id)
        self.start("accept", step.at)

    def ask_void(self, step: Step) -> None:
        self.void_asked = True

    def void(self, step: Step) -> None:
        if not self.void_asked:
            raise Refusal("void_not_asked", "作废须先由一人申请，再由另一人批准。", status=409)
        if self.case.ratings:
            raise Refusal("void_rated", "本件已有群众评价，不能作废。", status=409)
        if self.followers:
            raise Refusal("has_followers", "有其他件合并在本件上，不能作废。", status=409)
        self.withdraw_parts(step.at)
        self.stop_all(step.at)
        self.hold_by(None)

    def urge(self, step: Step) -> None:
        self.case.urged += 1

    def supervise(self, step: Step) -> None:
        self.case.is_supervised = True


_EFFECTS: dict[str, Any] = {
    "check": _Walk.check,
    "confirm": _Walk.accept,
    "accept": _Walk.accept,
    "recategorise": _Walk.recategorise,
    "refute": _Walk.decline,
    "decline": _Walk.decline,
    "hand_up": _Walk.hand_up,
    "hand_down": _Walk.hand_down,
    "dispatch": _Walk.dispatch,
    "designate": _Walk.dispatch,
    "sign": _Walk.sign,
    "send_back": _Walk.send_back,
    "ask_hold": _Walk.ask_hold,
    "hold": _Walk.hold,
    "deny_hold": _Walk.deny_hold,
    "resume": _Walk.resume,
    "ask_extension": _Walk.ask_extension,
    "grant_extension": _Walk.decide_extension,
    "deny_extension": _Walk.decide_extension,
    "support_done": _Walk.support_done,
    "waive_support": _Walk.support_done,
    "finish": _Walk.finish,
    "verify": _Walk.verify,
    "rate": _Walk.close,
    "default_rating": _Walk.close,
    "close": _Walk.close,
    "archive": _Walk.archive,
    "rework": _Walk.again,
    "redo": _Walk.again,
    "reopen": _Walk.again,
    "merge": _Walk.merge,
    "split": _Walk.split,
    "ask_void": _Walk.ask_void,
    "void": _Walk.void,
    "urge": _Walk.urge,
    "supervise": _Walk.supervise,
}
