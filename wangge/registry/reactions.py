"""Answers to facts of the rooms below."""

from wangge.kernel.actor import SYSTEM
from wangge.kernel.outbox import on
from wangge.registry import services
from wangge.territory import queries as territory
from wangge.territory.facts import AddressDecided, TerritoryTransferred


@on(TerritoryTransferred)
def follow_the_land(fact: TerritoryTransferred) -> None:
    services.pass_on_records(actor=SYSTEM, transfer=fact.transfer_id, codes=dict(fact.cells) | dict(fact.communities))


@on(AddressDecided)
def settle_whom_an_import_brought(fact: AddressDecided) -> None:
    """A doubtful address is known now: the people whom an import brought with it get their home."""
    doubt = territory.doubts(SYSTEM, state="").filter(pk=fact.doubt_id).first()
    if fact.address_id is None or doubt is None:
        return
    for origin in fact.origins:
        kind, _, number = origin.partition(":")
        if kind == "import":
            services.place_import_again(actor=SYSTEM, batch_id=int(number), text=doubt.text)
