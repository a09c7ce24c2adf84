"""Doubtful addresses: queued, decided once by a person, taken back."""

from collections.abc import Sequence

from django.db import transaction

from wangge.kernel import audit, clock, outbox
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.territory import facts
from wangge.territory.models import AddressAlias, AddressDoubt
from wangge.territory.queries import addresses as reading
from wangge.territory.rules import addresses as forms
from wangge.territory.rules import land as codes
from wangge.territory.services import places

MOST_ORIGINS = 200


@transaction.atomic
def raise_doubts(
    *, actor: Actor, within: int, texts: Sequence[tuple[str, reading.Resolution]], origin: str
) -> list[int]:
    """Queue texts that nobody is sure of; the ids of their doubts, in order.

    A text is asked once for its place, however often it comes; who asks is noted (`origin`, for example "import:12"). A doubt
    that was decided already keeps its decision. `within` must lie in the actor's reach.
    """
    lo, hi = codes.interval(within)
    if not (actor.covers(lo) and actor.covers(hi)) and not actor.is_system:
        raise NotHere("区划")
    keys = [forms.fold(text)[:200] or "?" for text, _ in texts]
    known = {
        d.key: d
        for d in AddressDoubt.objects.select_for_update().filter(place_code=within, key__in=set(keys)).order_by("id")
    }
    at, new = clock.now(), {}
    for key, (text, found) in zip(keys, texts, strict=True):
        if key in known or key in new:
            continue
        candidates = [[c.address_id, c.confidence, c.why] for c in found.candidates]
        new[key] = AddressDoubt(
            place_code=within, text=text.strip()[:200], key=key, candidates=candidates, origins=[origin], times=0,
            first_at=at, last_at=at,
        )  # fmt: skip
    AddressDoubt.objects.bulk_create(new.values(), batch_size=2000)
    everything = known | new
    for key in keys:
        everything[key].times += 1
        everything[key].last_at = at
        if origin not in everything[key].origins:
            everything[key].origins = [*everything[key].origins, origin][-MOST_ORIGINS:]
    AddressDoubt.objects.bulk_update(everything.values(), ["times", "last_at", "origins"], batch_size=2000)
    audit.record(actor, "territory.doubts_raised", "address", within, count=len(texts), added=len(new))
    return [everything[key].pk for key in keys]


def _fetch(actor: Actor, doubt_id: int) -> AddressDoubt:
    actor.must(places.RIGHT)
    found = AddressDoubt.objects.select_for_update().filter(pk=doubt_id).first()
    if found is None:
        raise NotHere("待核地址")
    return found


@transaction.atomic
def decide_doubt(*, actor: Actor, doubt_id: int, address_id: int | None, note: str = "") -> AddressDoubt:
    """Say which address the text means (it becomes an alias of it), or that it is none (None, with a note why)."""
    doubt = _fetch(actor, doubt_id)
    if doubt.state != AddressDoubt.State.OPEN:
        raise Refusal(
            "decided_already", f"这一地址已由{doubt.decided_by}认定。如有不同意见，请先撤销原认定。", status=409
        )
    if address_id is None:
        if len(note.strip()) < 2:
            raise Refusal("missing_input", "请写明为什么不能认定，例如“不在本区”。", field="note")
        doubt.state = AddressDoubt.State.DISMISSED
    else:
        address = reading.address(address_id)
        if address.until is not None:
            raise Refusal("address_ended", "这个地址已停用。请选择现行地址。", field="address")
        lo, hi = codes.interval(
            doubt.place_code if doubt.place_code % 1000 == 0 else places.community_of(doubt.place_code)
        )
        if not lo <= address.place_code <= hi:
            raise Refusal("other_place", "所选地址不在查找范围内。请重新选择。", field="address")
        places.lock([places.community_of(address.place_code)])
        alias, _ = AddressAlias.objects.get_or_create(
            address=address,
            key=doubt.key,
            defaults={"text": doubt.text, "added_by": actor.name, "added_at": clock.now()},
        )
        doubt.state, doubt.address, doubt.alias = AddressDoubt.State.DECIDED, address, alias
    doubt.note, doubt.decided_by, doubt.decided_at = note.strip()[:200], actor.name, clock.now()
    doubt.save(update_fields=["state", "address", "alias", "note", "decided_by", "decided_at"])
    audit.record(actor, "territory.doubt_decided", "address_doubt", doubt.pk, to=address_id, reason=doubt.note)
    outbox.publish(facts.AddressDecided(doubt_id=doubt.pk, address_id=address_id, origins=tuple(doubt.origins)))
    return doubt


@transaction.atomic
def undo_doubt(*, actor: Actor, doubt_id: int) -> AddressDoubt:
    """Take a decision back: its alias goes, the doubt is open again, and who followed the decision hears of it."""
    doubt = _fetch(actor, doubt_id)
    if doubt.state == AddressDoubt.State.OPEN:
        raise Refusal("not_decided", "这一地址还没有认定，不需要撤销。", status=409)
    before, alias = doubt.address_id, doubt.alias
    if doubt.address is not None:
        places.lock([places.community_of(doubt.address.place_code)])
    doubt.state, doubt.address, doubt.alias = AddressDoubt.State.OPEN, None, None
    doubt.decided_by, doubt.decided_at = "", None
    doubt.save(update_fields=["state", "address", "alias", "decided_by", "decided_at"])
    if alias is not None and not AddressDoubt.objects.filter(alias=alias).exists():
        alias.delete()
    audit.record(actor, "territory.doubt_undone", "address_doubt", doubt.pk, before=before)
    outbox.publish(facts.AddressUndecided(doubt_id=doubt.pk, address_id=before, origins=tuple(doubt.origins)))
    return doubt
