"""Reads of sources, intakes and rows. Managing or linking sees them; the owner's office may push to its own source."""

import base64
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from wangge.exchange import terms
from wangge.exchange.models import CodeMap, Intake, Link, QualityRule, Record, Source
from wangge.exchange.rules import quality
from wangge.identity import queries as identity
from wangge.kernel import clock, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NoRight, NotHere
from wangge.kernel.sealed import Sealer
from wangge.registry.queries import linking
from wangge.territory import queries as territory

MANAGE, LINK, PURPOSE = "exchange.manage", "exchange.link", "exchange"


def may(actor: Actor, *rights: str) -> None:
    """`NoRight` unless the actor holds one of the rights."""
    if not any(actor.may(r) for r in rights):
        raise NoRight(rights[0])


def in_scope(actor: Actor) -> QuerySet[Source]:
    return Source.objects.filter(place_code__gte=actor.lo, place_code__lte=actor.hi)


def sources(actor: Actor, *, q: str = "", kind: str = "", state: str = "", need: str = "") -> QuerySet[Source]:
    """The registered sources of the actor's place; `need`: `failed` (the newest intake did not end) or `late` (the agreed period
    is over). Right `exchange.manage` or `exchange.link`."""
    may(actor, MANAGE, LINK)
    found = in_scope(actor).select_related("owner")
    if words := q.strip().replace("\0", ""):
        found = found.filter(
            Q(name__icontains=words)
            | Q(code__icontains=words)
            | Q(owner__name__icontains=words)
            | Q(purpose__icontains=words)
        )
    if kind in terms.KINDS:
        found = found.filter(kind=kind)
    if state in terms.SOURCE_STATES:
        found = found.filter(state=state)
    if need in terms.SOURCE_NEEDS:
        wanted = is_late if need == "late" else has_failed
        found = found.filter(pk__in=[s.pk for s in with_score(found) if wanted(s)])
    return found


def has_failed(of: Source) -> bool:
    """Whether the newest intake of a source, `with_score`, did not end."""
    return getattr(of, "newest", "") == "failed"


def is_late(of: Source) -> bool:
    """Whether a source in use, `with_score`, has gone without a finished intake for longer than was agreed."""
    last = getattr(of, "last_at", None) or of.created_at
    return of.state == "active" and not quality.is_fresh(clock.local(last).date(), clock.today(), of.refresh)


def with_score(found: QuerySet[Source]) -> QuerySet[Source]:
    """With `last_score`, `last_at` of the newest finished intake, the state of the `newest` one, and `rows_kept`."""
    newest = Intake.objects.filter(source=OuterRef("pk")).order_by("-pk")
    done = Intake.objects.filter(source=OuterRef("pk"), state="done").order_by("-pk")
    kept = (
        Record.objects.filter(source=OuterRef("pk"), state="current")
        .order_by()
        .values("source")
        .annotate(n=Count("pk"))
    )
    return found.annotate(
        last_score=Subquery(done.values("score")[:1]),
        last_at=Subquery(done.values("finished_at")[:1]),
        newest=Subquery(newest.values("state")[:1]),
        rows_kept=Subquery(kept.values("n")[:1]),
    )


def source(actor: Actor, source_id: int) -> Source:
    may(actor, MANAGE, LINK)
    found = in_scope(actor).select_related("owner").filter(pk=source_id).first()
    if found is None:
        raise NotHere("数据源")
    return found


def source_by_code(actor: Actor, code: str) -> Source:
    may(actor, MANAGE, LINK)
    found = in_scope(actor).select_related("owner").filter(code=code).first()
    if found is None:
        raise NotHere("数据源")
    return found


def source_for_update(actor: Actor, source_id: int) -> Source:
    actor.must(MANAGE)
    found = in_scope(actor).select_for_update(of=("self",)).filter(pk=source_id).first()
    if found is None:
        raise NotHere("数据源")
    return found


def source_for_intake(actor: Actor, source_id: int) -> Source:
    """The source, for whoever manages it, or for its owner's office when it is one that is pushed to."""
    own = Q(kind="push", owner=actor.department_id or 0)
    reach = Q(place_code__gte=actor.lo, place_code__lte=actor.hi) & Q(pk__gte=0 if actor.may(MANAGE) else 1 << 62)
    found = Source.objects.select_for_update(of=("self",)).filter(own | reach, pk=source_id).first()
    if found is None:
        raise NotHere("数据源")
    return found


def places(actor: Actor) -> list[tuple[int, str]]:
    """Districts that a source of the actor may belong to."""
    return [(d.code, d.name) for d in territory.districts() if actor.covers(d.code)]


def owners(actor: Actor) -> list[tuple[str, str]]:
    """Offices within the actor's place that may own data."""
    may(actor, MANAGE)
    found = identity.departments(actor, ("department", "centre"))
    return [(d.code, d.name) for d in found if actor.covers(d.place_code)]


def code_tables() -> dict[str, str]:
    return linking.code_table_names()


def codes_of(table: str) -> Mapping[str, str]:
    return linking.codes_of(table)


def code_of(table: str, text: str) -> str | None:
    return linking.code_of(table, text)


def maps(actor: Actor, of: Source) -> list[CodeMap]:
    may(actor, MANAGE, LINK)
    return list(CodeMap.objects.filter(source=of).order_by("field", "theirs"))


def rules(actor: Actor, of: Source) -> list[QualityRule]:
    may(actor, MANAGE, LINK)
    return list(QualityRule.objects.filter(source=of).order_by("field", "pk"))


def intakes(actor: Actor, of: Source) -> QuerySet[Intake]:
    may(actor, MANAGE, LINK)
    return Intake.objects.filter(source=of).order_by("-pk")


def intake(actor: Actor, intake_id: int) -> Intake:
    may(actor, MANAGE, LINK)
    found = Intake.objects.select_related("source__owner").filter(pk=intake_id).first()
    if found is None:
        raise NotHere("归集批次")
    return found


def intake_for_update(actor: Actor, intake_id: int) -> Intake:
    found = Intake.objects.select_for_update(of=("self",)).filter(pk=intake_id).first()
    if found is None:
        raise NotHere("归集批次")
    return found


def unfinished(older_than: Any) -> list[int]:
    """Intakes that a kill left half read."""
    return list(
        Intake.objects.filter(state="running", started_at__lt=older_than).order_by("pk").values_list("pk", flat=True)
    )


def refused_rows(actor: Actor, of: Intake) -> list[tuple[int, dict[str, str], list[str]]]:
    """The rows that were not taken in, as they came, with the reasons. They hold personal data: right `exchange.manage`."""
    actor.must(MANAGE)
    return _refused(of)


def _refused(of: Intake) -> list[tuple[int, dict[str, str], list[str]]]:
    sealer, rows = Sealer(PURPOSE), []
    for at, chunk in enumerate(of.refused):
        text = sealer.unseal(base64.b64decode(chunk), f"intake:{of.pk}:{at}")
        rows += [(n, values, said) for n, values, said in msgspec.json.decode(text)]
    return rows


def records(actor: Actor, of: Source, *, q: str = "", link: str = "", faulty: bool = False) -> QuerySet[Record]:
    """The rows in force of a source; `link`: linked, proposed or none."""
    may(actor, MANAGE, LINK)
    found = Record.objects.filter(source=of, state="current")
    if words := q.strip().replace("\0", ""):
        found = found.filter(name__startswith=words)
    if link in ("linked", "proposed"):
        found = found.filter(pk__in=Link.objects.filter(state=link, record__source=of).values("record"))
    elif link == "none":
        found = found.exclude(
            pk__in=Link.objects.filter(state__in=["linked", "proposed"], record__source=of).values("record")
        )
    if faulty:
        found = found.exclude(faults=[])
    return found


def opened(row: Record, sealer: Sealer | None = None) -> dict[str, str]:
    """The whole row by field key; empty when its time is over."""
    if row.sealed is None:
        return {}
    text = (sealer or Sealer(PURPOSE)).unseal(row.sealed, f"record:{row.pk}")
    return msgspec.json.decode(text, type=dict[str, str])


def shown(of: quality.Field, value: str, *, full: bool = False) -> str:
    """A value as it is shown: numbers that name a person and sensitive ones hidden unless `full`; codes with their label."""
    if not value:
        return ""
    if of.codes:
        value = linking.codes_of(of.codes).get(value, value)
    if full or of.level < 4:
        return value
    if of.means == "phone":
        return linking.mask_phone(value)
    return linking.mask_id(value) if of.means == "id_number" else "已登记（不显示）"


def standing(actor: Actor, of: Source) -> dict[str, int]:
    """How many rows are in force, linked, waiting for a reviewer."""
    may(actor, MANAGE, LINK)
    rows = Record.objects.filter(source=of, state="current")
    linked = Link.objects.filter(record__source=of, state="linked").count()
    waiting = Link.objects.filter(record__source=of, state="proposed").values("record").distinct().count()
    total = rows.count()
    return {"rows": total, "linked": linked, "waiting": waiting, "alone": max(total - linked - waiting, 0)}


def due_sources(today: date) -> list[int]:
    """Sources that are fetched by us and whose last finished intake is a period ago."""
    found = []
    for one in Source.objects.filter(state="active", kind__in=["table", "http"]).order_by("pk"):
        days = terms.REFRESH_DAYS.get(one.refresh)
        last = Intake.objects.filter(source=one, state="done").order_by("-pk").first()
        if last is None or (days and last.finished_at and (today - clock.local(last.finished_at).date()).days >= days):
            found.append(one.pk)
    return found


def pushed_source(actor: Actor, code: str) -> int:
    """The id of a source that is pushed to, for its owner's office or whoever manages it; `NotHere` for anybody else."""
    found = Source.objects.filter(code=code, kind="push").first()
    own = found is not None and found.owner_id == actor.department_id
    if found is None or not (own or (actor.may(MANAGE) and actor.covers(found.place_code))):
        raise NotHere("数据源")
    return found.pk


TOLD = 200


def pushed_intake(actor: Actor, code: str, intake_id: int) -> tuple[Intake, list[tuple[int, list[str]]]]:
    """An intake of a source that is pushed to, and (row, reasons) of its first refused rows; for whoever may push to it."""
    source_id = pushed_source(actor, code)
    with scope.system():  # an office that pushes has no place of its own: that it owns the source was just established
        one = Intake.objects.filter(source=source_id, pk=intake_id).first()
        if one is None:
            raise NotHere("归集批次")
        return one, [(n, said) for n, _, said in _refused(one)[:TOLD]]
