"""Loading the demonstration, one stage after another; each stage adds only what is not there."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from wangge.casework import services as casework
from wangge.demo import devices, exchange, live, pictures, place, registry, spread, year
from wangge.demo.books import loading as books
from wangge.identity import queries as identity
from wangge.kernel import audit, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import Refusal
from wangge.territory import queries as territory

ACTION = "demo.loaded"
DEVICES = 60
# The neighbour is smaller: its year has about a third of the events and the same share closed.
TOTALS = {place.SHIFENG: (spread.TOTAL, spread.CLOSED), place.HETANG: (6_000, 5_988)}
SEEDS = {place.SHIFENG: 430_204, place.HETANG: 430_202}


def load(size: float, people: int | None, echo: Callable[[str], None]) -> None:
    """See `wangge.demo.load`."""
    with scope.system():
        before = identity.audit_entries(SYSTEM, action=ACTION).first()
    if before is not None:
        told = "" if float(before.data.get("size", size)) == size else f"（规模 {before.data['size']}，未改变）"
        echo(f"演示数据已经装载{told}。")
        return
    started = time.monotonic()
    with scope.system():
        shown = pictures.keep()
    for district in TOTALS:
        place.lay_out(district, echo)
    for district in TOTALS:
        with scope.system():
            here = place.describe(district)
        _year(here, size, shown, echo)
        _live(here, shown, min(size * 2, 1.0) if district == place.SHIFENG else min(size * 2, 1.0) * 0.3, echo)
    books.load(echo)
    made = registry.load(place.SHIFENG, people or registry.DEFAULT_PEOPLE, echo)
    registry.check_samples(place.SHIFENG, registry.clerk(place.SHIFENG), echo)
    registry.keep_true(place.SHIFENG, registry.clerk(place.SHIFENG), echo)
    exchange.load(place.SHIFENG, made, echo)
    echo(f"设备 {devices.place_devices(place.SHIFENG, DEVICES)} 台")
    echo(f"一键报警使用人 {devices.give_to_the_old(place.SHIFENG)} 人，各登记两位家属")
    with scope.system():
        audit.record(SYSTEM, ACTION, "demo", "district", size=size)
    echo(f"演示数据装载完成，用时 {time.monotonic() - started:.0f} 秒。")


def _year(here: place.Place, size: float, shown: list[str], echo: Callable[[str], None]) -> None:
    """The year, in years of at most the usual size, so that memory stays the same at any size."""
    total, closed = spread.size(size, *TOTALS[here.code])
    turns = max(1, -(-total // TOTALS[here.code][0]))
    done, name = 0, territory.name_of(here.code)
    for turn in range(turns):
        part = total * (turn + 1) // turns - total * turn // turns
        part_closed = closed * (turn + 1) // turns - closed * turn // turns
        seed = SEEDS[here.code] + turn * 1_000_000
        for rows in year.slices(here, part, min(part, part_closed), seed, shown):
            done += _import(rows, f"演示数据 {year.YEAR} {here.code // 10**9} {turn}")
            echo(f"{name} {year.YEAR} 年：已装入 {done} 件（登记 {total} 件，另有合并和不予受理的）")


def _live(here: place.Place, shown: list[str], share: float, echo: Callable[[str], None]) -> None:
    try:
        with scope.system():
            rows = live.rows(here, shown, share)
        count = _import(rows, f"演示数据 近日 {here.code // 10**9}", is_legacy=False)
    except Refusal as refusal:
        if refusal.code != "calendar_year_missing":
            raise
        echo(f"近日事件未生成：{refusal.sentence}")
        return
    echo(f"{territory.name_of(here.code)}近日：{count} 件")


def _import(rows: Iterable[dict[str, Any]], source: str, is_legacy: bool = True) -> int:
    done = casework.import_cases(actor=SYSTEM, rows=rows, source_name=source, is_legacy=is_legacy)
    if done.faults:
        first = done.faults[0]
        raise Refusal(
            "demo_broken",
            f"演示数据第 {first.row} 行第 {first.step} 步：{first.field} {first.value} {first.sentence}",
            status=500,
        )
    return done.cases + done.known
