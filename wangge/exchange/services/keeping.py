"""保存期限: rows go when their time is over or their person asks; codes are mapped again; keys are changed."""

from datetime import timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import F

from wangge.exchange import queries
from wangge.exchange.models import Link, Record
from wangge.exchange.rules import quality
from wangge.exchange.services.intake import MANAGE, PURPOSE, rules_of, tools_of, unlink
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.sealed import Sealer
from wangge.registry.queries import linking

EMPTY: dict[str, Any] = {
    "state": "expired", "name": "", "sex": "", "birth_on": None, "address": "", "id_index": None, "phone_index": None,
    "sealed": None, "faults": [],
}  # fmt: skip


@transaction.atomic
def clear_expired(*, actor: Actor, limit: int = 20_000) -> int:
    """Empty the rows whose time is over; what stays is that there was a row, from which source, until when."""
    actor.must(MANAGE)
    old = Record.objects.select_for_update(skip_locked=True).filter(sealed__isnull=False, expires_on__lt=clock.today())
    ids = list(old.order_by("pk").values_list("pk", flat=True)[:limit])
    if ids:
        unlink(actor, ids, "保存期限已满，数据已清除")
        Record.objects.filter(pk__in=ids).update(**EMPTY)
        audit.record(actor, "exchange.expired_cleared", "records", ids[0], rows=len(ids))
    return len(ids)


@transaction.atomic
def forget_person(*, actor: Actor, person_id: int) -> int:
    """Empty every row that is linked to the person (a request to delete was granted); how many. Right `exchange.manage`.

    What was only proposed is about somebody who may be another: it stays, and is no longer proposed.
    """
    actor.must(MANAGE)
    known = Link.objects.filter(person__in=linking.all_ids(person_id))
    ids = sorted(set(known.filter(state="linked").values_list("record", flat=True)))
    known.filter(state="proposed").update(state="passed", decided_at=clock.now(), note="本人档案已销档")
    list(Record.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    unlink(actor, ids, "依个人请求清除")
    Record.objects.filter(pk__in=ids).update(**EMPTY)
    audit.record(actor, "exchange.person_forgotten", "person", person_id, rows=len(ids))
    return len(ids)


@transaction.atomic
def rejudge(*, actor: Actor, source_id: int, limit: int = 50_000) -> int:
    """Judge rows with faults again (codes were mapped, rules changed); how many have fewer faults now."""
    actor.must(MANAGE)
    source = queries.source_for_update(actor, source_id)
    fields, rules, tools = quality.fields_of(source.fields), rules_of(source), tools_of(source)
    sealer, today, better = Sealer(PURPOSE), clock.today(), 0
    found = Record.objects.select_for_update().filter(source=source, state="current").exclude(faults=[]).order_by("pk")
    for row in found[:limit]:
        one = quality.judge(queries.opened(row, sealer), fields, rules, tools, today)
        faults = [[f.field, f.check] for f in one.faults]
        if faults != row.faults:
            better += len(faults) < len(row.faults)
            sealed = sealer.seal(msgspec.json.encode(one.values).decode(), f"record:{row.pk}")
            Record.objects.filter(pk=row.pk).update(
                faults=faults, sealed=sealed, key_version=sealer.version, sex=one.core["sex"][:1], step=F("step") + 1
            )
    audit.record(actor, "exchange.rejudged", "source", source.code, better=better)
    return better


LOST_AFTER = timedelta(minutes=5)


def lost_intakes() -> list[int]:
    """Intakes that were begun some time ago and are still not read to their end."""
    return queries.unfinished(clock.now() - LOST_AFTER)
