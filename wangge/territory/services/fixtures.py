"""部件: registered one by one or by table, changed, checked in a census."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import ProtectedError

from wangge.kernel import audit, clock, files
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.territory.models import Fixture, FixtureCensus, FixtureCheck
from wangge.territory.queries import furniture as reading
from wangge.territory.queries import land
from wangge.territory.rules import fixtures as rules
from wangge.territory.rules import land as codes
from wangge.territory.services.places import RIGHT

EDITABLE = ("kind", "name", "spot", "owner", "keeper", "state", "placed_on", "photo", "lng", "lat")
_LENGTHS = {"name": 60, "spot": 200, "owner": 40, "keeper": 40}
_TITLES = {"name": "部件名称", "spot": "位置说明", "owner": "权属单位", "keeper": "养护单位"}


@dataclass(frozen=True, slots=True)
class FixtureRow:
    """A fixture as it is registered; without a `code` it gets the next of its kind. Degrees of CGCS2000."""

    kind: str
    lng: float
    lat: float
    code: str = ""
    name: str = ""
    spot: str = ""
    owner: str = ""
    keeper: str = ""
    state: str = "intact"
    placed_on: date | None = None
    photo: str = ""


def _kind(kind: str) -> str:
    if kind not in reading.fixture_kinds():
        raise Refusal("bad_kind", f"没有部件类别“{kind}”。请从列表中选择。", field="kind", value=kind)
    return kind


def _cell(actor: Actor, lng: float, lat: float) -> int:
    placed = land.cell_at(lng, lat)
    if placed.cell_code is None:
        raise Refusal("outside", "这个位置不在任何网格内。请重新在地图上点选。", field="lng", value=[lng, lat])
    if not actor.covers(placed.cell_code):
        raise Refusal("out_of_scope", "这个位置不在您的管辖范围内。", field="lng", value=[lng, lat])
    return placed.cell_code


def _text(name: str, value: str) -> str:
    shown = " ".join(value.split())
    if len(shown) > _LENGTHS[name]:
        raise Refusal("long_name", f"{_TITLES[name]}最长 {_LENGTHS[name]} 字，请缩短。", field=name, value=shown[:60])
    return shown


def _photo(sha256: str) -> str:
    if sha256 and files.missing([sha256]):
        raise Refusal("unknown_file", "照片尚未上传，请先上传再提交。", field="photo", value=sha256)
    return sha256


def _next_code(county: int, kind: str) -> str:
    """The next free code of the kind in the county; writers of one kind queue up."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(7262002, %s)", [int(f"{county % 100_000}{kind}") % 2**31])
    last = Fixture.objects.filter(code__startswith=f"{county:06d}{kind}").order_by("-code").first()
    return rules.code_of(county, kind, rules.read_code(last.code)[2] + 1 if last else 1)


@transaction.atomic
def add_fixture(*, actor: Actor, row: FixtureRow, source: str = "登记") -> Fixture:
    """登记部件. The point gives the cell. The same code again is a `Refusal`."""
    actor.must(RIGHT)
    one = _add(actor, row, source)
    audit.record(actor, "territory.fixture_added", "fixture", one.code, place=one.place_code)
    return one


def _add(actor: Actor, row: FixtureRow, source: str) -> Fixture:
    kind, place = _kind(row.kind), _cell(actor, row.lng, row.lat)
    county = place // 10**9
    if row.code:
        at, said, _ = rules.read_code(row.code)
        if (at, said) != (county, kind):
            raise Refusal("code_differs", "标识码中的区划或类别与位置、类别不一致。", field="code", value=row.code)
        if Fixture.objects.filter(pk=row.code).exists():
            raise Refusal("exists", "这个标识码已有部件。请核对，或更新已有部件。", field="code", value=row.code)
    code = row.code or _next_code(county, kind)
    if row.state not in reading.STATES:
        raise Refusal("bad_state", "请从列表中选择状态。", field="state", value=row.state)
    return Fixture.objects.create(
        code=code,
        kind=kind,
        name=_text("name", row.name) or reading.kind_name(kind),
        place_code=place,
        lng=row.lng,
        lat=row.lat,
        spot=_text("spot", row.spot),
        owner=_text("owner", row.owner),
        keeper=_text("keeper", row.keeper),
        state=row.state,
        state_on=clock.today(),
        placed_on=row.placed_on,
        photo=_photo(row.photo),
        source=source[:60],
    )


@transaction.atomic
def withdraw_fixtures(
    *, actor: Actor, made: Sequence[int], filled: Sequence[tuple[int, int, Sequence[str]]]
) -> tuple[int, int]:
    """Take back what an import entered: (fixtures removed, fixtures whose filled fields are empty again). Codes as numbers.

    Only what nobody has touched since: a fixture as it was entered that nobody has checked; of `filled` (code, step after,
    fields) those at the same step.
    """
    actor.must(RIGHT)
    removed = restored = 0
    untouched = Fixture.objects.filter(pk__in=[str(code) for code in made], step=1, checks=None)
    for one in untouched.select_for_update(of=("self",)).order_by("pk"):
        with contextlib.suppress(ProtectedError), transaction.atomic():
            one.delete()
            removed += 1
    for code, step, fields in filled:
        held = Fixture.objects.select_for_update().filter(pk=str(code), step=step).first()
        if held is not None:
            for name in fields:
                setattr(held, name, None if name == "placed_on" else "")
            held.step = step + 1
            held.save(update_fields=[*fields, "step"])
            restored += 1
    audit.record(actor, "territory.fixtures_withdrawn", "fixture", "import", removed=removed, restored=restored)
    return removed, restored


def _for_update(actor: Actor, code: str) -> Fixture:
    found = Fixture.objects.select_for_update().filter(pk=code).first()
    if found is None or not actor.covers(found.place_code):
        raise NotHere("部件")
    return found


@transaction.atomic
def update_fixture(*, actor: Actor, code: str, changes: Mapping[str, Any], seen_step: int | None = None) -> Fixture:
    """更新部件. A new point moves it to the cell that lies there; a fixture that is gone is `removed`, never deleted."""
    actor.must(RIGHT)
    one = _for_update(actor, code)
    if seen_step is not None and one.step != seen_step:
        raise Refusal("stale", "您打开后，这个部件已被他人更新。请刷新后核对再改。", status=409)
    said = {k: v for k, v in changes.items() if k in EDITABLE and getattr(one, k) != v}
    if not said:
        raise Refusal("nothing_changed", "没有改动。")
    if "kind" in said:
        raise Refusal(
            "kind_is_code",
            "类别是标识码的一部分，不能更改。请废弃后按正确类别重新登记。",
            field="kind",
            value=said["kind"],
        )
    if "state" in said and said["state"] not in reading.STATES:
        raise Refusal("bad_state", "请从列表中选择状态。", field="state", value=said["state"])
    for name, value in said.items():
        setattr(one, name, _text(name, value) if name in _LENGTHS else _photo(value) if name == "photo" else value)
    if {"lng", "lat"} & said.keys():
        one.place_code = _cell(actor, one.lng, one.lat)
    if "state" in said:
        one.state_on = clock.today()
    one.step += 1
    one.save(update_fields=[*said, "place_code", "state_on", "step"])
    audit.record(actor, "territory.fixture_changed", "fixture", code, fields="、".join(sorted(said)))
    return one


@transaction.atomic
def check_fixture(
    *, actor: Actor, code: str, result: str, client_id: UUID, text: str = "", photo: str = "", at: Any = None
) -> FixtureCheck:
    """普查部件: in place, damaged or missing; its state follows. The same `client_id` is the same check."""
    if not (actor.may(RIGHT) or actor.may("registry.edit")):
        actor.must(RIGHT)
    one = _for_update(actor, code)
    known = FixtureCheck.objects.filter(client_id=client_id).first()
    if known is not None:
        return known
    if result not in reading.RESULTS:
        raise Refusal("bad_result", "请选择普查结果：在位完好、在位破损或不在位。", field="result", value=result)
    if one.state == "removed":
        raise Refusal("removed", "这个部件已废弃，不再普查。", status=409)
    if result != "found" and len(text.strip()) < 2:
        raise Refusal("missing_input", "请写明破损或丢失的情况。", field="text")
    when = min(at or clock.now(), clock.now())
    day = clock.local(when).date()
    check = FixtureCheck.objects.create(
        client_id=client_id,
        fixture=one,
        census=reading.running(actor, one.place_code, one.kind, day),
        result=result,
        text=text.strip()[:300],
        photo=_photo(photo),
        at=when,
        by_id=actor.id,
        by=actor.name,
    )
    state = rules.STATE_AFTER[result]
    if state != one.state:
        one.state, one.state_on = state, day
    one.checked_on, one.checked_by, one.step = day, actor.name, one.step + 1
    one.save(update_fields=["state", "state_on", "checked_on", "checked_by", "step"])
    audit.record(actor, "territory.fixture_checked", "fixture", code, state=state, census=check.census_id)
    return check


@transaction.atomic
def open_census(
    *, actor: Actor, name: str, place_code: int, kinds: list[str], starts_on: date, due_on: date
) -> FixtureCensus:
    """发起部件普查 of a place; `kinds` are classes (two digits) or kinds (four); none: every kind."""
    actor.must(RIGHT)
    lo, hi = codes.interval(place_code)
    if not (actor.covers(lo) and actor.covers(hi)):
        raise NotHere("区划")
    if len(name.strip()) < 2:
        raise Refusal("empty_name", "请填写普查名称。", field="name")
    known = reading.fixture_kinds()
    if wrong := [k for k in kinds if not any(code.startswith(k) for code in known) or len(k) not in (2, 4)]:
        raise Refusal("bad_kind", f"没有部件类别“{wrong[0]}”。请从列表中选择。", field="kinds", value=wrong)
    one = FixtureCensus.objects.create(
        name=name.strip()[:60], place_code=place_code, kinds=kinds, starts_on=starts_on, due_on=due_on, by=actor.name
    )
    audit.record(actor, "territory.census_opened", "census", one.pk, place=place_code)
    return one


@transaction.atomic
def close_census(*, actor: Actor, census_id: int) -> FixtureCensus:
    """结束部件普查: what was not seen stays listed as not seen."""
    actor.must(RIGHT)
    one = FixtureCensus.objects.select_for_update().filter(pk=census_id).first()
    if one is None or not actor.covers(codes.interval(one.place_code)[0]):
        raise NotHere("部件普查")
    if one.closed_on is not None:
        raise Refusal("closed_already", "这次普查已经结束。", status=409)
    one.closed_on = clock.today()
    one.save(update_fields=["closed_on"])
    audit.record(actor, "territory.census_closed", "census", one.pk)
    return one


@transaction.atomic
def note_places_export(*, actor: Actor, what: str, rows: int) -> None:
    """A list went out as a table: `what` is addresses or fixtures. Needs registry.export or territory.places."""
    if not (actor.may("registry.export") or actor.may(RIGHT)):
        actor.must("registry.export")
    action = {"addresses": "territory.addresses_exported", "fixtures": "territory.fixtures_exported"}[what]
    audit.record(actor, action, "fixture" if what == "fixtures" else "address", "list", rows=rows)


@transaction.atomic
def note_labels(*, actor: Actor, count: int) -> None:
    """Labels with QR codes were printed."""
    actor.must(RIGHT)
    audit.record(actor, "territory.fixture_labels_printed", "fixture", "list", count=count)
