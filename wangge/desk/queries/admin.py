"""The duty catalogue and the working calendar as the administration pages show them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from wangge.casework import terms
from wangge.desk.queries.choices import initials
from wangge.events import queries as events
from wangge.identity import queries as identity
from wangge.kernel import calendars, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.tables import Column, Result

LIMITS = {"accept": "受理时限", "check": "核实时限", "sign": "签收时限", "handle": "处置时限", "verify": "核查时限"}
UNITS = {"work_hour": "个工作时", "work_day": "个工作日", "natural_day": "个自然日", "clock_hour": "小时（昼夜连续）"}


def newest_catalogue(district: int) -> tuple[int, Any]:
    """The number and content of the newest version, which may take effect only later: what an edit starts from."""
    return events.catalogue_version(district, date.max)


def category_rows(district: int, words: str, platform: str) -> tuple[int, Any, list[tuple[Any, str]]]:
    """`(version, catalogue, [(category, lead office)])` of the newest version, narrowed by words and platform."""
    version, catalogue = newest_catalogue(district)
    offices = {o.slug: o.name for o in events.offices(district).values()}
    wanted = words.strip().lower()
    found = []
    for one in catalogue.categories.values():
        if platform and one.platform != platform:
            continue
        if wanted and not any(wanted in t for t in (one.code, one.full_name.lower(), initials(one.name))):
            continue
        found.append((one, offices.get(catalogue.office(one.lead), one.lead)))
    return version, catalogue, found


def category_fields(one: Any) -> dict[str, Any]:
    """The editable fields of a category as the form and the table file write them, named as in the categories file."""
    fields: dict[str, Any] = {
        "name": one.name,
        "platform": one.platform,
        "level": one.level,
        "lead": one.lead,
        "urgency": one.urgency,
        "photo": one.photo_required,
        "self_solve": one.self_solve,
        "verify_mode": one.verify_mode,
        "open": one.open_if,
        "close": one.close_if,
        "words": " ".join(f"{w}:{n}" for w, n in one.words),
    }
    for name in LIMITS:
        limit = getattr(one, name)
        fields[name] = f"{limit.amount} {limit.unit}"
    return fields


def find_category(district: int, code: str) -> tuple[int, Any, Any]:
    """`(version, catalogue, category)` of the newest version; `NotHere` for an unknown code."""
    version, catalogue = newest_catalogue(district)
    if code not in catalogue.categories:
        raise NotHere("类别")
    return version, catalogue, catalogue.categories[code]


def changed_fields(one: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the given fields that differ from the category as it stands."""
    now = category_fields(one)
    return {name: value for name, value in given.items() if name in now and now[name] != value}


def category_columns(district: int) -> list[Column]:
    """The columns of the catalogue's table file."""
    _, catalogue = newest_catalogue(district)
    offices = {o.slug: o.name for o in events.offices(district).values() if o.slug}
    leads = {one.lead: offices.get(catalogue.office(one.lead), one.lead) for one in catalogue.categories.values()}
    return [
        Column("code", "小类编码", "code", required=True, help="四位数字，须已在目录中"),
        Column("class_name", "大类"),
        Column("name", "小类名称", max_length=30),
        Column("platform", "平台", "choice", choices={p.code: p.name for p in catalogue.platforms}),
        Column("level", "办理层级", "choice", choices=events.LEVEL_NAMES),
        Column("lead", "主办单位", "choice", choices={**offices, **leads}),
        *(Column(k, v, help="数量加单位，例如 4 个工作时、3 个工作日") for k, v in LIMITS.items()),
        Column("urgency", "紧急程度", "choice", choices=terms.URGENCIES),
        Column("photo", "须附照片", "bool"),
        Column("self_solve", "可自行处置", "bool"),
        Column("verify_mode", "核查方式", "choice", choices=events.VERIFY_NAMES),
        Column("open", "立案条件", max_length=200),
        Column("close", "结案条件", max_length=200),
    ]


def category_table(district: int) -> Iterable[dict[str, Any]]:
    """The rows of the catalogue's table file."""
    for one in newest_catalogue(district)[1].categories.values():
        row = category_fields(one) | {"code": one.code, "class_name": one.class_name}
        for name in LIMITS:
            row[name] = getattr(one, name).text()
        yield row


_LIMIT = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*个?\s*(工作时|工作日|自然日|日|天|小时)")
_WORDS = {
    "工作时": "work_hour",
    "工作日": "work_day",
    "自然日": "natural_day",
    "日": "natural_day",
    "天": "natural_day",
    "小时": "clock_hour",
}


def limit_from_words(text: str) -> str | None:
    """`4 work_hour` for `4 个工作时`; None when it is not a limit."""
    found = _LIMIT.match(text)
    return f"{found.group(1)} {_WORDS[found.group(2)]}" if found else None


def changes_in(district: int, result: Result) -> dict[str, dict[str, Any]]:
    """What a read table file would change, by code; rows that cannot be used are refused in the result."""
    _, catalogue = newest_catalogue(district)
    changes: dict[str, dict[str, Any]] = {}
    for number, row in list(result.rows):
        one = catalogue.categories.get(row["code"])
        if one is None:
            result.refuse(number, "code", "目录中没有这个小类。")
            continue
        if row["code"] in changes:
            result.refuse(number, "code", "这个小类在表中出现了两次。")
            continue
        given = {k: v for k, v in row.items() if v is not None and k not in ("code", "class_name")}
        for name in LIMITS:
            if name in given:
                limit = limit_from_words(given[name])
                if limit is None:
                    result.refuse(number, name, "应写成数量加单位，例如 4 个工作时。")
                    break
                given[name] = limit
        else:
            changes[row["code"]] = changed_fields(one, given)
    return {code: found for code, found in changes.items() if found}


# The calendar.


@dataclass(frozen=True, slots=True)
class Day:
    """One square of the year view."""

    on: date
    kind: str
    name: str
    special: bool
    today: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month as weeks of seven squares; None before the first and after the last."""

    number: int
    weeks: list[list[Day | None]]
    working: int


def year_view(year: int) -> tuple[list[Month], list[Any], list[int]]:
    """`(months, the year's special days, years that are loaded)`; no months when the year is not loaded."""
    calendar = calendars.current_calendar()
    years = sorted(calendar.years)
    if year not in years:
        return [], [], years
    months = []
    for number in range(1, 13):
        first = date(year, number, 1)
        last = (date(year + number // 12, number % 12 + 1, 1)) - timedelta(days=1)
        squares: list[Day | None] = [None] * first.weekday()
        working = 0
        for offset in range((last - first).days + 1):
            on = first + timedelta(days=offset)
            special = calendar.days.get(on)
            works = bool(calendar.segments_on(on))
            working += works
            name = special.name if special else ""
            squares.append(Day(on, "work" if works else "rest", name, special is not None, on == clock.today()))
        squares += [None] * (-len(squares) % 7)
        months.append(Month(number, [squares[i : i + 7] for i in range(0, len(squares), 7)], working))
    special_days = sorted((d for d in calendar.days.values() if d.on.year == year), key=lambda d: d.on)
    return months, special_days, years


def hours_in_words() -> list[tuple[str, str]]:
    """`(from when, segments)` of the ordinary working day, as it changed."""
    found = []
    for since, segments in calendars.current_calendar().hours:
        said = "，".join(
            f"{s // 3600:02d}:{s % 3600 // 60:02d}–{e // 3600:02d}:{e % 3600 // 60:02d}" for s, e in segments
        )
        found.append(("一直" if since == date.min else f"{since} 起", said))
    return found


def lead_choices(actor: Actor, district: int) -> list[tuple[str, str]]:
    """The functional departments of a district by the word the catalogue names them with."""
    return [
        (d.slug, d.name) for d in identity.departments(actor, kind=("department", "centre"), within=district) if d.slug
    ]


def must_have_district(district: int | None) -> int:
    """The district, or a refusal that says how to get one."""
    if district is None:
        raise Refusal("no_district", "当前岗位不属于任何一个区，不能维护目录。请切换到区级岗位。", status=409)
    return district
