"""The category tree and duty catalogue as values: parsed from data or from rows, shared by rules and services. Pure Python.

Sources: GB/T 30428 practice (each 大类/小类 row carries 立案条件, 处置时限, 结案条件, 责任单位); 滨州市社会治理网格化服务管理条例
第十条 (a published, dated list of what a grid may be asked to do). Limits are local configuration, ceilings are national law.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any, Literal, cast

import yaml

from wangge.kernel.workdays import Limit, Unit

Level = Literal["grid", "community", "street", "district"]
LEVELS: tuple[Level, ...] = ("grid", "community", "street", "district")
UNITS: tuple[Unit, ...] = ("work_hour", "work_day", "natural_day", "clock_hour")
URGENCIES = ("normal", "urgent", "emergency")
VERIFY_MODES = ("reporter", "other_officer", "verifier")
# How long a unit lasts at most, in natural hours, and at least: a limit passes its ceiling only if it can never outlast it.
_LONGEST = {"clock_hour": 1.0, "natural_day": 24.0, "work_day": 24.0 * 7 / 5, "work_hour": 24.0 * 7 / 5 / 7}


class BadCatalogue(ValueError):
    """A catalogue that cannot be used; the message names the row and the field."""


@dataclass(frozen=True, slots=True)
class Platform:
    """One of the four platforms; `lead` is a department slug."""

    code: str
    name: str
    lead: str
    order: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a handling limit, e.g. 责令停工 in 4 working hours."""

    name: str
    limit: Limit


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The longest time that national law allows, and the article that says so."""

    limit: Limit
    basis: str


@dataclass(frozen=True, slots=True)
class Extension:
    """How often a handling limit may be extended, and by how much in all."""

    times: int
    cap: Limit


@dataclass(frozen=True, slots=True)
class Category:
    """One 小类 with everything the duty list says of it. `lead` and `with_` are department slugs of the district."""

    code: str
    name: str
    class_code: str
    class_name: str
    kind: Literal["event", "part"]
    platform: str
    level: Level
    lead: str
    with_: tuple[str, ...]
    accept: Limit
    sign: Limit
    check: Limit
    verify: Limit
    rate: Limit
    stages: tuple[Stage, ...]
    extension: Extension
    hold: Limit
    urgency: str
    photo_required: bool
    self_solve: bool
    verify_mode: str
    open_if: str
    close_if: str
    not_ours: str
    words: tuple[tuple[str, int], ...]
    ceiling: Ceiling | None = None

    @property
    def full_name(self) -> str:
        """`市容环境·暴露垃圾`."""
        return f"{self.class_name}·{self.name}"

    @property
    def handle(self) -> Limit:
        """The limit of the whole handling: its one stage, or the last of several (each counts from signing)."""
        return self.stages[-1].limit


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A version of the duty list of one district (or the shipped one, `district == 0`)."""

    version: str
    effective_from: date
    source: str
    platforms: tuple[Platform, ...]
    categories: Mapping[str, Category]
    urgencies: Mapping[str, Mapping[str, Limit]]
    district: int = 0
    aliases: Mapping[str, str] = field(default_factory=dict)

    def office(self, slug: str) -> str:
        """The slug of the office that does this work in this district."""
        return self.aliases.get(slug, slug)

    def limit(self, code: str, clock: str, urgency: str = "normal") -> Limit:
        """The limit of a clock (accept, sign, check, handle, verify, rate, hold) for a category at an urgency."""
        special = self.urgencies.get(urgency, {}).get(clock)
        return special if special is not None else cast(Limit, getattr(self.categories[code], clock))

    def classes(self) -> list[tuple[str, str, list[Category]]]:
        """The tree for a menu: (class code, class name, its categories), in order of code."""
        out: dict[str, tuple[str, str, list[Category]]] = {}
        for row in self.categories.values():
            out.setdefault(row.class_code, (row.class_code, row.class_name, []))[2].append(row)
        return list(out.values())


def parse_limit(text: str, where: str = "") -> Limit:
    """`"4 work_hour"` as a Limit; `BadCatalogue` for an unknown unit, a zero, or a fraction of a day."""
    amount, _, unit = str(text).partition(" ")
    try:
        number = Fraction(amount)
    except (ValueError, ZeroDivisionError):
        raise BadCatalogue(f"{where}: 时限“{text}”的数量不是数字") from None
    if unit not in UNITS:
        raise BadCatalogue(f"{where}: 时限“{text}”的单位不在 {'、'.join(UNITS)} 之内")
    if number <= 0 or (unit.endswith("day") and number.denominator != 1):
        raise BadCatalogue(f"{where}: 时限“{text}”应为正数，按日计的应为整数")
    return Limit(int(number) if number.denominator == 1 else number, cast(Unit, unit))


def limit_text(limit: Limit) -> str:
    """The inverse of `parse_limit`."""
    return f"{limit.amount} {limit.unit}"


def within(limit: Limit, ceiling: Limit) -> bool:
    """Whether a limit can never outlast a ceiling. Same unit: by amount; otherwise by what five working days in seven allow."""
    if limit.unit == ceiling.unit:
        return limit.amount <= ceiling.amount
    return float(limit.amount) * _LONGEST[limit.unit] <= float(ceiling.amount) * _LONGEST[ceiling.unit]


def _words(text: str, where: str) -> tuple[tuple[str, int], ...]:
    out = []
    for part in text.split():
        word, _, weight = part.partition(":")
        if not word or (weight and not weight.isdigit()):
            raise BadCatalogue(f"{where}: 关键词“{part}”应写成“词:权重”")
        out.append((word, int(weight or 2)))
    return tuple(out)


def _stages(row: Mapping[str, Any], where: str) -> tuple[Stage, ...]:
    if row.get("stages"):
        return tuple(Stage(str(s["name"]), parse_limit(s["limit"], where)) for s in row["stages"])
    return (Stage("处置", parse_limit(row["handle"], where)),)


def _category(head: Mapping[str, Any], row: Mapping[str, Any]) -> Category:
    code = str(row["code"])
    where = f"小类 {code}"
    if len(code) != 4 or not code.isdigit() or not code.startswith(str(head["code"])):
        raise BadCatalogue(f"{where}: 编码应为四位数字，前两位是大类 {head['code']}")
    for name, allowed in (("level", LEVELS), ("urgency", URGENCIES), ("verify_mode", VERIFY_MODES)):
        if row[name] not in allowed:
            raise BadCatalogue(f"{where}: {name}“{row[name]}”不在 {'、'.join(allowed)} 之内")
    cap = row["extension"]
    law = row.get("ceiling")
    ceiling = Ceiling(parse_limit(law["limit"], where), str(law["basis"])) if law else None
    stages = _stages(row, where)
    if ceiling:
        for stage in stages:
            if not within(stage.limit, ceiling.limit):
                raise BadCatalogue(f"{where}: {stage.limit.text()}超过{ceiling.basis}规定的{ceiling.limit.text()}")
    return Category(
        code=code,
        name=str(row["name"]),
        class_code=str(head["code"]),
        class_name=str(head["name"]),
        kind="part" if head.get("kind") == "part" else "event",
        platform=str(row["platform"]),
        level=row["level"],
        lead=str(row["lead"]),
        with_=tuple(x for x in row.get("with") or () if x != row["lead"]),
        accept=parse_limit(row["accept"], where),
        sign=parse_limit(row["sign"], where),
        check=parse_limit(row["check"], where),
        verify=parse_limit(row["verify"], where),
        rate=parse_limit(row["rate"], where),
        stages=stages,
        extension=Extension(int(cap["times"]), parse_limit(f"{cap['amount']} {cap['unit']}", where)),
        hold=parse_limit(row["hold"], where),
        urgency=row["urgency"],
        photo_required=bool(row["photo"]),
        self_solve=bool(row["self_solve"]),
        verify_mode=row["verify_mode"],
        open_if=str(row["open"]),
        close_if=str(row["close"]),
        not_ours=str(row.get("not_ours") or ""),
        words=_words(str(row["words"]), where),
        ceiling=ceiling,
    )


def parse_platforms(text: str) -> tuple[Platform, ...]:
    """The platforms of a platforms file, in their order."""
    return tuple(sorted((Platform(**p) for p in yaml.safe_load(text)["platforms"]), key=lambda p: p.order))


def parse(text: str, platforms: str = "", overrides: str = "") -> Catalogue:
    """The catalogue of a categories file, with the platforms file and one district's overrides file when given.

    Raises `BadCatalogue` for a double code, an unknown unit or level, or a limit longer than national law allows.
    """
    data = yaml.safe_load(text)
    local = yaml.safe_load(overrides) if overrides else {}
    changed = dict(local.get("rows") or {})
    categories: dict[str, Category] = {}
    for head in data["classes"]:
        for row in head["rows"]:
            code = str(row["code"])
            own = changed.pop(code, {})
            base = {**data["defaults"], **(local.get("defaults") or {}), **(head.get("given") or {}), **row}
            if "handle" in own:
                base.pop("stages", None)
            if "ceiling" in own:
                raise BadCatalogue(f"小类 {code}: 法定期限不能由本区修改")
            if code in categories:
                raise BadCatalogue(f"小类 {code}: 编码重复")
            categories[code] = _category(head, {**base, **own})
    if changed:
        raise BadCatalogue(f"本区调整了不存在的小类：{'、'.join(sorted(changed))}")
    found = Catalogue(
        version=str(data["version"]),
        effective_from=data["effective_from"],
        source=str(data["source"]),
        platforms=parse_platforms(platforms) if platforms else (),
        categories=categories,
        urgencies={
            name: {clock: parse_limit(x, f"紧急程度 {name}") for clock, x in row.items()}
            for name, row in data["urgencies"].items()
        },
    )
    if not overrides:
        return found
    return replace(
        found,
        version=str(local["version"]),
        effective_from=local["effective_from"],
        source=str(local["source"]),
        district=int(local["district"]) * 1_000_000_000,
        aliases=dict(local.get("departments") or {}),
    )
