"""A district of the demonstration as its stories need it: cells with their shapes and officers, offices with their people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from wangge.demo import people
from wangge.events import queries as events
from wangge.identity import queries as identity
from wangge.identity.services.people import Member, load_people
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM
from wangge.territory import queries as territory
from wangge.territory import services as territory_services

SHIFENG, HETANG = 430_204_000_000_000, 430_202_000_000_000
CELLS = {SHIFENG: 380, HETANG: 120}
FIXED = {SHIFENG: {430_204_005_000_000: 21}}
FROM = date(2021, 1, 1)
Who = dict[str, Any]
# How a post is called after its office; roles not named here keep their own name.
CALLED = {
    "dispatcher": "受理分派员", "street": "值班员", "leader": "", "community": "干部", "liaison": "联络员",
    "handler": "经办员", "head": "负责人",
}  # fmt: skip


@dataclass
class Place:
    """One district, ready to tell of."""

    code: int
    cells: list[int]
    names: dict[int, str]
    shapes: list[BaseGeometry]
    staff: dict[tuple[str, str], Who]
    officers: dict[int, list[Who]]
    offices: dict[str, str]
    catalogue: Any
    leads: dict[str, str] = field(default_factory=dict)

    @cached_property
    def centre(self) -> str:
        return self.offices["centre"]

    def at(self, office: str, role: str) -> Who:
        """Somebody of this role at the office, as a step names who took it."""
        return self.staff[office, role]

    def community(self, cell: int) -> str:
        return f"{cell // 1000}-office"

    def street(self, cell: int) -> str:
        return f"{cell // 1_000_000}-street"

    def lead(self, category: str, cell: int, day: Any) -> str:
        """The code of the department that the duty list names for the category; the 城管 where it names none."""
        if category not in self.leads:
            told = SimpleNamespace(place_code=cell, category=category, received_at=day)
            found = events.suggest_handler(SYSTEM, told).department_code
            self.leads[category] = found if found and (found, "handler") in self.staff else self.offices["urban"]
        return self.leads[category]

    def helper(self, category: str, lead: str) -> str | None:
        """A department that the duty list names beside the lead."""
        for slug in self.catalogue.categories[category].with_:
            code = self.offices.get(self.catalogue.office(slug))
            if code and code != lead and (code, "handler") in self.staff:
                return code
        return None


def lay_out(district: int, echo: Callable[[str], None]) -> None:
    """The district's cells and people, unless they are there."""
    with scope.system():
        if not territory.cells(district, retired=True).exists():
            made = territory_services.sketch_cells(
                actor=SYSTEM, district=district, cells=CELLS[district], fixed=FIXED.get(district), from_on=FROM
            )
            echo(f"{territory.name_of(district)}：划分网格 {len(made)} 个")
        new = load_people(actor=SYSTEM, people=_members(district), starts=FROM, is_demo=True)
        if new:
            echo(f"{territory.name_of(district)}：机构人员 {new} 人")


def _invented(district: int) -> tuple[list[people.Person], list[Mapping[str, Any]]]:
    """The people of the district, the same each time, and its offices."""
    short = district // 10**9
    cells = dict(territory.cells(district).order_by("code").values_list("code", "name"))
    offices: list[Mapping[str, Any]] = [
        {"slug": d.slug, "code": d.code, "kind": d.kind, "place_code": d.place_code, "short": d.short}
        for d in identity.departments(SYSTEM, within=district).order_by("code")
    ]
    by_place = {int(str(o["place_code"])): str(o["code"]) for o in offices if o["kind"] == "community"}
    roles = {r.pk: r.name for r in identity.roles()}
    names = people.Names(short)
    officers = people.officers(short, cells, by_place, names)
    shown = next(o for o in officers if o.shown)
    assert shown.place_code is not None
    # The lead of the shown cell is a person of its own; everywhere else the first officer leads.
    officers = [replace(o, is_lead=o.is_lead and o.place_code != shown.place_code) for o in officers]
    show = (shown.place_code, cells[shown.place_code], shown.office)
    called = {str(o["code"]): str(o["short"]) for o in offices}
    staff = [
        replace(
            p,
            is_lead=p.role == "lead",
            post_name=called[p.office] + CALLED[p.role] if p.role in CALLED else p.post_name,
        )
        for p in people.staff(short, offices, roles, show, names)
    ]
    return [*officers, *staff], offices


def _members(district: int) -> list[Member]:
    return [
        Member(
            name=p.name,
            full_name=p.full_name,
            phone=p.phone,
            role=p.role,
            post_code=p.post_code,
            post_name=p.post_name,
            office=p.office,
            place_code=p.place_code,
            is_lead=p.is_lead,
            may_log_in=p.shown,
        )
        for p in _invented(district)[0]
    ]


def describe(district: int) -> Place:
    """The district as it stands in the database. Inside `scope.system()`."""
    invented, offices = _invented(district)
    boundaries = {b.cell_id: shape(b.geometry) for b in territory.boundaries(district)}
    cells = sorted(boundaries)
    communities = {c.pk: str(c) for c in territory.communities(district)}
    staff: dict[tuple[str, str], Who] = {}
    officers: dict[int, list[Who]] = {}
    for one in invented:
        who: Who = {"account": one.name, "post": one.post_name}
        if one.role in ("officer", "lead") and one.place_code is not None:
            if one.role == "officer":
                officers.setdefault(one.place_code, []).append(who)
            continue
        staff[one.office, one.role] = who | {"office": one.office}
    return Place(
        code=district,
        cells=cells,
        names={c: communities[c - c % 1000] for c in cells},
        shapes=[boundaries[c] for c in cells],
        staff=staff,
        officers=officers,
        offices={str(o["slug"]): str(o["code"]) for o in offices if o["slug"]},
        catalogue=events.catalogue(district, clock.today()),
    )


def numbers(places: Sequence[Place]) -> str:
    """One line about what there is."""
    return "，".join(
        f"{territory.name_of(p.code)} {len(p.cells)} 个网格、{sum(map(len, p.officers.values()))} 名网格员"
        for p in places
    )
