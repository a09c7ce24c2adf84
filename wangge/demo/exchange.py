"""Another office's data in the demonstration: pension insurance of some residents, taken in, linked to the one record, shared."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from wangge.demo.people import DISTRICT_LETTERS
from wangge.demo.residents import Household, Resident
from wangge.exchange import queries, services
from wangge.identity import queries as identity
from wangge.kernel import clock, scope
from wangge.kernel.actor import Actor

CODE, ROWS = "demo-pension", 600
FIELDS = (
    ("card", "社保编号", {"means": "key", "level": 3, "required": True}),
    ("name", "姓名", {"means": "name", "level": 3, "required": True}),
    ("id_number", "身份证号", {"means": "id_number", "level": 4}),
    ("sex", "性别", {"means": "sex", "codes": "2261.1", "level": 3}),
    ("birth", "出生日期", {"kind": "date", "means": "birth_on", "level": 3}),
    ("phone", "手机", {"means": "phone", "level": 4}),
    ("home", "住址", {"means": "address", "level": 3}),
    ("paid_to", "缴费至", {"kind": "date", "level": 2}),
)


DATASET = "demo-pension-paid"
OFFERED = ("name", "id_number", "home", "paid_to")
BASIS = "含个人信息，只用于办理所申请的事项（国发〔2016〕51号第九条、第十二条）"


def load(district: int, made: Sequence[Household], echo: Callable[[str], None]) -> None:
    """Register the source, take its rows in, link them, list them in the catalogue and share them with one office: each unless
    it is there. One row in eight has no document."""
    manager = _who(district, "data-manager")
    with scope.use(manager):
        known = any(one.code == CODE for one in queries.sources(manager))
    if not known:
        count = _take(manager, district, made)
        echo(f"外部数据：养老保险 {count} 条，已与人员底数比对")
    with scope.use(manager):
        listed = any(one.code == DATASET for one in queries.datasets(manager))
    if not listed:
        mark = _share(manager, district)
        echo(f"数据共享：目录 1 项，申请 2 项，已交付 1 次，溯源编号 {mark}")


def _who(district: int, login: str) -> Actor:
    with scope.system():
        account = identity.account(f"{DISTRICT_LETTERS[district // 10**9]}-{login}")
        return identity.actor_for(account, identity.posts_of(account)[0], "desk")


def _share(manager: Actor, district: int) -> str:
    """An entry of the catalogue; a request that was allowed and fetched, with fewer fields than asked for; one that waits."""
    with scope.use(manager):
        entry = services.list_dataset(
            actor=manager,
            source_id=queries.source_by_code(manager, CODE).pk,
            code=DATASET,
            name="居民养老保险缴费情况（演示）",
            about="参保人员的姓名、证件号码、住址和缴费截止日期",
            share="asked",
            fields=OFFERED,
            basis=BASIS,
        )
        services.publish_dataset(actor=manager, dataset_id=entry.pk, listed=True)
    office, other = _who(district, "liaison"), _who(district, f"{district // 10**9}-civil-liaison")
    today = clock.today()
    numbers = [
        _ask(office, entry.pk, "核对环卫外包人员的养老保险参保情况", "《社会保险法》第十条", ("id_number",)),
        _ask(other, entry.pk, "核对高龄津贴发放对象，避免重复和漏发", "《老年人权益保障法》第三十三条", ()),
    ]
    approver = _who(district, "data-approver")
    with scope.use(approver):
        services.decide_share(
            actor=approver,
            number=numbers[0],
            seen_step=1,
            approved=True,
            fields=("name", "id_number", "paid_to"),
            full=("id_number",),
            until_on=today + timedelta(days=90),
            note="住址与所办事项无关，不予提供",
        )
    with scope.use(office):
        made, _ = services.deliver(actor=office, number=numbers[0])
    return made.mark


def _ask(office: Actor, dataset_id: int, purpose: str, basis: str, full: Sequence[str]) -> str:
    today = clock.today()
    with scope.use(office):
        asked = services.ask_share(
            actor=office,
            dataset_id=dataset_id,
            fields=OFFERED,
            full=full,
            purpose=purpose,
            legal_basis=basis,
            from_on=today,
            until_on=today + timedelta(days=180),
        )
    return asked.number


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
    """What the other office wrote down: mostly right, some of it with a slip, in a code of its own, or about nobody here."""
    rng = random.Random("2022-pension")
    grown: list[tuple[Household, Resident]] = [(h, m) for h in made for m in h.members if m.age >= 60]
    for turn, (home, one) in enumerate(grown[:: max(1, len(grown) // ROWS)][:ROWS]):
        without, elsewhere = turn % 8 == 0, turn % 50 == 8
        name = one.name[0] + rng.choice("安宁平和") + one.name[2] if turn % 40 == 0 else one.name
        number = "" if without else one.id_number
        if turn % 60 == 7:  # the last digit does not fit
            number = number[:-1] + ("0" if number[-1] != "0" else "1")
        yield (
            f"YL{turn:06d}",
            "" if turn % 200 == 11 else name[::-1] if elsewhere else name,
            number,
            {"1": "M", "2": "F"}[one.sex] if turn % 90 == 3 else one.sex,
            (one.birth_on - timedelta(days=2_557 if elsewhere else 0)).isoformat(),
            "" if elsewhere or turn % 3 == 0 else one.phone,
            "" if elsewhere else home.house.address,
            "2022-12-31",
        )
