"""Reads of the plan. Each takes the actor first; what lies outside the actor's place and department does not exist."""

import dataclasses
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

from django.db.models import F, Q, QuerySet, Sum

from wangge.finance import terms
from wangge.finance.budget import rules
from wangge.finance.budget.models import (
    KEY,
    Adjustment,
    AdjustmentItem,
    Appropriation,
    BudgetUnit,
    Entry,
    Keyed,
    LocalCode,
    Period,
    Preparation,
    Project,
    Standard,
)
from wangge.finance.terms import LineKey, LineRow, Source, Stage
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal

VIEW = "finance.view"
_DISTRICT = 10**9


def in_scope(actor: Actor) -> QuerySet[BudgetUnit]:
    """The units of the actor's place and department: the same rows that row-level security shows."""
    found = BudgetUnit.objects.select_related("department").order_by("code")
    if actor.is_system:
        return found
    return found.filter(Q(place_code__gte=actor.lo, place_code__lte=actor.hi) | Q(department=actor.department_id or 0))


def units(actor: Actor) -> list[BudgetUnit]:
    """The units in use that the actor may see, by code. Right `finance.view`."""
    actor.must(VIEW)
    return list(in_scope(actor).filter(is_active=True))


def unit(actor: Actor, code: str) -> BudgetUnit:
    """The unit with this code, or `NotHere`. Right `finance.view`."""
    actor.must(VIEW)
    found = in_scope(actor).filter(code=code).first() if isinstance(code, str) and "\0" not in code else None
    if found is None:
        raise NotHere("预算单位")
    return found


def projects(actor: Actor, unit_code: str, year: int | None = None) -> list[Project]:
    """The unit's projects, or those of a year, by code."""
    found = Project.objects.filter(unit=unit(actor, unit_code)).order_by("code")
    if year is not None:
        found = found.filter(first_year__lte=year).filter(Q(last_year__isnull=True) | Q(last_year__gte=year))
    return list(found)


def project(actor: Actor, unit_code: str, code: str) -> Project:
    """The unit's project with this code, or `NotHere`."""
    found = Project.objects.filter(unit=unit(actor, unit_code), code=code).first()
    if found is None:
        raise NotHere("项目")
    return found


def project_at(actor: Actor, unit_code: str, project_id: int) -> Project:
    """The unit's project with this id, or `NotHere`."""
    found = Project.objects.filter(unit=unit(actor, unit_code), pk=project_id).first()
    if found is None:
        raise NotHere("项目")
    return found


def added_codes(actor: Actor) -> QuerySet[LocalCode]:
    """What the actor's district added to the chart. Right `finance.chart`."""
    actor.must("finance.chart")
    district = actor.lo - actor.lo % _DISTRICT
    return LocalCode.objects.filter(place_code=district).order_by("kind", "code", "first_year")


def standard_list(actor: Actor, year: int) -> QuerySet[Standard]:
    """The standards of the actor's district for a year. Right `finance.chart`."""
    actor.must("finance.chart")
    district = actor.lo - actor.lo % _DISTRICT
    return Standard.objects.filter(place_code=district, year=year).order_by("nature", "economic")


def chart(place_code: int, year: int) -> rules.Chart:
    """code → name by kind for a district: what is shipped and what the district added for the year."""
    added: dict[str, dict[str, str]] = defaultdict(dict)
    district = place_code - place_code % _DISTRICT
    for own in LocalCode.objects.filter(place_code=district, first_year__lte=year).filter(
        Q(last_year__isnull=True) | Q(last_year__gte=year)
    ):
        added[own.kind][own.code] = own.name
    return MappingProxyType(
        {
            kind: {**terms.classification(kind, year), **added.get(kind, {})}  # type: ignore[arg-type]
            for kind in terms.KIND_NAMES
        }
    )


def standards(place_code: int, year: int, nature: str) -> list[rules.Rate]:
    """The standards of a district for a year and a nature of units."""
    found = Standard.objects.filter(place_code=place_code - place_code % _DISTRICT, year=year, nature=nature)
    return [rules.Rate(s.economic, s.measure, s.amount, tuple(s.base), s.document) for s in found.order_by("economic")]


# ---- preparation ---------------------------------------------------------------------------------------------------


def preparations(actor: Actor, unit_code: str, year: int) -> list[Preparation]:
    """Every version of the unit's budget of the year, the newest first."""
    found = Preparation.objects.filter(unit=unit(actor, unit_code), year=year)
    return list(found.select_related("unit").order_by("-version"))


def preparation(actor: Actor, preparation_id: int) -> Preparation:
    """The version with this id, or `NotHere`."""
    actor.must(VIEW)
    found = Preparation.objects.filter(unit__in=in_scope(actor), pk=preparation_id).select_related("unit").first()
    if found is None:
        raise NotHere("预算编制")
    return found


def digest(version: Preparation) -> str:
    """What the lines of a version are, in one short text: it changes with any of them."""
    rows = version.lines.order_by(*KEY, "pk").values_list(*KEY, "amount", "basis")
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest()[:32]


def compared(actor: Actor, new_id: int, old_id: int) -> list[tuple[LineRow, Decimal, Decimal]]:
    """(line, before, now) of every line of either version whose amount is not the same in both; 0 where it is missing."""
    sides = []
    for version_id in (old_id, new_id):
        sides.append(
            {dataclasses.replace(r, amount=Decimal(0), ids=()): r.amount for r in prepared_lines(actor, version_id)}
        )
    old, new = sides
    pairs = ((line, old.get(line, Decimal(0)), new.get(line, Decimal(0))) for line in {**old, **new})
    return sorted(
        (p for p in pairs if p[1] != p[2]), key=lambda p: (p[0].function, p[0].economic, p[0].project, p[0].source)
    )


def adjustment(actor: Actor, number: str) -> Adjustment:
    """The adjustment with this number, or `NotHere`. Right `finance.view`."""
    actor.must(VIEW)
    found = Adjustment.objects.filter(unit__in=in_scope(actor), number=number).select_related("unit").first()
    if found is None:
        raise NotHere("预算调整")
    return found


def prepared_lines(actor: Actor, preparation_id: int) -> list[LineRow]:
    """The lines of a version; `ids` are those of its rows."""
    version = preparation(actor, preparation_id)
    rows = version.lines.select_related("project").order_by(*KEY)
    return line_rows(version.unit.place_code, version.year, ((r, r.amount, (r.pk,)) for r in rows))


# ---- lines in force ------------------------------------------------------------------------------------------------


def key_of(row: Keyed) -> LineKey:
    """What names the line."""
    return LineKey(
        function=row.function,
        economic=row.economic,
        source=Source(row.source),
        project=row.project.code if row.project else "",
        governmental=row.governmental,
        origin=Source(row.origin),
    )


def balance_of(line: Appropriation) -> rules.Balance:
    return rules.Balance(line.approved, line.adjusted, line.frozen, line.committed, line.paid)


def line_rows(place_code: int, year: int, rows: Iterable[tuple[Keyed, object, tuple[int, ...]]]) -> list[LineRow]:
    """Rows with the names their codes have in the year; rows of nothing are left out."""
    names = chart(place_code, year)
    return [
        LineRow(
            function=row.function,
            function_name=names["function"].get(row.function, ""),
            economic=row.economic,
            economic_name=names["economic"].get(row.economic, ""),
            governmental=row.governmental,
            project=row.project.code if row.project else "",
            project_name=row.project.name if row.project else "",
            source=Source(row.source),
            amount=amount,  # type: ignore[arg-type]
            ids=ids,
            origin=Source(row.origin),
        )
        for row, amount, ids in rows
        if amount
    ]


def appropriations(actor: Actor, unit_code: str, year: int) -> QuerySet[Appropriation]:
    """The unit's lines of the year with their counters, by key."""
    found = Appropriation.objects.filter(unit=unit(actor, unit_code), year=year)
    return found.select_related("project", "unit").order_by("function", "economic", "project__code", "source", "pk")


def appropriation(actor: Actor, line_id: int) -> Appropriation:
    """The line with this id, or `NotHere`."""
    actor.must(VIEW)
    found = Appropriation.objects.filter(unit__in=in_scope(actor), pk=line_id).select_related("unit", "project").first()
    if found is None:
        raise NotHere("预算指标")
    return found


def counters(found: QuerySet[Appropriation]) -> dict[str, Decimal]:
    """The sums of the counters over the lines; `total` is approved and adjusted, `held` frozen and committed, `free` available."""
    sums = found.order_by().aggregate(**{f"sum_{c}": Sum(c, default=Decimal(0)) for c in rules.COUNTERS})
    made = {c: sums[f"sum_{c}"] for c in rules.COUNTERS}
    total = made["approved"] + made["adjusted"]
    held = made["frozen"] + made["committed"]
    return made | {"total": total, "held": held, "free": total - held - made["paid"]}


def groups(actor: Actor, unit_code: str, year: int) -> list[tuple[str, dict[str, Decimal]]]:
    """(words, counters) of 基本支出 by its group of the economic classification, and of every project."""
    found, names = appropriations(actor, unit_code, year), chart(unit(actor, unit_code).place_code, year)["economic"]
    basic = found.filter(project__isnull=True)
    made = [
        (f"基本支出·{names.get(group, group)}", counters(basic.filter(economic__startswith=group)))
        for group in sorted({code[:3] for code in basic.values_list("economic", flat=True)})
    ]
    used = Project.objects.filter(pk__in=found.order_by().values("project")).order_by("code")
    return made + [(f"项目·{one.name}", counters(found.filter(project=one))) for one in used]


def entries(actor: Actor, line_id: int) -> QuerySet[Entry]:
    """The ledger of a line, oldest first."""
    return Entry.objects.filter(line=appropriation(actor, line_id)).order_by("pk")


def lines(actor: Actor, unit_code: str, year: int, stage: Stage = Stage.INITIAL) -> list[LineRow]:
    """The budget of the unit: as approved at the start of the year, or with its adjustments and what was carried over."""
    found = appropriations(actor, unit_code, year)
    amounts = (
        (line, line.approved if stage == Stage.INITIAL else line.approved + line.adjusted, (line.pk,)) for line in found
    )
    return line_rows(unit(actor, unit_code).place_code, year, amounts)


def adjustment_list(actor: Actor, unit_code: str, year: int) -> QuerySet[Adjustment]:
    """The unit's adjustments of the year with their items, the newest first."""
    found = Adjustment.objects.filter(unit=unit(actor, unit_code), year=year)
    return found.prefetch_related("items__project").order_by("-pk")


def adjustment_fits(words: str) -> Q:
    return Q(number__icontains=words) | Q(reason__icontains=words) | Q(document__icontains=words)


def matching(of: BudgetUnit, year: int, items: Iterable[AdjustmentItem]) -> dict[int, Appropriation]:
    """The line in force that each item changes, by the item's id; an item that makes a new line has none yet."""
    lines = {key_of(x): x for x in Appropriation.objects.filter(unit=of, year=year).select_related("project")}
    found = ((i.pk, lines.get(key_of(i))) for i in items)
    return {pk: line for pk, line in found if line is not None}


def adjustments(actor: Actor, unit_code: str, year: int) -> list[Adjustment]:
    """The unit's adjustments of the year, the newest first, with their items."""
    return list(adjustment_list(actor, unit_code, year))


def adjusted_by(actor: Actor, unit_code: str, year: int) -> Mapping[str, object]:
    """Yuan by the kind of entry that changed the lines after approval: supplement, transfer, withdraw, carry."""
    found = Entry.objects.filter(line__unit=unit(actor, unit_code), line__year=year, counter="adjusted")
    return {r["kind"]: r["total"] for r in found.values("kind").annotate(total=Sum("amount")).order_by("kind")}


def years(of: BudgetUnit) -> list[int]:
    """The years of which the unit has books or a budget in preparation."""
    kept = Period.objects.filter(unit=of).values_list("year", flat=True)
    return sorted({*kept, *Preparation.objects.filter(unit=of).values_list("year", flat=True)})


def periods(actor: Actor, unit_code: str, year: int) -> list[Period]:
    """The year (0) and its months with their state; empty when the year was never opened."""
    return list(Period.objects.filter(unit=unit(actor, unit_code), year=year).order_by("month"))


def is_closed(of: BudgetUnit, year: int, month: int = 0) -> bool:
    return Period.objects.filter(unit=of, year=year, month=month, is_closed=True).exists()


def unbalanced(actor: Actor) -> list[str]:
    """Lines whose counters are not the sums of their entries, each in a sentence: for the nightly check."""
    actor.must(VIEW)
    wrong = []
    for counter, name in rules.COUNTERS.items():
        posted = Sum("entries__amount", filter=Q(entries__counter=counter), default=0)
        found = (
            Appropriation.objects.filter(unit__in=in_scope(actor)).annotate(posted=posted).exclude(posted=F(counter))
        )
        wrong += [
            f"{line.unit.name} {line.year} 年指标 {line.pk}：{name}数 {getattr(line, counter)}，账上合计 {line.posted}"
            for line in found.select_related("unit").order_by("pk")
        ]
    return wrong


def no_line(key: LineKey, year: int) -> Refusal:
    return Refusal(
        "no_line",
        f"{year} 年没有功能分类 {key.function}、经济分类 {key.economic}、{terms.SOURCE_NAMES[Source(key.source)]}"
        f"{f'、项目 {key.project}' if key.project else ''}的预算指标。未列入预算的不得支出（预算法第十三条）。请先办理预算调整。",
        field="line",
        status=409,
    )
