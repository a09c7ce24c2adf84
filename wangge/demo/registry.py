"""The records of the demonstration: addresses, residents, organisations, spot checks. Made only through services."""

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from shapely.geometry import shape

from wangge.demo import residents
from wangge.demo.people import DISTRICT_LETTERS, FIRST, LAST, SURNAMES
from wangge.identity import queries as identity
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.registry import queries as registry
from wangge.registry import services
from wangge.territory import queries as territory
from wangge.territory import services as places

SOURCE = "演示数据"
FROM = date(2020, 1, 1)
# Enough that 井龙街道 has its published number and every other cell has somebody; `--people 300000` fills the district.
DEFAULT_PEOPLE = 30_000
# Published: 4,640 records were checked on the spot in 2022, 813 of them updated.
CHECKED, UPDATED, CHECK_YEAR = 4_640, 813, 2022
CHECK_FIELDS = ("name", "phone", "employer", "home_address")
_EMPLOYERS = ("演示五金店", "演示汽修厂", "演示超市", "演示幼儿园")


def load(district: int, people: int, echo: Callable[[str], None]) -> list[residents.Household]:
    """Fill the district with `people` invented residents, their dwellings, organisations, special groups and spot checks.

    Safe to repeat: what stands stays, and what an interrupted load left out is added.
    """
    made = people_of(district, people, echo)
    _specials(made, echo)
    _organisations(_cells(district), echo)
    return made


def people_of(district: int, people: int, echo: Callable[[str], None]) -> list[residents.Household]:
    """The houses and the residents alone."""
    cells = _cells(district)
    made = list(residents.households(cells, residents.shares(list(cells), people)))
    with scope.system():
        loaded = places.load_addresses(actor=SYSTEM, rows=[_house(one.house) for one in made], source=SOURCE)
    echo(f"{territory.name_of(district)}：标准地址和房屋 {len(loaded)} 处")
    # Made as they are asked for: all of them at once would be held beside the copy that the import works on.
    rows = (row for one, at in zip(made, loaded, strict=True) for row in _rows(one, at.dwelling_id))
    batch = services.import_rows(
        actor=SYSTEM, kind="people", rows=rows, source=SOURCE, area=district, as_of=FROM, name=f"演示人员 {people}"
    )
    echo(f"{territory.name_of(district)}：人员 {batch.counts.get('added', 0)} 人")
    return made


def _cells(district: int) -> dict[int, tuple[str, float, float]]:
    found = {}
    for bound in territory.boundaries(district):
        inside = shape(bound.geometry).representative_point()
        community = territory.name_of(bound.cell_id - bound.cell_id % 1000)
        found[bound.cell_id] = (community, round(inside.x, 6), round(inside.y, 6))
    return found


def _house(house: residents.House) -> places.HouseRow:
    return places.HouseRow(
        place_code=house.place_code,
        road=house.road,
        number=house.number,
        estate=house.estate,
        building=house.building,
        entrance=house.entrance,
        room=house.room,
        floor=house.floor,
        area_m2=house.area_m2,
        lng=house.lng,
        lat=house.lat,
    )


def _rows(one: residents.Household, dwelling_id: int | None) -> Iterator[dict[str, Any]]:
    head = one.members[0] if one.members else None
    for who in one.members:
        row: dict[str, Any] = {
            "id_type": "111",
            "id_number": who.id_number,
            "name": who.name,
            "phone": who.phone,
            "ethnic": "01",
            "native_place": "430200",
            "marriage": who.marriage,
            "politics": who.politics,
            "education": who.education,
            "employer": who.employer,
            "hukou_area": who.id_number[:6],
            "home_area": str(one.house.place_code)[:6],
            "home_address": one.house.address,
            "place_code": one.house.place_code,
            "dwelling_id": dwelling_id,
            "residence": "rent" if one.is_rented else "own",
            "care": who.care,
        }
        if one.is_rented:
            row |= {
                "role": "migrant",
                "role_details": {"inflow_reason": "01", "dwelling_kind": "02", "is_watched": "0"},
            }
        elif head is not None:
            row |= {
                "household": one.number,
                "relation": who.relation,
                "role": "hukou",
                "role_details": {"is_at_hukou": "01", "household_number": one.number, "relation_to_head": who.relation},
                "hukou_address": one.house.address,
            }
        yield row


_GUARDIAN = {"guardian_name": "演示监护人", "guardian_phone": "14299999999"}
_HELPER = {"helper_name": "演示帮扶人", "helper_phone": "14299999998"}
DETAILS: dict[str, dict[str, Any]] = {
    "released": {
        "is_repeat": "0", "crime": "05", "sentence": "一年", "prison": "演示监狱", "released_on": "2021-06-30",
        "risk": "02", "met_on": "2021-06-30", "met_by": "03", "settled_on": "2021-09-01", "settled_by": "06",
        "is_new_crime": "0",
    },
    "correction": {
        "correction_number": "4302040000000001", "correction_kind": "02", "case_kind": "040000", "crime": "演示罪名",
        "correction_from": "2022-03-01", "correction_until": "2027-02-28", "received_by": "01", "has_group": "1",
        "group_members": ["01", "04"], "is_out_of_control": "0", "is_missed": "0", "is_new_crime": "0",
    },
    "psychiatric": {
        **_GUARDIAN, "is_dibao": "0", "diagnosis": "01", "has_harmed": "0", "risk_level": "04", "treatment": "02",
    },
    "drug": {
        **_HELPER, "found_on": "2018-05-01", "control": "01", "controller_name": "演示管控人",
        "controller_phone": "14299999997",
    },
    "hiv": {**_HELPER, "infected_by": "99", "has_crime": "0", "concern": "00"},
    "youth": {
        **_GUARDIAN, **_HELPER, "youth_kind": "01", "family": "02", "guardian_id_number": "", "guardian_relation": "51",
        "guardian_address": "演示住址", "has_crime": "0", "help_kind": "03",
    },
}  # fmt: skip


def _specials(made: list[residents.Household], echo: Callable[[str], None]) -> None:
    marked = [who for one in made for who in one.members if who.special]
    with scope.system():
        known = registry.matching_documents(SYSTEM, [("111", who.id_number) for who in marked])
        count = 0
        for who in marked:
            person_id = known.get(who.id_number) or known.get(("111", who.id_number))
            if not isinstance(person_id, int):
                continue
            try:
                with transaction.atomic():
                    services.begin_role(
                        actor=SYSTEM,
                        person_id=person_id,
                        kind=who.special,
                        since=date(2022, 3, 1),
                        details=DETAILS[who.special],
                        source=SOURCE,
                        partial=True,
                    )
            except IntegrityError:  # an earlier load got this far
                continue
            count += 1
    echo(f"重点人群登记 {count} 人")


def _organisations(cells: dict[int, tuple[str, float, float]], echo: Callable[[str], None]) -> None:
    rng, rows = random.Random("2022-organisations"), []
    numbers = residents.Numbers(first_phone=90_000_000)
    for turn, (cell, (community, lng, lat)) in enumerate(sorted(cells.items())):
        if turn % 2:
            continue
        staff = rng.randint(1, 60)
        rows.append(
            {
                "uscc": residents.credit_code(f"91430204MA{turn:07d}"),
                "name": f"{community}{rng.choice(_EMPLOYERS)}{turn}号店",
                "enterprise_kind": "01",
                "address": f"{community}路{turn + 1}号",
                "employees": staff,
                "legal_id_type": "111",
                "legal_id_number": numbers.id_number(date(1978, 1 + turn % 12, 28), 1),
                "legal_name": _name(rng),
                "legal_phone": numbers.phone(),
                "guard_name": _name(rng),
                "guard_phone": numbers.phone(),
                "safety_hazard": "00",
                "attention": "03",
                **dict.fromkeys(("is_hazardous", "can_have_party", "has_party", "has_union", "has_league"), "0"),
                **dict.fromkeys(("party_members", "union_members", "league_members"), 0),
                "has_women": "0",
                "women": staff // 2,
                "place_code": cell,
                "lng": lng,
                "lat": lat,
            }
        )
    area = min(cells) // 10**9 * 10**9
    batch = services.import_rows(
        actor=SYSTEM,
        kind="organisations",
        rows=rows,
        source=SOURCE,
        area=area,
        as_of=FROM,
        role="enterprise",
        name="演示组织",
    )
    echo(f"组织 {batch.counts.get('added', 0)} 家")


def _name(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + rng.choice(FIRST) + rng.choice(LAST)


def keep_true(district: int, keeper: Actor, echo: Callable[[str], None]) -> None:
    """The three lists in force, a task for the officers of a street, and the reminders of the first night."""
    with scope.system():
        if registry.lists_in_force(district):
            return
        services.load_lists(actor=keeper, place=district)
        reminded = services.remind(actor=SYSTEM)
        today = clock.today()
        asked = services.ask_campaign(
            actor=keeper,
            title="居住证到期告知",
            item="流动人口登记和居住证告知",
            place_code=residents.JINGLONG,
            from_on=today,
            until=today + timedelta(days=30),
            fields=["phone", "employer"],
            people="migrant",
        )
        services.open_campaign(actor=keeper, campaign_id=asked.pk)
    echo(f"三张清单已公布；到期提醒 {reminded.made} 条")


def check_samples(district: int, checker: Actor, echo: Callable[[str], None]) -> None:
    """The spot checks of the published year: so many drawn at random by stratum, so many of them corrected."""
    year = date(CHECK_YEAR, 1, 1), date(CHECK_YEAR + 1, 1, 1)
    with scope.system():
        if registry.sampled_between(district, district + 10**9 - 1, *year).exists():
            return
        plan = services.plan_sample(
            actor=checker,
            title=f"{CHECK_YEAR} 年平台信息抽查",
            place_code=district,
            fields=CHECK_FIELDS,
            size=CHECKED,
            due_on=clock.today() + timedelta(days=30),
            seed=f"{CHECK_YEAR}-{district}",
        )
        plan = services.draw_sample(actor=checker, plan_id=plan.pk)
        rng = random.Random(plan.seed)
        items = list(registry.sample_items(checker, plan.pk).order_by("position"))
        wrong = set(rng.sample(range(len(items)), UPDATED))
        checks = []
        for turn, item in enumerate(items):
            at = datetime(CHECK_YEAR, 1 + turn * 12 // len(items), 1 + turn % 28, 10, 30, tzinfo=clock.ZONE)
            results = dict.fromkeys(CHECK_FIELDS, "correct")
            changes = {}
            if turn in wrong:
                results["employer"], changes["employer"] = "corrected", f"{rng.choice(_EMPLOYERS)}（已更正）"
            checks.append(services.SampleCheck(item.pk, results, changes, at=at, by=(checker.id, checker.name)))
        done = services.record_checks(actor=checker, plan_id=plan.pk, checks=checks)
        services.close_sample(actor=checker, plan_id=plan.pk)
    echo(f"{CHECK_YEAR} 年抽查核实 {done.checked} 条，更新 {done.updated} 条")


def clerk(district: int) -> Actor:
    """The information clerk of the district's centre, at their own post."""
    with scope.system():
        account = identity.account(f"{DISTRICT_LETTERS[district // 10**9]}-registry-clerk")
        return identity.actor_for(account, identity.posts_of(account)[0], "desk")
