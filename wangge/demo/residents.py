"""Invented residents of the demonstration: where they live, their families, what is true of them. Pure, deterministic.

Nobody here is real. Their 18-digit numbers are valid in form (GB 11643-1999: check digit, date, parity of the sequence for
the sex), yet none of them can be met: everybody invented is born on the 26th or later of a month and carries a sequence number
from 900 on, which `is_invented` reads back. Telephones lie in the segment 142, which is issued to nobody.
"""

import calendar
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from wangge.demo.people import FIRST, LAST, SURNAMES

FIRST_DAY, FIRST_SEQUENCE = 26, 900
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# A county gives fifty sequence numbers a day and sex; when they are used up, the next county of the city follows.
COUNTIES = (430204, 430202, 430203, 430211, 430212, 430223, 430224, 430225, 430281)
AS_OF = date(2022, 12, 31)
# Published: 井龙街道 has 24,000 residents. Of the other places no figure is known here; they share the rest by their cells.
JINGLONG, JINGLONG_RESIDENTS = 430_204_005_000_000, 24_000
ESTATES = ["苑", "家园", "花园", "新村", "小区", "里", "雅居", "佳园"]
EMPLOYERS = [
    "演示机械厂",
    "演示化工厂",
    "演示中学",
    "演示医院",
    "演示商贸行",
    "演示物流站",
    "演示餐馆",
    "演示家政服务部",
]


def check_digit(body: str) -> str:
    """The 18th character for 17 digits (GB 11643-1999)."""
    return "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code(body: str) -> str:
    """A unified credit code with its 18th character for the first 17 (GB 32100-2015 4.3)."""
    total = sum(_CREDIT.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + _CREDIT[-total % 31]


def is_invented(number: str) -> bool:
    """Does an 18-digit number carry the mark of the invented?"""
    return (
        len(number) == 18
        and number[:17].isdigit()
        and int(number[12:14]) >= FIRST_DAY
        and int(number[14:17]) >= FIRST_SEQUENCE
    )


class Numbers:
    """Hands out invented numbers and telephones, none twice."""

    def __init__(self, first_phone: int = 0) -> None:
        self._given: dict[tuple[date, int], int] = {}
        self._phone = first_phone

    def id_number(self, birth_on: date, sex: int) -> str:
        """The next number for this day and sex (1 male, 2 female). Raises `ValueError` when all 450 of them are given."""
        turn = self._given.get((birth_on, sex), 0)
        self._given[birth_on, sex] = turn + 1
        county, nth = divmod(turn, 50)
        if county >= len(COUNTIES):
            raise ValueError(f"no number is left for {birth_on}")
        body = f"{COUNTIES[county]}{birth_on:%Y%m%d}{FIRST_SEQUENCE + 2 * nth + sex % 2:03d}"
        return body + check_digit(body)

    def phone(self) -> str:
        self._phone += 1
        return f"142{self._phone:08d}"


@dataclass(frozen=True, slots=True)
class House:
    """One dwelling: the levels of its standard address below the community; "" where a level is left out."""

    place_code: int
    road: str
    number: str
    estate: str
    building: str
    entrance: str
    room: str
    floor: int
    area_m2: float
    lng: float
    lat: float

    @property
    def levels(self) -> tuple[tuple[str, str], ...]:
        """(kind, name) from the road to the room."""
        named = (
            ("road", self.road),
            ("number", self.number),
            ("estate", self.estate),
            ("building", self.building),
            ("entrance", self.entrance),
            ("dwelling", self.room),
        )
        return tuple((kind, name) for kind, name in named if name)

    @property
    def address(self) -> str:
        return "".join(name for _, name in self.levels)


@dataclass(slots=True)
class Resident:
    """One invented person. Codes: sex GB/T 2261.1, marriage 2261.2, relation 4761, politics 4762, education 4658."""

    name: str
    sex: str
    birth_on: date
    id_number: str
    phone: str
    relation: str
    marriage: str
    politics: str
    education: str
    employer: str
    is_migrant: bool
    care: list[str] = field(default_factory=list)
    special: str = ""

    @property
    def age(self) -> int:
        return AS_OF.year - self.birth_on.year


@dataclass(frozen=True, slots=True)
class Household:
    """A dwelling and who lives there; `members` is empty for an empty dwelling, the first member is the head."""

    house: House
    number: str
    is_rented: bool
    members: list[Resident]


def shares(cells: Sequence[int], total: int, seed: int = 2022) -> dict[int, int]:
    """How many residents each cell has: 井龙街道 its published number, the rest shared over the other cells, ± 40 %.

    `total` at most 井龙's number gives everybody to 井龙; with no cell there, all cells share.
    """
    rng = random.Random(f"{seed}-shares")
    ours = [c for c in sorted(cells) if c - c % 1_000_000 == JINGLONG]
    rest = [c for c in sorted(cells) if c - c % 1_000_000 != JINGLONG]
    fixed = min(total, JINGLONG_RESIDENTS) if ours else 0
    return _split(ours, fixed, rng) | _split(rest, total - fixed, rng)


def _split(cells: Sequence[int], total: int, rng: random.Random) -> dict[int, int]:
    if not cells:
        return {}
    weights = [rng.uniform(0.6, 1.4) for _ in cells]
    scale, given, run, out = total / sum(weights), 0, 0.0, {}
    for cell, weight in zip(cells, weights, strict=True):
        run += weight * scale
        out[cell] = round(run) - given
        given += out[cell]
    return out


def households(
    cells: Mapping[int, tuple[str, float, float]], people: Mapping[int, int], seed: int = 2022
) -> Iterator[Household]:
    """The dwellings of each cell with just `people[cell]` residents in all, cell by cell.

    `cells` maps a cell to (the everyday name of its community, longitude, latitude of a point inside it).
    """
    numbers = Numbers()
    place = {cell: turn for turn, cell in enumerate(sorted(cells), 1)}
    for cell in sorted(people):
        community, lng, lat = cells[cell]
        rng = random.Random(f"{seed}-{cell}")
        name = community.removesuffix("社区").removesuffix("村")
        for at, (house, rented, members) in enumerate(_cell(cell, name, lng, lat, people[cell], rng, numbers), 1):
            # Nine characters at most (GB/T 31000-2015 table 12): the cell's turn in the district, the household's in the cell.
            yield Household(house, f"{place[cell]:04d}{at:05d}" if members and not rented else "", rented, members)


def _cell(
    cell: int, name: str, lng: float, lat: float, wanted: int, rng: random.Random, numbers: Numbers
) -> Iterator[tuple[House, bool, list[Resident]]]:
    village = cell // 1000 % 1000 >= 200
    left = wanted
    sites = _village(cell, name) if village else _estate(cell, name)
    while left > 0:
        road, number, estate, building, entrance, room, floor, offset = next(sites)
        house = House(
            place_code=cell,
            road=road,
            number=number,
            estate=estate,
            building=building,
            entrance=entrance,
            room=room,
            floor=floor,
            area_m2=rng.choice((56.5, 68.2, 79.9, 88.4, 96.0, 112.7, 128.3)),
            lng=round(lng + 0.00012 * (offset % 7 - 3), 6),
            lat=round(lat + 0.0001 * (offset // 7 % 7 - 3), 6),
        )
        if rng.random() < 0.07:
            yield house, False, []
            continue
        rented = not village and rng.random() < 0.16
        members = _family(rng, numbers, rented)[:left]
        left -= len(members)
        yield house, rented, members


Site = tuple[str, str, str, str, str, str, int, int]


def _estate(cell: int, name: str) -> Iterator[Site]:
    nth = cell % 1000
    for turn in range(10_000):
        estate = f"{name}{nth}号{ESTATES[(nth + turn) % len(ESTATES)]}" if turn else f"{name}{ESTATES[nth % 8]}"
        road, number = f"{name}路", f"{nth * 40 + turn * 2 + 2}号"
        for building in range(1, 13):
            for entrance in range(1, 4):
                for floor in range(1, 8):
                    for door in (1, 2):
                        room = f"{floor}{door:02d}室"
                        where = (road, number, f"{estate}{nth}期" if not turn else estate)
                        yield (*where, f"{building}栋", f"{entrance}单元", room, floor, building)


def _village(cell: int, name: str) -> Iterator[Site]:
    for turn in range(10_000):
        group = f"{name}村{cell % 1000 * 3 + turn}组"
        for house in range(1, 61):
            yield group, f"{house}号", "", "", "", "全户", 1, house


def _family(rng: random.Random, numbers: Numbers, rented: bool) -> list[Resident]:
    shape = rng.random()
    surname, members = rng.choice(SURNAMES), []

    def add(age: int, sex: int, relation: str, *, family: str = "", single: bool = False) -> Resident:
        one = _person(rng, numbers, age, sex, relation, family or rng.choice(SURNAMES), rented, single)
        members.append(one)
        return one

    if rented and shape < 0.45:
        add(rng.randint(19, 40), rng.choice((1, 2)), "02", single=True)
        return members
    if shape < 0.16:
        old = rng.random() < 0.6
        head = add(rng.randint(66, 92) if old else rng.randint(23, 60), rng.choice((1, 2)), "02", single=not old)
        if old and rng.random() < 0.5:
            head.care.append("elderly_alone")
        return members
    age = rng.randint(26, 74)
    head = add(age, 1, "02", family=surname)
    add(max(20, age - rng.randint(-1, 5)), 2, "10")
    if age >= 62 and shape < 0.6:
        return members
    for _ in range(rng.choice((0, 1, 1, 1, 2))):
        sex = rng.choice((1, 2))
        add(max(0, age - rng.randint(23, 32)), sex, "20" if sex == 1 else "30", family=surname)
    if age < 56 and shape > 0.82:
        add(age + rng.randint(22, 28), 2, "52")
    return members


def _person(
    rng: random.Random, numbers: Numbers, age: int, sex: int, relation: str, surname: str, migrant: bool, single: bool
) -> Resident:
    year, month = AS_OF.year - age, rng.randint(1, 12)
    birth_on = date(year, month, rng.randint(FIRST_DAY, calendar.monthrange(year, month)[1]))
    grown = age >= 22
    one = Resident(
        name=surname + rng.choice(FIRST) + rng.choice(LAST),
        sex=str(sex),
        birth_on=birth_on,
        id_number=numbers.id_number(birth_on, sex),
        phone=numbers.phone() if age >= 14 else "",
        relation=relation,
        marriage="10" if single or not grown else "30" if age > 70 and rng.random() < 0.4 else "20",
        politics="03" if 14 <= age <= 28 and rng.random() < 0.5 else "01" if grown and rng.random() < 0.07 else "13",
        education="80"
        if age < 12
        else "70"
        if age < 16
        else "60"
        if age < 19
        else rng.choice(("20", "30", "60", "70")),
        employer=rng.choice(EMPLOYERS) if 20 <= age <= 60 else "",
        is_migrant=migrant,
    )
    if rng.random() < 0.018:
        one.care.append("disabled")
    if rng.random() < 0.014:
        one.care.append("dibao")
    if age >= 15 and rng.random() < 0.004:
        one.special = rng.choice(("released", "correction", "psychiatric", "drug", "drug", "released", "hiv"))
    elif 8 <= age < 18 and rng.random() < 0.01:
        one.special = "youth"
    return one
