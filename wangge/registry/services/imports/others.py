"""Imports of dwellings, devices and fixtures (to the territory, which owns them) and of organisations."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl
from django.db import transaction

from wangge.kernel import clock, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.kernel.sealed import Sealer
from wangge.registry.models import ImportBatch, Organisation
from wangge.registry.queries import imports as queries
from wangge.registry.queries.organisations import open_sealed
from wangge.registry.queries.sealing import PEOPLE
from wangge.registry.rules import identity, tables
from wangge.registry.rules import organisations as rules
from wangge.registry.rules.import_sheets import ROW
from wangge.registry.services import organisations
from wangge.registry.services.imports import devices, fixtures, noting
from wangge.registry.services.imports.people import Outcome
from wangge.territory import services as land

if TYPE_CHECKING:
    from wangge.registry.services.imports.running import Source

PART = 2_000
Row = dict[str, Any]
Faults = list[tuple[str, str]]
_UNPLACED = "不是本次导入范围内的网格或社区。请核对编码；确属其他地方的，请由当地导入。"
_UNKNOWN_PLACE = "没有写网格或社区。请加“网格编码”一列，或在导入时把范围选到社区。"


class Others:
    """One batch of dwellings, organisations or devices, judged row by row."""

    def __init__(self, actor: Actor, batch: ImportBatch, *, write: bool) -> None:
        self.actor, self.batch, self.write, self.today = actor, batch, write, clock.today()
        self.mark = f"{actor.name}（导入{batch.pk}）"[:100]
        with scope.use(actor):
            self.places = queries.places(actor, batch.place_code)
        self.default = batch.place_code if batch.place_code in set(self.places.values()) else None
        self.seen: dict[Any, int] = {}

    def place(self, row: Row, faults: Faults) -> int:
        text = row.get("place_code")
        if text is None:
            if self.default is None:
                faults.append(("place_code", _UNKNOWN_PLACE))
            return self.default or 0
        found = self.places.get(str(text))
        if found is None:
            faults.append(("place_code", f"“{text}”{_UNPLACED}"))
        return found or 0

    def number(self, row: Row, key: str, title: str, faults: Faults, *, whole: bool = False) -> float | None:
        text = str(row.get(key) or "").replace(",", "").strip()
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if value != value or abs(value) > 1e8 or (whole and value != int(value)):
            faults.append((key, f"{title}“{text}”不是{'整数' if whole else '数字'}。请只填数字。"))
            return None
        return value

    # ---- dwellings -------------------------------------------------------------------------------------------------

    def house(self, row: Row, faults: Faults) -> land.HouseRow:
        use = str(row.get("use") or "01")
        code = tables.find_code("5.17", use)
        if code is None:
            faults.append(("use", f"建筑用途“{use}”不在代码表中。可填：{'、'.join(tables.codes('5.17').values())}。"))
        if not row.get("room"):
            faults.append(("room", "房号不能为空。独栋的房屋请填“整栋”。"))
        floor = self.number(row, "floor", "楼层", faults, whole=True)
        area = self.number(row, "area_m2", "建筑面积", faults)
        lng, lat = (self.number(row, key, title, faults) for key, title in (("lng", "经度"), ("lat", "纬度")))
        if (lng is None) != (lat is None):
            faults.append(("lng" if lng is None else "lat", "经度和纬度须同时填写。请补填另一项，或都不填。"))
        texts = {key: str(row.get(key) or "") for key in ("road", "number", "estate", "building", "entrance", "room")}
        return land.HouseRow(
            place_code=self.place(row, faults), floor=int(floor) if floor is not None else None, area_m2=area,
            use=code or "01", lng=lng, lat=lat, **texts,
        )  # fmt: skip

    def dwellings(self, rows: Mapping[int, Row], done: Outcome) -> None:
        sound: dict[int, land.HouseRow] = {}
        for at, row in rows.items():
            faults: Faults = []
            house = self.house(row, faults)
            if faults:
                done.faults[at] = faults
            else:
                sound[at] = house
        # Which of them are new only the territory can say; a rehearsal asks it and takes everything back.
        with transaction.atomic():
            told = land.load_addresses(actor=self.actor, rows=list(sound.values()), source=self.batch.source)
            if not self.write:
                transaction.set_rollback(True)
        for at, one in zip(sound, told, strict=True):
            if one.sentence:
                done.faults[at] = [(getattr(one, "field", "") or "room", one.sentence)]
            elif one.is_new:
                done.add("added")
                done.made.append(one.dwelling_id or one.address_id or 0)
            else:
                done.add("same")

    # ---- organisations ---------------------------------------------------------------------------------------------

    def organisations(self, rows: Mapping[int, Row], done: Outcome) -> None:
        for at, row in rows.items():
            faults: Faults = []
            try:
                with transaction.atomic():
                    self.organisation(at, row, faults, done)
            except Refusal as refusal:
                known = {"details": "name", None: "name"}
                faults.append((known.get(refusal.field, str(refusal.field)), refusal.sentence))
                for key, sentence in refusal.data.get("faults", ())[1:]:
                    faults.append((key, sentence))
            if faults:
                done.faults[at] = [(self._column(key), sentence) for key, sentence in faults]

    def _column(self, key: str) -> str:
        return f"role.{key}" if f"role.{key}" in self.batch.mapping.values() else key

    def organisation(self, at: int, row: Row, faults: Faults, done: Outcome) -> None:
        values = {k.removeprefix("role."): v for k, v in row.items() if v and k not in (ROW, "place_code", "at")}
        place = self.place(row, faults)
        if not values.get("name"):
            faults.append(("name", "名称不能为空。请填写证照上的名称。"))
        code = values.get("uscc", "")
        if code:
            values["uscc"], sentence = identity.check_uscc(code)
            if sentence:
                faults.append(("uscc", sentence))
            before = self.seen.setdefault(values["uscc"], row[ROW])
            if before != row[ROW]:
                faults.append(("uscc", f"与第 {before} 行的统一社会信用代码相同。请核对后只保留一行。"))
        if faults:
            return
        known = self._known(values, place)
        if known is None:
            if self.write:
                made = organisations.register_organisation(
                    actor=self.actor, kind=self.batch.role, values=values, place_code=place, source=self.batch.source
                )
                done.made.append(made.pk)
            elif (found := rules.clean(self.batch.role, values, self.today)).faults:
                faults += [(key, sentence) for key, _, sentence in found.faults]
                return
            done.add("added")
        elif not self.actor.covers(known.place_code):
            faults.append(("uscc", "这个统一社会信用代码在您的管辖范围以外已有登记。确已迁入的，请与原登记地联系。"))
            done.add("outside")
        else:
            self._compare(known, values, row, faults, done)

    def _known(self, values: Row, place: int) -> Organisation | None:
        if values.get("uscc"):
            with scope.system():
                found = Organisation.objects.filter(uscc=values["uscc"]).first()
            if found is not None:
                return found
        lo = place - place % 1000
        same = Organisation.objects.filter(name=values["name"], kind=self.batch.role, place_code__range=(lo, lo + 999))
        return (
            same.filter(closed_on=None).first()
            if not values.get("uscc")
            else same.filter(uscc=None, closed_on=None).first()
        )

    def _compare(self, known: Organisation, values: Row, row: Row, faults: Faults, done: Outcome) -> None:
        fills: Row = {}
        new: list[tuple[Any, ...]] = []
        sealed = open_sealed(known)
        held = {k: getattr(known, k) for k in rules.ROW} | known.details | sealed
        checked = rules.clean(known.kind, values, self.today)
        if checked.faults:
            faults += [(key, sentence) for key, _, sentence in checked.faults]
            return
        decided = {
            (one.field, queries.given_value(one))
            for one in queries.differences(self.actor, state="").filter(
                organisation=known, state__in=("open", "kept", "both")
            )
        }
        for key, given in {**checked.row, **checked.plain, **checked.sealed}.items():
            shown = _text(given)
            if not shown:
                continue
            if not _text(held.get(key)):
                fills[key] = given
            elif _text(held[key]) != shown and (key, shown[:200]) not in decided:
                sealer = Sealer(PEOPLE) if key in checked.sealed else None
                new.append(noting.difference(self.batch.pk, row[ROW], key, shown, organisation=known.pk, sealer=sealer))
        done.add("differences", len(new))
        done.add("differing", bool(new))
        done.add("filled", bool(fills))
        done.add("same", not new and not fills)
        if not self.write:
            return
        if fills:
            changed = organisations.update_organisation(
                actor=self.actor,
                organisation_id=known.pk,
                changes=fills,
                seen_step=known.step,
                source=self.batch.source,
            )
            done.filled.append([known.pk, changed.step, sorted(fills)])
        noting.note(new)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


_TAKE: Mapping[str, Callable[[Others, Mapping[int, Row], Outcome], None]] = {
    "dwellings": Others.dwellings,
    "organisations": Others.organisations,
    "devices": devices.take,
    "fixtures": fixtures.take,
}


def carry_out(
    actor: Actor, batch: ImportBatch, source: "Source", *, dry_run: bool, tell: Callable[[int, int], None]
) -> ImportBatch:
    """Import (or rehearse) a batch of dwellings, organisations or devices, part by part."""
    from wangge.registry.services.imports import running

    work = Others(actor, batch, write=not dry_run)
    frame: pl.DataFrame = source.frame
    for first in range(0 if dry_run else batch.cursor, frame.height, PART):
        last = min(first + PART, frame.height)
        rows = {first + i: row for i, row in enumerate(frame.slice(first, last - first).iter_rows(named=True))}
        with scope.use(actor):
            here = running.here(batch.pk, first, dry_run)
            outcome = Outcome()
            _TAKE[batch.kind](work, rows, outcome)
            outcome.add("refused", len(outcome.faults))
            running.note_part(here, source, outcome.faults, outcome, first, last, written=not dry_run)
        tell(last, frame.height)
    return running.end_check(actor, batch) if dry_run else running.end(actor, batch.pk)
