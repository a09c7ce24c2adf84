"""Everything the case page, the console's panel and the printed form say about one case."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wangge.casework import queries as casework
from wangge.casework import terms
from wangge.desk.queries.lists import holder_of, rows
from wangge.events import queries as events
from wangge.identity import queries as identity
from wangge.kernel import clock, files
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.workdays import UNIT_NAMES
from wangge.territory import queries as territory


@dataclass(frozen=True, slots=True)
class Picture:
    """A file of a step as the page shows it."""

    url: str
    thumb: str
    name: str
    note: str = ""

    @property
    def original(self) -> str:
        """Where the untouched file is asked for, with a reason."""
        return self.url.replace("?", "/original?", 1)


def _picture(case: Any, one: Any) -> Picture:
    base, query = f"/desk/files/{one.sha256}", f"?case={case.number}"
    return Picture(base + query, f"{base}/thumb{query}" if one.is_image else "", one.original_name)


_AFTER = {"finish", "support_done", "self_solve", "verify"}
_DATA_WORDS = {
    "department": "主办",
    "supports": "协办",
    "to": "转至",
    "outcome": "结果",
    "grade": "评价",
    "until": "预计恢复",
    "hold_reason": "挂起原因",
    "amount": "延期工作日",
    "original": "主件",
    "due_at": "",
    "by": "",
    "suggested": "",
}


def said(step: Any) -> list[str]:
    """What a step recorded beside its words, as short phrases."""
    phrases = []
    reasons = {**terms.DECLINE_REASONS, **terms.HOLD_REASONS}
    if step.reason:
        phrases.append(f"原因：{reasons.get(step.reason, step.reason)}")
    for key, value in (step.data or {}).items():
        word = _DATA_WORDS.get(key)
        if key == "category" and isinstance(value, dict):
            phrases.append(f"类别定为：{value.get('name') or value.get('to')}")
        elif key == "proposed" and isinstance(value, dict):
            phrases.append(f"建议由{value.get('name')}承办")
        elif word and value not in (None, "", []):
            text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
            phrases.append(f"{word}：{text}")
    suggested = (step.data or {}).get("suggested")
    if suggested and suggested != "chosen":
        phrases.append("按职责清单建议派遣" if suggested == "taken" else f"职责清单建议：{suggested}")
    return phrases


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of the timeline as it is printed."""

    step: Any
    name: str
    who: str
    said: list[str]
    pictures: list[Picture]


def timeline(actor: Actor, case: Any) -> list[Entry]:
    """The steps of a case, newest first."""
    steps = casework.steps(actor, case)
    offices = {d.pk: d.short for d in identity.departments(actor, within=case.district_code)}
    known = files.find_many({h for s in steps for h in s.files})
    entries = []
    for s in steps:
        office = offices.get(s.department_id or 0, "")
        who = " ".join(filter(None, [s.actor_name, s.post_name or office]))
        shown = [_picture(case, known[h]) for h in s.files if h in known]
        entries.append(Entry(s, terms.COMMANDS.get(s.command, s.command), who, said(s), shown))
    return entries


def before_after(entries: Sequence[Entry]) -> tuple[list[Picture], list[Picture]]:
    """The photos of the matter as reported, and those taken when it was done; oldest first."""
    before: dict[str, Picture] = {}
    after: dict[str, Picture] = {}
    for entry in reversed(entries):
        for one in entry.pictures:
            (after if entry.step.command in _AFTER else before).setdefault(one.url, one)
    return list(before.values()), list(after.values())


@dataclass(frozen=True, slots=True)
class Explained:
    """A clock of the case, its limit in words, how it stands, and the sentences that lead to its due date."""

    clock: Any
    name: str
    limit: str
    office: str
    lines: list[str]


def explained(actor: Actor, case: Any) -> list[Explained]:
    """Every clock of the case, the running ones first."""
    found = []
    for one, lines in casework.explain(actor, case):
        unit = {str(k): v for k, v in UNIT_NAMES.items()}.get(one.unit, one.unit)
        office = one.assignment.department.short if one.assignment_id and one.assignment else ""
        name = ("协办" if office else "") + terms.CLOCKS.get(one.kind, one.kind)
        found.append(Explained(one, name, f"{one.amount} {unit}", office, lines))
    return sorted(found, key=lambda e: (e.clock.stopped_at is not None, -e.clock.pk))


def barriers(actor: Actor, case: Any, possible: Iterable[str]) -> list[tuple[str, str]]:
    """`(verb, sentence)` for every command that a person might look for and cannot take now."""
    taken = set(possible)
    found: list[tuple[bool, str, str]] = []
    hidden = {"archive", "default_rating", "close", "report", "self_solve"}
    standing = casework.standing(case)
    for command in casework.commands_of(case):
        if command in taken or command in hidden:
            continue
        refusal = casework.barrier(actor, case, command, standing)
        sentence = refusal.sentence if refusal else _WAITING.get(command, "目前还不具备条件。")
        by_state = refusal is not None and refusal.code == "illegal_move"
        # What is possible instead stands above as buttons; here the first half of the sentence is enough.
        found.append((by_state, terms.COMMANDS.get(command, command), sentence.partition("此时可以执行")[0]))
    return [(verb, sentence) for _, verb, sentence in sorted(found, key=lambda f: f[0])]


_WAITING = {
    "ask_hold": "已有挂起申请待审批。",
    "hold": "挂起申请由您提出，须由其他人员批准。",
    "deny_hold": "没有待审批的挂起申请。",
    "ask_extension": "已有延期申请待审批，或已到期、延期次数和天数已满。",
    "grant_extension": "没有待审批的延期申请，或申请由您提出。",
    "deny_extension": "没有待审批的延期申请，或申请由您提出。",
    "send_back": "已过退回期限，或本件已指定承办，不能再退回。",
    "hand_up": "已是区级，没有上级可以上报。",
    "reopen": "结案已久，不能重开。请作为新件登记，并注明原编号。",
    "redo": "结案已久，不能重办。请作为新件登记，并注明原编号。",
    "rate": "这次办理已经评价过。",
    "void": "须先由办理单位申请作废，再由另一人批准；已有评价的件不能作废。",
    "waive_support": "没有尚未完成的协办单位。",
}


def verbs(actor: Actor, case: Any) -> list[tuple[str, str]]:
    """`(command, verb)` that this person may take now; what the system does by itself is left out."""
    by_system = {"default_rating", "archive"}
    return [(c, terms.COMMANDS.get(c, c)) for c in casework.allowed(actor, case) if c not in by_system]


def case_page(actor: Actor, number: str) -> dict[str, Any]:
    """Everything the case page and the printed form show. `NotHere` outside the actor's scope."""
    case = casework.get(actor, number)
    entries = timeline(actor, case)
    before, after = before_after(entries)
    possible = verbs(actor, case)
    row = rows([case])[0]
    return {
        "case": case,
        "row": row,
        "entries": entries,
        "before": before,
        "after": after,
        "verbs": possible,
        "barriers": barriers(actor, case, [c for c, _ in possible]),
        "clocks": explained(actor, case),
        "total": casework.total(actor, case) if case.state in map(str, terms.OPEN) else None,
        "parts": casework.parts(actor, case),
        "cards": casework.cards(actor, case),
        "ratings": casework.ratings(actor, case),
        "followers": casework.followers(actor, case),
        "nearby": casework.others_nearby(actor, case) if case.state not in ("merged", "void") else [],
        "pending_hold": casework.pending_hold(case),
        "pending_extension": casework.pending_extension(case),
        "reporter": events.has_reporter(actor, case),
        "category": row.category,
        "urgency": terms.URGENCIES.get(case.urgency, case.urgency),
        "source": terms.SOURCES.get(case.source, case.source),
        "outcome": terms.OUTCOMES.get(case.outcome, ""),
    }


def suggestion(actor: Actor, case: Any) -> dict[str, Any] | None:
    """The office the duty list names for the case: code, name and reason; None when the district has no duty list."""
    try:
        found = events.suggest_handler(actor, case)
    except Refusal as refusal:
        return {"code": None, "name": "", "reason": refusal.sentence}
    name = ""
    if found.department_code:
        name = identity.department(found.department_code).name
    return {"code": found.department_code, "name": name, "reason": found.reason}


def printed_form(actor: Actor, page: dict[str, Any]) -> dict[str, Any]:
    """The data of 网格事件办理单: facts, every step oldest first, clocks, in texts only."""
    case = page["case"]
    try:
        district = identity.district(case.place_code)
        title, phone = f"{district.name}网格事件办理单", district.supervision_phone
    except NotHere:
        title, phone = "网格事件办理单", ""
    return {
        "title": title,
        "phone": phone,
        "number": case.number,
        "printed_by": " ".join(filter(None, [actor.name, actor.post_name])),
        "printed_at": clock.now(),
        "matter": case.text,
        "case_title": case.title,
        "pairs": [
            ["类别", page["category"]],
            ["来源", page["source"]],
            ["地点", territory.path_of(case.place_code)],
            ["网格编码", str(case.place_code)],
            ["坐标", f"{case.lng:.6f}，{case.lat:.6f}"],
            ["紧急程度", page["urgency"]],
            ["发现时间", case.seen_at],
            ["收件时间", case.received_at],
            ["状态", case.get_state_display()],
            ["在谁处", holder_of(case)],
            ["主办单位", case.lead.name if case.lead else "—"],
            ["办理结果", page["outcome"] or "—"],
            ["退回次数", str(case.returns)],
            ["返工次数", str(case.reworks)],
            ["督办牌", case.get_card_display() or "无"],
            ["评价", terms.GRADES.get(case.grade or 0, "—")],
        ],
        "clocks": [
            [
                e.name + (f"（{e.office}）" if e.office else ""),
                e.limit,
                clock.local(e.clock.started_at).strftime("%Y-%m-%d %H:%M"),
                clock.local(e.clock.due_at).strftime("%Y-%m-%d %H:%M"),
                clock.local(e.clock.stopped_at).strftime("%Y-%m-%d %H:%M") if e.clock.stopped_at else "计时中",
            ]
            for e in page["clocks"]
        ],
        "steps": [
            [
                str(e.step.seq),
                clock.local(e.step.at).strftime("%Y-%m-%d %H:%M"),
                e.who,
                e.name,
                "\n".join(
                    filter(None, [e.step.text, "；".join(e.said), f"附件 {len(e.pictures)} 个" if e.pictures else ""])
                ),
            ]
            for e in reversed(page["entries"])
        ],
    }
