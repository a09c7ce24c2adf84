"""Reads of the catalogue and of sharing. The catalogue is open to every office that may ask; deliveries to the one that was
allowed them."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from wangge.exchange import terms
from wangge.exchange.models import Dataset, Delivery, Record, ShareRequest
from wangge.exchange.queries.sources import may, opened, shown
from wangge.exchange.rules import quality
from wangge.exchange.rules import sharing as rules
from wangge.kernel import scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.kernel.sealed import Blinder, Sealer

MOST = 200_000
MANAGE, ASK, APPROVE = "exchange.manage", "exchange.request", "exchange.approve"


def datasets(actor: Actor, *, q: str = "", share: str = "", state: str = "") -> QuerySet[Dataset]:
    """The catalogue: what is listed; drafts and withdrawn entries only to who manages them."""
    may(actor, MANAGE, ASK, APPROVE)
    found = Dataset.objects.select_related("source__owner")
    if not actor.may(MANAGE):
        found = found.filter(state="listed")
    if words := q.strip().replace("\0", ""):
        found = found.filter(
            Q(name__icontains=words)
            | Q(code__icontains=words)
            | Q(about__icontains=words)
            | Q(source__owner__name__icontains=words)
        )
    if share in terms.SHARE_KINDS:
        found = found.filter(share=share)
    if state in terms.DATASET_STATES:
        found = found.filter(state=state)
    return found


def dataset(actor: Actor, dataset_id: int) -> Dataset:
    found = datasets(actor).filter(pk=dataset_id).first()
    if found is None:
        raise NotHere("数据集")
    return found


def dataset_for_update(actor: Actor, dataset_id: int) -> Dataset:
    actor.must(MANAGE)
    found = (
        Dataset.objects.select_for_update(of=("self",))
        .filter(pk=dataset_id, place_code__gte=actor.lo, place_code__lte=actor.hi)
        .first()
    )
    if found is None:
        raise NotHere("数据集")
    return found


def dataset_keys(of: Dataset) -> list[quality.Field]:
    """The fields of the data set that may be given, in the order of the source."""
    return [f for f in quality.fields_of(of.source.fields) if f.key in set(of.fields)]


def requests(actor: Actor, *, state: str = "", q: str = "", dataset_id: int = 0) -> QuerySet[ShareRequest]:
    """An office's own requests; everybody's to who manages or approves."""
    may(actor, ASK, APPROVE, MANAGE)
    found = ShareRequest.objects.select_related("dataset__source", "department")
    if not (actor.may(APPROVE) or actor.may(MANAGE)):
        found = found.filter(department=actor.department_id or 0)
    if state in terms.REQUEST_STATES:
        found = found.filter(state=state)
    if words := q.strip().replace("\0", ""):
        found = found.filter(
            Q(number__icontains=words) | Q(dataset__name__icontains=words) | Q(department__name__icontains=words)
        )
    return found.filter(dataset=dataset_id) if dataset_id else found


def request(actor: Actor, number: str) -> ShareRequest:
    found = requests(actor).filter(number=number).first()
    if found is None:
        raise NotHere("共享申请")
    return found


def request_for_update(actor: Actor, number: str) -> ShareRequest:
    found = requests(actor).select_for_update(of=("self",)).filter(number=number).first()
    if found is None:
        raise NotHere("共享申请")
    return found


def deliveries(actor: Actor, of: ShareRequest) -> QuerySet[Delivery]:
    may(actor, ASK, APPROVE, MANAGE)
    return Delivery.objects.filter(request=of).order_by("-pk")


def rows_for(of: ShareRequest, keys: Sequence[str], after: int = 0, limit: int = MOST) -> list[tuple[int, list[str]]]:
    """(row id, values) of what the request was allowed: other fields are not read out, numbers masked unless allowed in full.

    The office has no scope of its own over the rows: the request that was approved is its right, and the caller has checked it.
    """
    fields = [f for f in quality.fields_of(of.dataset.source.fields) if f.key in set(keys)]
    sealer, made = Sealer("exchange"), []
    with scope.system():
        found = Record.objects.filter(source=of.dataset.source_id, state="current", pk__gt=after).order_by("pk")
        for row in found[:limit].iterator(chunk_size=2_000):
            values = opened(row, sealer)
            made.append((row.pk, [shown(f, values.get(f.key, ""), full=f.key in of.full) for f in fields]))
    return made


def traced(actor: Actor, code: str) -> tuple[Delivery, int] | None:
    """(delivery, row) that a trace code was printed for, within the actor's place; None when it is not one of ours."""
    may(actor, MANAGE, APPROVE)
    digits = code.strip().partition("-")[0]
    marks = {digits[:n] for n in range(6, len(digits))}
    known = {
        d.mark: d
        for d in Delivery.objects.select_related("request__dataset", "request__department").filter(mark__in=marks)
    }
    found = rules.read_mark(code, Blinder("exchange-marks").every, known)
    return (known[found[0]], found[1]) if found else None
