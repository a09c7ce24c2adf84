"""Another office's data in the demonstration: pension insurance of some residents, taken in and linked to the one record."""

import random
from collections.abc import Callable, Iterator, Sequence

from wangge.demo.people import DISTRICT_LETTERS
from wangge.demo.residents import Household, Resident
from wangge.exchange import queries, services
from wangge.identity import queries as identity
from wangge.kernel import scope
from wangge.kernel.actor import Actor

CODE, ROWS = "demo-pension", 600
FIELDS = (
    ("card", "社保编号", {"means": "key", "level": 3, "required": True}),
    ("name", "姓名", {"means": "name", "level": 3, "required": True}),
    ("id_number", "身份证号", {"means": "id_number", "level": 4}),
    ("birth", "出生日期", {"kind": "date", "means": "birth_on", "level": 3}),
    ("phone", "手机", {"means": "phone", "level": 4}),
    ("home", "住址", {"means": "address", "level": 3}),
    ("paid_to", "缴费至", {"kind": "date", "level": 2}),
)


def load(district: int, made: Sequence[Household], echo: Callable[[str], None]) -> None:
    """Register the source, take its rows in and link them, unless it is there. One row in eight has no document."""
    letters = DISTRICT_LETTERS[district // 10**9]
    with scope.system():
        account = identity.account(f"{letters}-data-manager")
        manager = identity.actor_for(account, identity.posts_of(account)[0], "desk")
    with scope.use(manager):
        if any(one.code == CODE for one in queries.sources(manager)):
            return
    count = _take(manager, district, made)
    echo(f"外部数据：养老保险 {count} 条，已与人员底数比对")


def _take(manager: Actor, district: int, made: Sequence[Household]) -> int:
    with scope.use(manager):
        source = services.register_source(
            actor=manager,
            code=CODE,
            name="城乡居民养老保险参保人员（演示）",
            owner=f"{district // 10**9}-labour",
            place_code=district,
            kind="file",
            purpose="核对居民养老保险参保情况",
            legal_basis="《社会保险法》第七十四条",
            refresh="monthly",
            retention_days=365,
            fields=[{"key": key, "title": title, **more} for key, title, more in FIELDS],
        )
    rows = [",".join(title for _, title, _ in FIELDS), *(",".join(row) for row in _rows(made))]
    with scope.use(manager):
        begun = services.begin_intake(
            actor=manager, source_id=source.pk, name="养老保险.csv", data="\n".join(rows).encode()
        )
    services.take_in(begun.pk)
    with scope.use(manager):
        asked = services.ask_run(actor=manager, source_id=source.pk)
    services.run_link(asked.pk)
    return len(rows) - 1


def _rows(made: Sequence[Household]) -> Iterator[tuple[str, ...]]:
    rng = random.Random("2022-pension")
    grown: list[tuple[Household, Resident]] = [(h, m) for h in made for m in h.members if m.age >= 60]
    for turn, (home, one) in enumerate(grown[:: max(1, len(grown) // ROWS)][:ROWS]):
        without = turn % 8 == 0
        name = one.name[0] + rng.choice("安宁平和") + one.name[2] if turn % 40 == 0 else one.name
        yield (
            f"YL{turn:06d}",
            name,
            "" if without else one.id_number,
            one.birth_on.isoformat(),
            one.phone if turn % 3 else "",
            home.house.address,
            "2022-12-31",
        )
