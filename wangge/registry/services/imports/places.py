"""From the addresses that an import brought to homes: sure ones become residences, doubtful ones wait for somebody's decision."""

from collections.abc import Sequence

from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.registry.models import ImportBatch, ImportChunk
from wangge.registry.services.imports import batches, beside, staging
from wangge.registry.services.imports.people import Outcome
from wangge.territory import queries as territory
from wangge.territory import services as land

ORIGIN = "import:"
_HOMELESS = (
    "select p.id, p.home_address, p.place_code,"
    " exists (select from registry_migrant m where m.person_id = p.id and m.until is null)"
    " from registry_person p where p.id = any(%s) and p.home_address <> '' and p.state = 'active'"
    " and not exists (select from registry_residence r where r.person_id = p.id and r.is_main and r.until is null)"
    " order by p.id"
)


def place_people(*, actor: Actor, batch_id: int) -> int:
    """安置：对照标准地址. Look the addresses of the batch's new people up, part by part; how many got their home.

    Goes on where it stopped. An address in another cell than the row named is doubtful: which of the two is right is not for
    a program to say.
    """
    settled = 0
    with scope.use(actor):
        batch = ImportBatch.objects.get(pk=batch_id)
        if not territory.dwellings(SYSTEM, batch.place_code or None).exists():
            return 0  # before the houses are on record every address would be a doubt
    for chunk in _chunks(actor, batch_id):
        with scope.use(actor):
            settled += _place_chunk(actor, batch_id, chunk)
    return settled


def _chunks(actor: Actor, batch_id: int) -> list[int]:
    with scope.use(actor):
        return list(
            ImportChunk.objects.filter(batch_id=batch_id, written=True).order_by("first").values_list("pk", flat=True)
        )


def _place_chunk(actor: Actor, batch_id: int, chunk_id: int) -> int:
    batch = batches.locked(batch_id)
    chunk = ImportChunk.objects.get(pk=chunk_id)
    if chunk.last <= batch.placed:
        return 0
    count = settle(batch, chunk.made)
    batch.placed = chunk.last
    batch.save(update_fields=["placed", "counts"])
    return count


def settle(batch: ImportBatch, people: Sequence[int], text: str = "") -> int:
    """Homes for those of the people who have none and whose address is sure; the rest are queued as doubts. With `text` only
    those who live at that address."""
    rows = staging.fetch(_HOMELESS, [list(people)])
    if text:
        rows = [row for row in rows if _bare(row[1]) == _bare(text)]
    if not rows:
        return 0
    within = batch.place_code or rows[0][2] // 10**9 * 10**9
    found = territory.resolve_many([text for _, text, _, _ in rows], within)
    sure, doubtful, cells = [], [], []
    wanted = [f.dwelling_id for f in found if f.dwelling_id]
    places = dict(territory.dwellings(SYSTEM).filter(pk__in=wanted).values_list("pk", "place_code"))
    for (pk, text, place, migrant), one in zip(rows, found, strict=True):
        home = places.get(one.dwelling_id or 0)
        if (
            one.dwelling_id
            and home is not None
            and (home == place or (place % 1000 == 0 and home - home % 1000 == place))
        ):
            sure.append((pk, one.dwelling_id, home, "rent" if migrant else "own"))
            if home != place:
                cells.append((home, pk, place))
        else:
            doubtful.append((text, one))
    outcome = Outcome()
    mark = f"{batch.by}（导入{batch.pk}）"[:100]
    count = beside.settle_many(batch, outcome, mark, sure)
    staging.execute_many("update registry_person set place_code = %s where id = %s and place_code = %s", cells)
    if doubtful:
        land.raise_doubts(actor=SYSTEM, within=within, texts=doubtful, origin=f"{ORIGIN}{batch.pk}")
    batch.counts["settled"] = batch.counts.get("settled", 0) + count
    return count


def _bare(text: str) -> str:
    return "".join(text.split())


def place_again(*, actor: Actor, batch_id: int, text: str) -> int:
    """安置：地址已判定后重做. After a doubtful address (`text`) was decided: settle whom it was about."""
    settled = 0
    for chunk in _chunks(actor, batch_id):
        with scope.use(actor):
            batch = batches.locked(batch_id)
            if batch.state != "done":
                return settled
            settled += settle(batch, ImportChunk.objects.get(pk=chunk).made, text)
            batch.save(update_fields=["counts"])
    return settled
