"""Invented people of the demonstration: names, telephones, posts and logins. Pure, deterministic; nobody here is real.

Telephones begin with 1420000: to our knowledge the segment 142 is issued to nobody, so a number shows that it is invented and
nobody is called by mistake. Names are drawn from a short list of surnames and two lists of given characters.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SURNAMES = "苗柏水窦章云苏潘葛奚范彭郎鲁韦昌马凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯"
FIRST = "禾岩汀沐予知亦若景书砚澄穗岚棠榆桐楠杉筠荞芷芮芃蔚茗苡葭菀萱蓁闻屿川澜泓沛湜淇湄溪"
LAST = "青岑舟宁远和安言溪川禾野白初朗晏清然序行遥晴松柏朴田苗声辰晨"
PHONE = "1420000"

JINGLONG = 430_204_005_000_000
DISTRICT_LETTERS = {430204: "sf", 430202: "ht"}
OFFICERS = {430204: 402, 430202: 126}
CELLS = {430204: 380, 430202: 120}
# 井龙街道 of its published documents: 24 officers on 21 cells.
JINGLONG_OFFICERS, JINGLONG_CELLS = 24, 21
CENTRE_ROLES = (
    "dispatcher",
    "supervisor",
    "verifier",
    "system_admin",
    "security_admin",
    "audit_admin",
    "auditor",
    "treasury",
    "registry_clerk",
    "privacy_officer",
    "data_manager",
    "data_approver",
    "disease_officer",
)
# Those who may see one special group, at every street.
STREET_ROLES = ("justice_officer", "police_officer", "health_officer", "youth_officer")
# The centre's own money: they act for its budget unit and see nothing of other offices.
MONEY_ROLES = ("finance_clerk", "finance_head", "unit_head")


@dataclass(frozen=True, slots=True)
class Person:
    """One account with one post: the login `name`, the invented `full_name` and `phone`, and the post to be made.

    `office` is the code of the office, `place_code` the post's place (None: the office's own work only), `is_lead` the first
    officer of a cell, `shown` one that `wangge accounts` prints.
    """

    name: str
    full_name: str
    phone: str
    role: str
    role_name: str
    post_code: str
    post_name: str
    office: str
    place_code: int | None
    is_lead: bool = False
    shown: bool = False


class Names:
    """Invented names and telephones, none given twice in a district."""

    def __init__(self, district: int, seed: int = 2022) -> None:
        self.rng = random.Random(f"{seed}-{district}")
        self.used: set[str] = set()
        self.base = {430204: 0, 430202: 5_000}.get(district, 8_000)

    def name(self) -> str:
        """The next name: a surname and two characters."""
        while True:
            made = self.rng.choice(SURNAMES) + self.rng.choice(FIRST) + self.rng.choice(LAST)
            if made not in self.used and made[1] != made[2]:
                self.used.add(made)
                return made

    def phone(self) -> str:
        """The next telephone number, 11 digits."""
        return f"{PHONE}{self.base + len(self.used):04d}"


def assign(cells: Sequence[int], count: int) -> list[int]:
    """The cell of each of `count` officers: everyone of the cells once, then the rest evenly over them.

    Raises `ValueError` when there are fewer officers than cells or more than two a cell.
    """
    if not len(cells) <= count <= 2 * len(cells):
        raise ValueError(f"{count} officers cannot be put on {len(cells)} cells")
    ordered, extra = sorted(cells), count - len(cells)
    second = [ordered[i * len(ordered) // extra] for i in range(extra)] if extra else []
    return sorted([*ordered, *second])


def officers(district: int, cells: Mapping[int, str], offices: Mapping[int, str], names: Names) -> list[Person]:
    """The grid officers of a district on its cells.

    `district` is the 6-digit code; `cells` names by 15-digit code, `offices` the community office's code by community code.
    With the demonstration's number of cells the officers are the published numbers; otherwise 1.05 a cell.
    """
    count = (
        OFFICERS.get(district, 0) if len(cells) == CELLS.get(district) else max(len(cells), round(len(cells) * 1.05))
    )
    jinglong = [c for c in cells if c // 1_000_000 == JINGLONG // 1_000_000]
    placed: list[int] = []
    if len(jinglong) == JINGLONG_CELLS:
        placed = assign(jinglong, JINGLONG_OFFICERS)
        rest = [c for c in cells if c // 1_000_000 != JINGLONG // 1_000_000]
        placed += assign(rest, count - JINGLONG_OFFICERS) if rest else []
    else:
        placed = assign(list(cells), count)
    letters = DISTRICT_LETTERS.get(district, str(district))
    out: list[Person] = []
    before: int | None = None
    shown = min(jinglong or placed)
    for number, cell in enumerate(sorted(placed), 1):
        out.append(
            Person(
                name=f"{letters}-officer" if cell == shown != before else f"{letters}{number:04d}",
                full_name=names.name(),
                phone=names.phone(),
                role="officer",
                role_name="网格员",
                post_code=f"{cell}-officer",
                post_name=f"{cells[cell]}网格员",
                office=offices[cell - cell % 1000],
                place_code=cell,
                is_lead=cell != before,
                shown=cell == shown != before,
            )
        )
        before = cell
    return out


def staff(
    district: int,
    offices: Sequence[Mapping[str, object]],
    role_names: Mapping[str, str],
    show_cell: tuple[int, str, str],
    names: Names,
) -> list[Person]:
    """Everybody who is not an officer: people of the centre, of every street, community and department, and a leader.

    `offices` have slug, code, kind, place_code, short; `role_names` by role code; `show_cell` the (code, name, community
    office code) whose lead is shown; `names` those the officers were drawn from. Of every role the first (a department's: of the 城管) is shown by `wangge accounts`.
    """
    letters = DISTRICT_LETTERS.get(district, str(district))
    out: list[Person] = []
    shown: set[str] = set()

    def add(role: str, office: Mapping[str, object], place: int | None, *, show: bool = True) -> None:
        first = show and role not in shown
        if first:
            shown.add(role)
        out.append(
            Person(
                name=f"{letters}-{role.replace('_', '-')}" if first else f"{letters}-{office['code']}-{role}",
                full_name=names.name(),
                phone=names.phone(),
                role=role,
                role_name=role_names[role],
                post_code=f"{office['code']}-{role}",
                post_name=f"{office['short']}{role_names[role]}",
                office=str(office["code"]),
                place_code=place,
                shown=first,
            )
        )

    cell, cell_name, community = show_cell
    out.append(
        Person(
            name=f"{letters}-lead",
            full_name=names.name(),
            phone=names.phone(),
            role="lead",
            role_name=role_names["lead"],
            post_code=f"{cell}-lead",
            post_name=f"{cell_name}网格长",
            office=community,
            place_code=cell,
            shown=True,
        )
    )
    here = cell - cell % 1000
    for office in offices:
        kind, place = str(office["kind"]), int(str(office["place_code"]))
        if kind == "centre":
            for role in CENTRE_ROLES:
                add(role, office, place)
            for role in MONEY_ROLES:
                add(role, office, None)
        elif kind == "leader":
            add("leader", office, place)
        elif kind == "street":
            for role in ("street", *STREET_ROLES):
                add(role, office, place, show=place == here - here % 1_000_000)
        elif kind == "community":
            add("community", office, place, show=place == here)
            if place == here:
                add("estate_keeper", office, place)
        else:
            for role in ("liaison", "handler", "head"):
                add(role, office, None, show=office["slug"] == "urban")
    return out
