"""Standard addresses: placed one by one or by the hundred thousand, renamed, moved, ended; and their aliases.

Every write locks the version rows of the communities it touches, in their order, and counts them up: writers of one
community queue up, so no address is made twice, and readers see that their dictionary is old.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.territory.models import AddressAlias, Building, Dwelling, Estate, StandardAddress
from wangge.territory.queries import addresses as reading
from wangge.territory.queries import land
from wangge.territory.rules import addresses as forms
from wangge.territory.rules import land as codes

RIGHT = "territory.places"


def lock(communities: Iterable[int]) -> None:
    """Queue up behind the other writers of these communities, and count their versions up."""
    with connection.cursor() as cursor:
        for code in sorted(set(communities)):
            cursor.execute(
                "insert into territory_addressversion (place_code, number) values"
                " (%s, nextval('territory_address_version')) on conflict (place_code)"
                " do update set number = excluded.number",
                [code],
            )


def allow(actor: Actor, place: int) -> None:
    """The right, and the place inside the actor's interval (an officer's cell is enough for what stands in it)."""
    actor.must(RIGHT)
    if not actor.covers(place):
        raise NotHere("标准地址")


def community_of(place: int) -> int:
    return codes.at_level(place, "community")


def full_of(place: int, names: Iterable[str]) -> str:
    """What is printed: the street, then the levels."""
    shown = land.name_of(codes.at_level(place, "street")) + "".join(names)
    if len(shown) > forms.MOST_FULL:
        raise Refusal("long_name", f"地址全文超过 {forms.MOST_FULL} 字，请缩短各级名称。", field="levels", value=shown)
    return shown


def _known_place(place: int) -> int:
    """A living community or cell; `Refusal` otherwise."""
    try:
        level = codes.level(place)
    except ValueError:
        level = "district"
    if level not in ("community", "cell"):
        raise Refusal("bad_place", "请填写社区（村）或网格的 15 位编码。", field="place_code", value=str(place))
    if land.name_of(place) == str(place):
        raise Refusal(
            "bad_place", f"没有编码为 {place} 的社区（村）或网格。请核对。", field="place_code", value=str(place)
        )
    return place


def placed(place: int, lng: float | None, lat: float | None) -> int:
    """The cell by the point when only the community is known and the point lies in it; else the place as given."""
    if lng is None or lat is None or place % 1000:
        return place
    found = land.cell_at(lng, lat).cell_code
    return found if found is not None and community_of(found) == place else place


@transaction.atomic
def place_address(
    *,
    actor: Actor,
    place_code: int,
    levels: Sequence[tuple[str, str]],
    lng: float | None = None,
    lat: float | None = None,
    floor: int | None = None,
    area_m2: Decimal | float | None = None,
    use: str = "01",
    source: str = "",
    since: date | None = None,
) -> StandardAddress:
    """The address of these levels (kind, name), root first; whatever is missing above it is made too.

    Returns the standing one when there is one. `Refusal`: `bad_place`, `empty_name`, `long_name`, `levels_out_of_order`.
    """
    allow(actor, _known_place(place_code))
    if not levels:
        raise Refusal("empty_name", "请至少填写一级地址。", field="levels")
    tidied = [(kind, forms.tidy(kind, name)) for kind, name in levels]
    forms.key_of(tidied)
    community = community_of(place_code)
    lock([community])
    at = placed(place_code, lng, lat)
    parent: StandardAddress | None = None
    made = False
    for depth in range(1, len(tidied) + 1):
        kind, name = tidied[depth - 1]
        key = forms.key_of(tidied[:depth])
        one = _living(community, key)
        if one is None:
            last = depth == len(tidied)
            one = StandardAddress.objects.create(
                parent=parent,
                kind=kind,
                name=name,
                full=full_of(community, [n for _, n in tidied[:depth]]),
                key=key,
                place_code=at if kind in ("building", "entrance", "dwelling") else community,
                lng=lng if last else None,
                lat=lat if last else None,
                since=since,
                source=source,
            )
            _detail(one, floor, area_m2, use)
            audit.record(actor, "territory.address_placed", "address", one.pk, level=kind)
            made = True
        parent = one
    if parent is None:
        raise RuntimeError("no level was placed")
    if not made and parent.kind == "dwelling":
        _fill(parent, floor, area_m2)
    return parent


def _living(community: int, key: str) -> StandardAddress | None:
    return StandardAddress.objects.filter(place_code__range=codes.interval(community), key=key, until=None).first()


def _detail(one: StandardAddress, floor: int | None, area: Decimal | float | None, use: str) -> None:
    if one.kind == "dwelling":
        Dwelling.objects.create(address=one, place_code=one.place_code, floor=floor, area_m2=area, use=use)
    elif one.kind == "building":
        Building.objects.create(address=one)
    elif one.kind == "estate":
        Estate.objects.create(address=one)


def _fill(one: StandardAddress, floor: int | None, area: Decimal | float | None) -> None:
    """What was not known of a standing dwelling; what is known is never overwritten from here."""
    known = Dwelling.objects.select_for_update().get(pk=one.pk)
    fields = [n for n, v in (("floor", floor), ("area_m2", area)) if v is not None and getattr(known, n) is None]
    for name in fields:
        setattr(known, name, {"floor": floor, "area_m2": area}[name])
    if fields:
        known.save(update_fields=fields)


# ---- changes of what stands -------------------------------------------------------------------------------------------


def _fetch(actor: Actor, address_id: int) -> StandardAddress:
    """The living address, its community locked. Read again behind the lock: it may have moved meanwhile."""
    found = reading.address(address_id)
    allow(actor, found.place_code)
    lock([community_of(found.place_code)])
    found = reading.address(address_id)
    if found.until is not None:
        raise Refusal("address_ended", "这个地址已停用，不能再修改。请使用现行地址。", status=409)
    return found


def _rewrite(root: StandardAddress) -> int:
    """Keys and full texts of the address and everything below it, after a name or a parent changed; how many."""
    path = [(a.kind, a.name) for a in reading.address_path(root.pk)]
    done, waiting = 0, [(root, path)]
    while waiting:
        one, levels = waiting.pop()
        one.key, one.full = forms.key_of(levels), full_of(one.place_code, [n for _, n in levels])
        one.save(update_fields=["key", "full"])
        done += 1
        below = StandardAddress.objects.filter(parent=one, until=None)
        waiting += [(child, [*levels, (child.kind, child.name)]) for child in below]
    return done


@transaction.atomic
def rename_address(*, actor: Actor, address_id: int, name: str) -> StandardAddress:
    """Another name for one level. What it was called before stays an alias, so that old texts still resolve."""
    one = _fetch(actor, address_id)
    tidied = forms.tidy(one.kind, name)
    if tidied == one.name:
        raise Refusal("nothing_changed", "名称没有改动。", field="name", value=tidied)
    before = one.name
    alias = before if one.kind in ("road", "estate") else one.full
    one.name = tidied
    one.save(update_fields=["name"])
    count = _rewrite(one)
    _alias(actor, one, alias)
    audit.record(actor, "territory.address_renamed", "address", one.pk, before=before, after=tidied, count=count)
    return one


@transaction.atomic
def move_address(*, actor: Actor, address_id: int, parent_id: int | None) -> StandardAddress:
    """Hang the address, with everything below it, under another of the same community (None: directly under it)."""
    one = _fetch(actor, address_id)
    if parent_id is None:
        parent = None
    else:
        parent = reading.address(parent_id)
        allow(actor, parent.place_code)
        if parent.until is not None or community_of(parent.place_code) != community_of(one.place_code):
            raise Refusal("other_community", "只能移到本社区内现行的地址之下。请重新选择上级。", field="parent")
        if one.pk in [a.pk for a in reading.address_path(parent.pk)]:
            raise Refusal("own_descendant", "不能移到自己的下级之下。请重新选择上级。", field="parent")
    before = one.full
    one.parent = parent
    one.save(update_fields=["parent"])
    count = _rewrite(one)
    audit.record(actor, "territory.address_moved", "address", one.pk, to=parent_id, count=count)
    _alias(actor, one, before)
    return one


@transaction.atomic
def retire_address(*, actor: Actor, address_id: int, on: date | None = None) -> StandardAddress:
    """End an address (pulled down, renumbered). Refuses while something below it stands; whoever keeps the residents looks
    first whether somebody lives in a dwelling."""
    one = _fetch(actor, address_id)
    if StandardAddress.objects.filter(parent=one, until=None).exists():
        raise Refusal("still_below", "下面还有现行的地址。请先停用或移走下级地址。", status=409)
    one.until = on or clock.today()
    if one.since is not None and one.until < one.since:
        raise Refusal("dates", "停用日期早于启用日期。请核对。", field="on", value=one.until.isoformat())
    one.save(update_fields=["until"])
    audit.record(actor, "territory.address_retired", "address", one.pk, on=one.until.isoformat())
    return one


@transaction.atomic
def add_alias(*, actor: Actor, address_id: int, text: str) -> AddressAlias:
    """Another form of the address that resolves from now on."""
    one = _fetch(actor, address_id)
    if len(forms.fold(text)) < 2:
        raise Refusal("empty_name", "别名至少两个字。", field="text", value=text)
    alias = _alias(actor, one, text)
    if alias is None:
        raise Refusal("exists", "这个别名与标准地址相同，不必另加。", field="text", value=text)
    return alias


def _alias(actor: Actor, one: StandardAddress, text: str) -> AddressAlias | None:
    """The alias row of this text; None when it says just what the address is called."""
    key = forms.fold(text)[:200]
    if key in (forms.fold(one.name), forms.fold(one.full)):
        return None
    alias, made = AddressAlias.objects.get_or_create(
        address=one, key=key, defaults={"text": text.strip()[:200], "added_by": actor.name, "added_at": clock.now()}
    )
    if made:
        audit.record(actor, "territory.alias_added", "address", one.pk, alias=alias.pk)
    return alias


@transaction.atomic
def drop_alias(*, actor: Actor, alias_id: int) -> None:
    """The form means this address no longer; a doubt that was decided by it is open again when somebody undoes it there."""
    alias = AddressAlias.objects.filter(pk=alias_id).first()
    if alias is None:
        raise NotHere("别名")
    _fetch(actor, alias.address_id)
    alias.delete()
    audit.record(actor, "territory.alias_dropped", "address", alias.address_id, alias=alias_id)


# ---- facts of an estate, a building, a dwelling ----------------------------------------------------------------------------------------------


def _write(actor: Actor, one: Any, action: str, changes: Mapping[str, Any], names: Sequence[str]) -> None:
    fields = [n for n in names if n in changes and getattr(one, n) != changes[n]]
    if not fields:
        raise Refusal("nothing_changed", "没有改动。")
    for name in fields:
        setattr(one, name, changes[name])
    one.save(update_fields=fields)
    audit.record(actor, action, "address", one.pk, fields="、".join(fields))


@transaction.atomic
def update_estate(*, actor: Actor, estate_id: int, changes: Mapping[str, Any]) -> Estate:
    """Who keeps an estate, and since when it stands."""
    _fetch(actor, estate_id)
    one = Estate.objects.select_for_update().filter(pk=estate_id).first()
    if one is None:
        raise NotHere("小区")
    _write(actor, one, "territory.estate_changed", changes, ("keeper", "keeper_phone", "built_year"))
    return one


@transaction.atomic
def update_building(*, actor: Actor, building_id: int, changes: Mapping[str, Any]) -> Building:
    """Use, storeys, entrances, area of a building (GB/T 31000-2015 table 9)."""
    _fetch(actor, building_id)
    one = Building.objects.select_for_update().filter(pk=building_id).first()
    if one is None:
        raise NotHere("楼栋")
    if changes.get("use") and changes["use"] not in forms.USES:
        raise Refusal("bad_use", "请从列表中选择建筑用途。", field="use", value=changes["use"])
    _write(actor, one, "territory.building_changed", changes, ("use", "floors", "entrances", "area_m2"))
    return one


@transaction.atomic
def update_dwelling(*, actor: Actor, dwelling_id: int, changes: Mapping[str, Any]) -> Dwelling:
    """Floor, area, use of a dwelling. `Refusal` names the field that cannot be."""
    known = _dwelling(actor, dwelling_id)
    area, use = changes.get("area_m2"), changes.get("use")
    if area is not None and not 0 < area < 100_000:
        raise Refusal("bad_area", "建筑面积应大于 0、小于 100000 平方米。", field="area_m2", value=str(area))
    if use is not None and use not in forms.USES:
        raise Refusal("bad_use", "请从列表中选择建筑用途。", field="use", value=use)
    _write(actor, known, "territory.dwelling_changed", changes, ("floor", "area_m2", "use"))
    return known


@transaction.atomic
def verify_dwelling(*, actor: Actor, dwelling_id: int, on: date | None = None) -> Dwelling:
    """Somebody was there (on the day, default today): the dwelling stands as it is written. An older day than the last
    changes nothing."""
    known, day = _dwelling(actor, dwelling_id), min(on or clock.today(), clock.today())
    if known.verified_on is not None and known.verified_on > day:
        return known
    known.verified_on, known.verified_by = day, actor.name
    known.save(update_fields=["verified_on", "verified_by"])
    audit.record(actor, "territory.dwelling_verified", "address", known.pk)
    return known


def _dwelling(actor: Actor, dwelling_id: int) -> Dwelling:
    if not (actor.may(RIGHT) or actor.may("registry.edit")):
        actor.must(RIGHT)
    found = Dwelling.objects.select_for_update().filter(pk=dwelling_id).first()
    if found is None or not actor.covers(found.place_code):
        raise NotHere("房屋")
    return found
