"""Records follow the land: after a transfer people, households and organisations stand under its new codes."""

from collections.abc import Mapping

from django.db import connection, transaction
from psycopg import sql

from wangge.kernel import audit
from wangge.kernel.actor import Actor

# What lies where the land lies now. Everything else that carries a place code tells where something was, and stays.
FOLLOW = (
    *("registry_person", "registry_household", "registry_residence", "registry_organisation", "registry_rental"),
    # Still to be decided by whoever looks after the place now.
    "registry_collectiondifference",
)
# What is still under way goes on where the land lies now: (table, column, condition).
UNDER_WAY = (
    ("registry_personmove", "from_place", "state = 'asked'"),
    ("registry_personmove", "to_place", "state = 'asked'"),
    ("registry_sampleitem", "place_code", "state in ('waiting', 'reserve')"),
)
# Told of a moment: where it was when it was seen, asked, drawn or brought in.
STAY = (
    *("registry_visit", "registry_collection", "registry_reveal", "registry_sameperson", "registry_destruction"),
    *("registry_importbatch", "registry_importmapping", "registry_standardexport", "registry_dutylist"),
    *("registry_campaign", "registry_sampleplan", "registry_sampleitem", "registry_freshness", "registry_duesetting"),
)


@transaction.atomic
def pass_on_records(*, actor: Actor, transfer: int, codes: Mapping[int, int]) -> dict[str, int]:
    """Give every record of the old codes its new one; how many, by table. Done twice, it moves nothing more."""
    actor.must("territory.transfer")
    pairs = [list(codes), list(codes.values())]
    moved: dict[str, int] = {}
    with connection.cursor() as cursor:
        for table, column, condition in (*((t, "place_code", "true") for t in FOLLOW), *UNDER_WAY):
            cursor.execute(
                sql.SQL(
                    "with m as (select unnest(%s::bigint[]) as old, unnest(%s::bigint[]) as new)"
                    " update {table} t set {column} = m.new from m where t.{column} = m.old and {condition}"
                ).format(table=sql.Identifier(table), column=sql.Identifier(column), condition=sql.SQL(condition)),
                pairs,
            )
            moved[table] = moved.get(table, 0) + cursor.rowcount
    audit.record(actor, "registry.records_passed_on", "transfer", transfer, **moved)
    return moved
