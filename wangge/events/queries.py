"""Reads of events: the catalogue in force, limits, suggestions, and figures' base queries."""

import time
from datetime import date
from typing import Any

from django.db import connection

from wangge.casework import queries as casework
from wangge.casework import terms
from wangge.events import catalogue as data
from wangge.events import rules, suggest
from wangge.events.alarms.queries import alarm as alarm
from wangge.events.alarms.queries import alarm_kinds as alarm_kinds
from wangge.events.alarms.queries import alarm_of_case as alarm_of_case
from wangge.events.alarms.queries import alarms as alarms
from wangge.events.alarms.queries import alarms_in as alarms_in
from wangge.events.alarms.queries import alarms_waiting as alarms_waiting
from wangge.events.alarms.queries import device_users as device_users
from wangge.events.alarms.queries import phone_alarms as phone_alarms
from wangge.events.alarms.queries import silent_minutes as silent_minutes
from wangge.events.catalogue import Catalogue as Catalogue
from wangge.events.catalogue import Category as Category
from wangge.events.models import CatalogueVersion, Event, Reporter
from wangge.identity import queries as identity
from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.workdays import Limit

_RECHECK_SECONDS = 1.0
_OFFICE_SECONDS = 30.0
_UNSETTLED = {
    "accept": Limit(1, "work_day"),
    "check": Limit(2, "work_hour"),
    "sign": Limit(4, "work_hour"),
    "handle": Limit(5, "work_day"),
    "verify": Limit(1, "work_day"),
    "rate": Limit(terms.RATING_DAYS, "natural_day"),
}


class _Kept:
    """What this process knows of the versions; read again when there is a newer one, looked for once a second."""

    def __init__(self) -> None:
        self.newest, self.checked = -1, 0.0
        self.versions: dict[int, list[tuple[date, int, data.Catalogue]]] = {}


_kept: dict[str, _Kept] = {}
_offices: dict[tuple[str, str, int], tuple[float, int]] = {}


def _versions() -> dict[int, list[tuple[date, int, data.Catalogue]]]:
    kept = _kept.setdefault(str(connection.settings_dict["NAME"]), _Kept())
    at = time.monotonic()
    if at - kept.checked > _RECHECK_SECONDS:
        newest = CatalogueVersion.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        if newest != kept.newest:
            found: dict[int, list[tuple[date, int, data.Catalogue]]] = {}
            for row in CatalogueVersion.objects.order_by("district_code", "-effective_from", "-version"):
                parsed = data.parse(row.base, row.platforms, row.overrides)
                found.setdefault(row.district_code, []).append((row.effective_from, row.version, parsed))
            kept.versions, kept.newest = found, newest
        kept.checked = at
    return kept.versions


def forget() -> None:
    """Read everything again at the next call, whatever was kept."""
    _kept.clear()
    _offices.clear()


def catalogue_version(district: int, on: date | None = None) -> tuple[int, data.Catalogue]:
    """The number and content of the district's catalogue in force on the day (default today)."""
    day = on or clock.today()
    versions = _versions().get(district - district % 10**9, [])
    for effective, number, found in versions:
        if effective <= day:
            return number, found
    if versions:
        return versions[-1][1], versions[-1][2]
    raise Refusal("no_catalogue", "本区还没有事项目录。请管理员先装入事项目录。", status=409, district=district)


def catalogue(district: int, on: date | None = None) -> data.Catalogue:
    """The district's catalogue in force on the day (default today); `Refusal` when none was ever loaded."""
    return catalogue_version(district, on)[1]


def category(district: int, code: str, on: date | None = None) -> data.Category | None:
    return catalogue(district, on).categories.get(code)


def category_name(matter: terms.Matter) -> str:
    """`市容环境·暴露垃圾`, or the words for a matter that has no category yet."""
    if not matter.category:
        return "未定类别"
    found = category(matter.place_code, matter.category, clock.local(matter.received_at).date())
    return found.full_name if found else matter.category


def limit(matter: terms.Matter, kind: str) -> Limit:
    """The limit of a clock for the matter, by the catalogue in force when it was received."""
    on = clock.local(matter.received_at).date()
    found = catalogue(matter.place_code, on)
    if matter.category not in found.categories:
        return found.urgencies.get(matter.urgency, {}).get(kind) or _UNSETTLED[kind]
    return found.limit(matter.category, kind, matter.urgency)


def verify_by(matter: terms.Matter) -> str:
    """Who checks the result: the officer of the cell, or the office that dispatched."""
    found = category(matter.place_code, matter.category, clock.local(matter.received_at).date())
    return "office" if found is None or found.verify_mode == "verifier" else "officer"


def knows_category(matter: terms.Matter) -> bool:
    return category(matter.place_code, matter.category, clock.local(matter.received_at).date()) is not None


PROCESS = terms.Process(
    kind=rules.KIND,
    name="网格事件",
    prefix=rules.PREFIX,
    moves=rules.MOVES,
    limit=limit,
    verify_by=verify_by,
    category_name=category_name,
    knows_category=knows_category,
)


def office_id(level: str, place: int) -> int:
    """The id of the community office or the district centre that a place belongs to; kept for half a minute."""
    at = place - place % (1000 if level == "community" else 10**9)
    key, now = (str(connection.settings_dict["NAME"]), level, at), time.monotonic()
    known = _offices.get(key)
    if known is None or now - known[0] > _OFFICE_SECONDS:
        found = identity.community_office_of(at) if level == "community" else identity.centre_of(at)
        known = _offices[key] = (now, found.pk)
    return known[1]


def offices(district: int) -> dict[str, suggest.Office]:
    """The district's offices by code, as the suggestion needs them."""
    rows = identity.departments(actor=None, within=district - district % 10**9)  # type: ignore[arg-type]
    return {d.code: suggest.Office(d.code, d.slug, d.name, d.kind, d.place_code) for d in rows}


def suggest_categories(text: str, district: int) -> list[suggest.Suggestion]:
    """Up to three categories for the words, best first; empty when nothing is sure enough."""
    return suggest.suggest(text, catalogue(district))


def suggest_handler(actor: Actor, case: Any) -> suggest.HandlerSuggestion:
    """Which office the duty list names for this case, and why."""
    found = category(case.place_code, case.category, clock.local(case.received_at).date())
    if found is None:
        return suggest.HandlerSuggestion(None, "类别未定，请先确定类别，再由职责清单给出承办单位。")
    return suggest.handler(found, case.place_code, catalogue(case.place_code), offices(case.place_code))


def detail(actor: Actor, case: Any) -> Event:
    """The event's detail row of a case, or `NotHere`."""
    found = Event.objects.filter(pk=case.pk).first()
    if found is None:
        raise NotHere("事件")
    return found


def has_reporter(actor: Actor, case: Any) -> str | None:
    """The masked phone of the resident behind the case (`尾号 1234`), "" when only a name was left, None for nobody."""
    found = Reporter.objects.filter(pk=case.pk).first()
    if found is None or not may_know_reporter(actor, case):
        return None
    return f"尾号 {found.phone_tail}" if found.phone_tail else ""


def may_know_reporter(actor: Actor, case: Any) -> bool:
    """A secret report does not tell the offices that handle it who made it."""
    if not case.is_secret:
        return True
    handling = {p.department_id for p in casework.parts(actor, case)}
    return actor.may("person.reveal") and actor.department_id not in handling


def versions(actor: Actor, district: int) -> list[CatalogueVersion]:
    """Every version of the district's catalogue, newest first."""
    return list(CatalogueVersion.objects.filter(district_code=district).order_by("-version"))


def get_event_case(actor: Actor, number: str) -> Any:
    """The case behind an event's number, in scope."""
    return casework.get(actor, number)


def version_changes(actor: Actor, district: int) -> list[tuple[CatalogueVersion, list[tuple[str, str, str, str, str]]]]:
    """Every version, newest first, with what it changed: `(code, name, field, before, after)` in words."""
    known = {number: found for _, number, found in _versions().get(district, [])}
    rows = versions(actor, district)
    found = []
    for row in rows:
        after, before = known.get(row.version), known.get(row.version - 1)
        found.append((row, _differences(before, after) if before and after else []))
    return found


def _differences(before: data.Catalogue, after: data.Catalogue) -> list[tuple[str, str, str, str, str]]:
    found = []
    for code, new in after.categories.items():
        old = before.categories.get(code)
        for name, label in FIELD_NAMES.items():
            was, now = in_words(getattr(old, name)) if old else "", in_words(getattr(new, name))
            if was != now:
                found.append((code, new.full_name, label, was, now))
    return found


FIELD_NAMES = {
    "name": "名称",
    "platform": "平台",
    "level": "办理层级",
    "lead": "主办",
    "with_": "协办",
    "accept": "受理时限",
    "sign": "签收时限",
    "check": "核实时限",
    "stages": "处置时限",
    "verify": "核查时限",
    "urgency": "紧急程度",
    "photo_required": "须附照片",
    "self_solve": "可自行处置",
    "verify_mode": "核查方式",
    "open_if": "立案条件",
    "close_if": "结案条件",
    "words": "关键词",
}
LEVEL_NAMES = suggest.LEVEL_NAMES
VERIFY_NAMES = {"reporter": "原上报网格员", "other_officer": "其他网格员", "verifier": "区核查员"}


def in_words(value: Any) -> str:
    """A field of a category as it is printed: limits, stages, yes and no, lists."""
    if isinstance(value, Limit):
        return value.text()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(in_words(v) for v in value if not isinstance(v, int))
    if isinstance(value, data.Stage):
        return f"{value.name} {value.limit.text()}" if value.name != "处置" else value.limit.text()
    return {**LEVEL_NAMES, **VERIFY_NAMES, **terms.URGENCIES}.get(str(value), str(value))
