"""到期事项: which days something falls due for a person, from rows and a table of rules (data/duedates.yaml). Pure.

A period in months ends on the day of the month it began on, or on the last day of a shorter month (《民法典》第二百零二条); an age is
completed in the same way, so who was born on 29 February completes a year on 28 February of a common year.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from wangge.kernel.errors import Refusal
from wangge.registry.rules.lists import add_months
from wangge.registry.terms import CARE, ROLES, SPECIAL

PERSON = "person"
FORMS = frozenset({"field", "begin", "every", "age", "visit"})
KINDS: dict[str, str] = {
    PERSON: "在册人员",
    **{k: name for k, (name, _) in ROLES.items()},
    **{k: name for k, (name, _) in SPECIAL.items()},
    **CARE,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. `lead` and `back` in days."""

    code: str
    title: str
    kind: str
    form: str
    source: str
    act: str
    field: str = ""
    months: int = 0
    years: int = 0
    when: Mapping[str, list[str]] = dataclasses.field(default_factory=dict)
    lead: int = 30
    back: int = 90
    basis: str = "K"

    @property
    def group(self) -> str:
        """The special group whose right it takes to see what falls due; "" for none."""
        return self.kind if self.kind in SPECIAL else ""

    @property
    def is_care(self) -> bool:
        return self.kind in CARE

    @property
    def period(self) -> str:
        """What is counted, in words."""
        if self.form == "age":
            return f"满 {self.years} 周岁"
        span = f"{self.months // 12} 年" if self.months and self.months % 12 == 0 else f"{self.months} 个月"
        counted = {
            "field": f"登记日期后 {span}",
            "begin": f"起始后 {span}",
            "every": f"每 {span}",
            "visit": f"每 {span}走访",
        }
        return counted[self.form] if self.months else "登记的日期"

    def as_set(self, months: int | None, years: int | None, lead: int | None, basis: str) -> "Rule":
        """The rule as a district has set it; None leaves as it is."""
        given: dict[str, Any] = {"months": months, "years": years, "lead": lead}
        kept = {k: v for k, v in given.items() if v is not None}
        return dataclasses.replace(self, source=f"本区设定：{basis}", basis="V", **kept)


@dataclass(frozen=True, slots=True)
class Row:
    """What a rule looks at: a person (`kind` "person") or an episode of a role, special or care group, valid on the day."""

    birth_on: date | None
    since: date | None = None
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    last_visit_on: date | None = None


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """Every rule by code, in the order of the table."""
    told = yaml.safe_load((files("wangge.registry") / "data" / "duedates.yaml").read_text())["rules"]
    made = {one["code"]: Rule(**one) for one in told}
    for rule in made.values():
        if rule.form not in FORMS or rule.kind not in KINDS:
            raise ValueError(f"duedates.yaml: {rule.code} has form {rule.form}, kind {rule.kind}")
    if len(made) < len(told):
        raise ValueError("duedates.yaml: a code stands twice")
    return made


def as_day(value: Any) -> date | None:
    """A day of the details: a date, `2026-03-10` or `20260310`; None for anything else."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def birthday(birth_on: date, years: int) -> date:
    """The day on which somebody born then completes so many years."""
    return add_months(birth_on, years * 12)


def born_between(rule: Rule, start: date, end: date) -> tuple[date, date]:
    """Who was born outside these days cannot come of the rule's age within [start, end]: what a query narrows by.

    One day wider below, for those born on 29 February.
    """
    return add_months(start, -rule.years * 12) - timedelta(days=1), add_months(end, -rule.years * 12) + timedelta(
        days=1
    )


def window(rule: Rule, on: date) -> tuple[date, date]:
    """The due days that are shown on a day: from `back` days past to `lead` days ahead."""
    return on - timedelta(days=rule.back), on + timedelta(days=rule.lead)


def due_days(rule: Rule, row: Row, start: date, end: date) -> list[date]:
    """The days within [start, end] on which the rule falls due for the row, ascending."""
    for key, values in rule.when.items():
        if str(row.details.get(key) or "") not in values:
            return []
    return [day for day in _days(rule, row, start, end) if start <= day <= end]


def _days(rule: Rule, row: Row, start: date, end: date) -> Iterable[date]:
    if rule.form == "age":
        return [birthday(row.birth_on, rule.years)] if row.birth_on else []
    anchor = as_day(row.details.get(rule.field)) if rule.field else None
    if rule.form == "field":
        return [add_months(anchor, rule.months)] if anchor else []
    first = anchor or row.since
    if rule.form == "visit":
        # A visit before the episode began says nothing about it.
        known = [d for d in (first, row.last_visit_on) if d]
        return [add_months(max(known), rule.months)] if known else []
    if first is None:
        return []
    return [add_months(first, rule.months)] if rule.form == "begin" else _every(first, rule.months, start, end)


def _every(first: date, months: int, start: date, end: date) -> Iterator[date]:
    passed = max(0, (start.year - first.year) * 12 + start.month - first.month) // months
    for turn in range(max(1, passed), passed + 2 + (end - start).days // (28 * months) + 1):
        day = add_months(first, turn * months)
        if day > end:
            return
        yield day


def setting_faults(rule: Rule, is_used: bool, months: int | None, years: int | None, lead: int | None) -> None:
    """Raises the first `Refusal` of what a district may not set of a rule."""
    if months is not None and (rule.form == "age" or not rule.months):
        sentence = f"“{rule.title}”不按月份推算（{rule.period}），周期留空。"
        raise Refusal("no_period", sentence, field="months", value=months)
    if years is not None and rule.form != "age":
        raise Refusal("no_age", f"“{rule.title}”不按年龄推算，年龄留空。", field="years", value=years)
    for name, value, low, high in (("months", months, 1, 240), ("years", years, 1, 120), ("lead", lead, 0, 365)):
        if value is not None and not low <= value <= high:
            raise Refusal("out_of_range", f"请填 {low} 到 {high} 之间的整数。", field=name, value=value)
    if is_used and months is None and years is None and lead is None:
        raise Refusal("nothing_set", "请填写要改的周期、年龄或提前天数；恢复系统默认的，填默认值。", field="lead")
