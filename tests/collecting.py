"""Builders for collecting at the door: a building of a cell with families in it. Run inside `scope.system()`."""

from datetime import date
from typing import Any

from wangge.demo.residents import Numbers
from wangge.kernel import clock
from wangge.kernel.actor import SYSTEM
from wangge.registry import services as registry
from wangge.territory import services as territory
from wangge.territory.models import GridCell

NUMBERS = Numbers(first_phone=70_000_000)
NAMES = ("周明远", "李秀英", "周小禾", "周一诺")
RELATIONS = ("02", "10", "21", "31")
BIRTHS = (date(1961, 4, 27), date(1963, 9, 28), date(1989, 1, 26), date(2014, 6, 29))


def dwellings(cell: GridCell, rooms: int = 3, building: str = "3栋", floor: int = 5) -> list[int]:
    """Ids of rooms of one building, in order."""
    rows = [
        territory.HouseRow(
            place_code=cell.code,
            road="响石路",
            number="12号",
            estate="丽景苑",
            building=building,
            entrance="1单元",
            room=f"{floor + n // 4}0{n % 4 + 1}室",
        )
        for n in range(rooms)
    ]
    found = territory.load_addresses(actor=SYSTEM, rows=rows, source="测试")
    assert all(one.dwelling_id for one in found), [one.sentence for one in found]
    return [one.dwelling_id or 0 for one in found]


def family(dwelling: int, cell: GridCell, people: int = 3, verified: date | None = date(2025, 6, 2)) -> list[Any]:
    """A household of so many, each with a number and a telephone, verified on the day."""
    made = []
    for n in range(people):
        sex = 1 if n % 2 == 0 else 2
        values: dict[str, Any] = {
            "name": NAMES[n % 4],
            "id_number": NUMBERS.id_number(BIRTHS[n % 4], sex),
            "phone": NUMBERS.phone(),
            "ethnic": "01",
            "education": "60",
            "employer": "演示机械厂",
            "home_address": "丽景苑3栋",
        }
        made.append(
            registry.register(
                actor=SYSTEM,
                values=values,
                place_code=cell.code,
                source="导入",
                dwelling_id=dwelling,
                since=date(2020, 1, 1),
                on=verified or clock.today(),
            )
        )
    home = registry.make_household(
        actor=SYSTEM, place_code=cell.code, head_id=made[0].pk, dwelling_id=dwelling, since=date(2020, 1, 1)
    )
    for one, relation in zip(made[1:], RELATIONS[1:], strict=False):
        registry.join_household(
            actor=SYSTEM, household_id=home.pk, person_id=one.pk, relation=relation, since=date(2020, 1, 1)
        )
    for one in made:
        one.refresh_from_db()
    return made
