"""A spoken address among the dwellings of 1,000,000 people: milliseconds to the standard address, beside its bare look-up.

    bench/address_search.py [--dwellings N]      a throw-away database with that many dwellings (default 350,000)

Loads the dwellings over a district of 380 cells (rows a second), then resolves spoken forms one by one under a community's
and under the whole district's scope, lists the dwellings of half an address, and resolves 300,000 texts in one call. The floor
of one look-up is the dwelling read by its key from the index in the same run. Promise: at most 60 ms under a community's scope.
"""

import argparse
import random
import time
from datetime import date

from _bench import installation, median_seconds, report

DISTRICT, CELLS, TEXTS = 430204000000000, 380, 300_000
FORMS = (
    "{road}{number}{estate}{b}栋{u}单元{room}室",
    "湖南省株洲市石峰区{road}{number}{estate}{b}栋{u}单元{room}",
    "{estate}{b}幢{u}单元{room}号",
    "{estate}{b}-{u}-{room}",
    "{estate}{b}#{u}单元{room}",
    "{estate}第{b}栋第{u}单元{floor}楼{door:02d}室",
    "{estate}{b}号楼{u}门{room}房",
    "{road}{number}{b}栋{u}单元{room}室",
)


def run(wanted: int) -> None:
    """The district with its cells, and what is measured over it."""
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM
    from wangge.territory import services

    with scope.system():
        services.sketch_cells(actor=SYSTEM, district=DISTRICT, cells=CELLS, from_on=date(2020, 1, 1))
        measure(wanted)


def houses(wanted: int) -> list[dict[str, object]]:
    """So many dwellings over the cells: estates of 6 buildings with 3 entrances, 7 floors and 2 doors."""
    from wangge.territory import queries

    cells = list(queries.cells(DISTRICT))
    made: list[dict[str, object]] = []
    turn = 0
    while len(made) < wanted:
        for n, cell in enumerate(cells):
            name = cell.community.short.removesuffix("社区").removesuffix("村")
            at = {
                "cell": cell.code,
                "road": f"{name}路",
                "number": f"{cell.code % 1000 * 40 + turn * 2 + 2}号",
                "estate": f"{name}{'甲乙丙丁戊己庚辛'[turn % 8]}{cell.code % 1000}号{('家园', '花园', '雅居', '新村')[n % 4]}",
            }
            made += [
                at | {"b": b, "u": u, "floor": f, "door": d, "room": f"{f}{d:02d}"}
                for b in range(1, 7)
                for u in (1, 2, 3)
                for f in range(1, 8)
                for d in (1, 2)
            ]
            if len(made) >= wanted:
                break
        turn += 1
    return made[:wanted]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--dwellings", type=int, default=350_000)
    wanted = options.parse_args().dwellings
    with installation():
        run(wanted)


def measure(wanted: int) -> None:
    from django.db import connection

    from wangge.kernel.actor import SYSTEM
    from wangge.territory import queries, services
    from wangge.territory.services import HouseRow

    given = houses(wanted)
    rows = [
        HouseRow(
            int(str(h["cell"])), str(h["road"]), str(h["number"]), str(h["estate"]), f"{h['b']}栋", f"{h['u']}单元",
            f"{h['room']}室", int(str(h["floor"])),
        )
        for h in given
    ]  # fmt: skip
    began = time.perf_counter()
    told = services.load_addresses(actor=SYSTEM, rows=rows, source="bench")
    took = time.perf_counter() - began
    print(f"{len(rows)} dwellings loaded in {took:.1f} s, {len(rows) / took:,.0f} rows/s")
    assert all(t.dwelling_id for t in told)

    rng = random.Random(4)
    picked = [(rng.randrange(len(given)), rng.choice(FORMS)) for _ in range(400)]
    asked = [(form.format(**given[i]), told[i].dwelling_id, int(str(given[i]["cell"]))) for i, form in picked]

    def one_by_one(within: str) -> float:
        begun, right = time.perf_counter(), 0
        for text, wanted_id, cell in asked:
            area = DISTRICT if within == "district" else cell - cell % 1000
            found = queries.resolve(text, area)
            right += found.dwelling_id == wanted_id
            if found.dwelling_id not in (None, wanted_id):
                raise SystemExit(f"{text} was taken for another dwelling")
        taken = (time.perf_counter() - begun) / len(asked) * 1000
        print(f"one by one within a {within}: {taken:.2f} ms, {right} of {len(asked)} resolved to the right dwelling")
        return taken

    begun = time.perf_counter()
    queries.gazetteer(DISTRICT)
    print(f"dictionary of the district read in {time.perf_counter() - begun:.2f} s")
    one_by_one("district")
    value = one_by_one("community")
    half = median_seconds(
        lambda: queries.dwelling_ids_for(f"{given[0]['estate']}3栋", int(str(given[0]["cell"])) // 1000 * 1000),
        times=21,
    )
    print(f"every dwelling of a building: {half * 1000:.2f} ms")

    texts = [rng.choice(FORMS).format(**given[rng.randrange(len(given))]) for _ in range(TEXTS)]
    begun = time.perf_counter()
    many = queries.resolve_many(texts, DISTRICT)
    took = time.perf_counter() - begun
    sure = sum(r.dwelling_id is not None for r in many)
    print(f"{TEXTS} texts in one call: {took:.1f} s, {TEXTS / took:,.0f} texts/s, {sure / TEXTS:.2%} sure")

    from wangge.territory.rules.addresses import key_of

    keys = [key_of(rows[i].levels) for i, _ in picked]

    def bare() -> None:
        with connection.cursor() as cursor:
            for key in keys:
                cursor.execute(
                    "select id from territory_standardaddress where key = %s and until is null"
                    " and place_code between %s and %s",
                    [key, DISTRICT, DISTRICT + 10**9 - 1],
                )
                cursor.fetchall()

    floor = median_seconds(bare, times=3) / len(keys) * 1000
    report("address_search_in_a_community", value, "ms", floor)


if __name__ == "__main__":
    main()
