"""Search among 1,000,000 people under a community's scope: milliseconds a search, each beside the same SQL sent directly.

    bench/person_search.py [--people N]

Measured as the page does it: scope set, text understood, people found and read, numbers opened and masked. The floor is the
same statement sent to the database by hand in the same scope, its numbers known beforehand. Promise: a document or telephone
5 ms, two characters of a name 30 ms, initials 30 ms, a spoken address 60 ms.
"""

import argparse
import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from _bench import installation, median_seconds, report

DISTRICTS = (430204000000000, 430202000000000)
PROMISES = {"document": 5, "phone": 5, "name": 30, "two characters": 30, "initials": 30, "address": 60}
HOMES = 300


def load(people: int) -> tuple[list[tuple[int, str, str, str]], int]:
    """Land, dwellings and people; some of them as (cell, name, number, phone), and the community that they live in."""
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM
    from wangge.territory import queries as territory
    from wangge.territory import services as territory_services

    with scope.system():
        for district in DISTRICTS:
            territory_services.sketch_cells(actor=SYSTEM, district=district, cells=500, from_on=date(2020, 1, 1))
        cells = [c.pk for c in territory.cells()]
    with scope.system():
        known = _people(cells, people)
    community = cells[0] - cells[0] % 1000
    return [one for one in known if one[0] - one[0] % 1000 == community], community


def _people(cells: list[int], people: int) -> list[tuple[int, str, str, str]]:
    """Households of three in one dwelling each, cell by cell; rows by COPY."""
    from wangge.demo.people import FIRST, LAST, SURNAMES
    from wangge.demo.residents import Numbers
    from wangge.kernel import bulk, clock
    from wangge.kernel.actor import SYSTEM
    from wangge.kernel.sealed import Blinder, Sealer
    from wangge.registry.rules.names import initials
    from wangge.registry.services import sealing
    from wangge.territory import services as territory_services

    rng, numbers = random.Random(7), Numbers()
    sealer, blinder, now, today = Sealer("people"), Blinder("people-index"), clock.now(), clock.today()
    # What is the same for everybody; what differs is set person by person.
    common: dict[str, Any] = {
        **{"state": "active", "id_type": "111", "former_name": "", "ethnic": "01", "native_place": "430204"},
        **{"marriage": "20", "politics": "13", "education": "70", "occupation_class": "40000", "occupation": "演示"},
        **{"employer": "演示单位", "hukou_area": "430204", "hukou_address": "演示路118号", "home_area": "430204"},
        **{"home_address": "演示路118号", "source": "演示", "verified_by": "演示", "proof": "{}", "step": 1},
        **{"created_at": now, "updated_at": now},
    }
    known: list[tuple[int, str, str, str]] = []
    pk, each = 0, people // len(cells)
    for number, cell in enumerate(cells):
        rows: list[dict[str, Any]] = []
        homes: list[dict[str, Any]] = []
        dwellings = _dwellings(territory_services, SYSTEM, cell, min(HOMES, each // 3))
        for nth in range(each):
            pk += 1
            sex = rng.randrange(1, 3)
            born = date(1935, 1, 26) + timedelta(days=rng.randrange(80 * 365))
            id_number = numbers.id_number(born.replace(day=26 + rng.randrange(3)), sex)
            phone = numbers.phone()
            name = rng.choice(SURNAMES) + rng.choice(FIRST) + (rng.choice(LAST) if rng.random() < 0.7 else "")
            sealed, version = sealing.seal_core(pk, {"id_number": id_number, "phone": phone}, sealer)
            one = {
                "id": pk,
                "place_code": cell,
                "name": name,
                "pinyin": initials(name),
                "sex": str(sex),
                "birth_on": born,
            }
            one |= {"id_index": sealing.blind_document("111", id_number, blinder)}
            one |= {"phone_index": sealing.blind_phone(phone, blinder), "sealed": sealed, "key_version": version}
            rows.append(common | one)
            home = {"person_id": pk, "dwelling_id": dwellings[nth // 3 % len(dwellings)], "place_code": cell}
            home |= {"since": today, "ended_reason": "", "source": "演示", "by": "演示", "at": now}
            homes.append(home | {"kind": "own", "is_main": True})
            if number < 8:
                known.append((cell, name, id_number, phone))
        for table, found in (("registry_person", rows), ("registry_residence", homes)):
            bulk.insert(table, list(found[0]), [list(row.values()) for row in found])
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select setval(pg_get_serial_sequence('registry_person', 'id'), %s)", [pk])
    return known


def _dwellings(services: Any, actor: Any, cell: int, wanted: int) -> list[int]:
    rows = [
        services.HouseRow(
            place_code=cell,
            road="演示路",
            number=f"{cell % 1000}号",
            building=f"{at // 60 + 1}栋",
            entrance=f"{at // 30 % 2 + 1}单元",
            room=f"{at // 2 % 15 + 1}{at % 2 + 1:02d}室",
        )
        for at in range(wanted)
    ]
    return [one.dwelling_id for one in services.load_addresses(actor=actor, rows=rows, source="bench")]


def analyse() -> None:
    from django.db import connection

    connection.close()
    with connection.cursor() as cursor:
        for table in ("registry_person", "registry_residence", "territory_standardaddress", "territory_dwelling"):
            cursor.execute(f"vacuum (analyze) {table}")


def _count(community: int) -> int:
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM
    from wangge.registry import queries

    with scope.system():
        return queries.people(SYSTEM, place=community).count()


def measure(name: str, ours: Callable[[], Any], sql: str, values: list[Any], actor: Any) -> tuple[float, float]:
    from django.db import connection

    from wangge.kernel import scope

    def direct() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            cursor.fetchall()

    with scope.use(actor):
        floor = median_seconds(direct, 21) * 1000
    value = median_seconds(ours, 21) * 1000
    mark = "" if value <= PROMISES[name] else f"   over the promise of {PROMISES[name]} ms"
    print(f"{name:16} {value:8.2f} ms   the statement alone {floor:8.2f} ms{mark}", flush=True)
    return value, floor


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=1_000_000)
    asked = parser.parse_args()
    with installation():
        begun = time.perf_counter()
        known, community = load(asked.people)
        analyse()
        print(
            f"{asked.people} people loaded in {time.perf_counter() - begun:.0f} s, {_count(community)} in the community"
        )
        _run(known, community)


def _run(known: list[tuple[int, str, str, str]], community: int) -> None:
    from wangge.kernel import scope
    from wangge.kernel.actor import Actor
    from wangge.registry import queries
    from wangge.registry.queries import sealing
    from wangge.territory import queries as territory

    rights = frozenset({"registry.view"})
    actor = Actor(id=1, name="演示", rights=rights, lo=community, hi=community + 999)
    cell, name, number, phone = known[len(known) // 2]
    given = next(one[1] for one in known if len(one[1]) == 3)

    def find(text: str) -> Callable[[], Any]:
        def search() -> Any:
            with scope.use(actor):
                found = queries.find(actor, text)
                assert found.people, text
                return list(queries.as_rows(found.people))

        return search

    reach = [actor.lo, actor.hi]
    spoken = f"演示路{cell % 1000}号1栋2单元101"
    dwellings = territory.dwelling_ids_for(spoken, community, 200)
    two, letters = given[1:], queries.initials(given)[:2]
    inside = "select * from registry_person where place_code >= %s and place_code <= %s"
    named = "select id from registry_person where place_code >= %s and place_code <= %s"
    living = (
        "select p.* from registry_residence r join registry_person p on p.id = r.person_id where p.place_code >= %s"
        " and p.place_code <= %s and r.until is null and r.dwelling_id = any(%s)"
    )
    results = [
        measure(what, find(text), sql, [*reach, value], actor)
        for what, text, sql, value in (
            ("document", number, inside + " and id_index = any(%s)", sealing.document_indexes("111", number)),
            ("phone", phone, inside + " and phone_index = any(%s)", sealing.phone_indexes(phone)),
            ("name", name, inside + " and name = %s", name),
            ("two characters", two, named + " and name like %s limit 51", f"%{two}%"),
            ("initials", letters, named + " and pinyin like %s limit 51", f"{letters}%"),
            ("address", spoken, living, dwellings),
        )
    ]
    value, floor = results[3]
    report("person_search_two_characters", value, "ms", floor)


if __name__ == "__main__":
    main()
