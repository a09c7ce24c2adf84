"""Figures of the money, by the units whose place lies in the place asked for. Amounts are yuan.

A figure of the budget is that of the year its period begins in; a figure of spending counts payments by their day.
"""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum

from wangge.finance.accounts import queries as accounts
from wangge.finance.budget import queries as budget
from wangge.finance.models import (
    Appropriation,
    Contract,
    ContractArea,
    Entry,
    Income,
    Instalment,
    Payment,
    PerformanceEvaluation,
    RegisterEntry,
)
from wangge.finance.terms import FISCAL, GENERAL_BUDGET
from wangge.kernel import metrics
from wangge.kernel.actor import Actor
from wangge.kernel.metrics import Period, Place

_THREE_PUBLICS = ("30212", "30217", "30231", "31013")


def lines(actor: Actor, period: Period, place: Place) -> QuerySet[Appropriation]:
    """The lines of the budget that the actor may see, of the units in the place."""
    return Appropriation.objects.filter(
        unit__in=budget.in_scope(actor), unit__place_code__range=(place.lo, place.hi), year=period.start.year
    ).order_by("pk")


def spending(actor: Actor, period: Period, place: Place) -> QuerySet[Payment]:
    """Paid payments and the red ones against them, by their day."""
    return Payment.objects.filter(
        unit__in=budget.in_scope(actor),
        unit__place_code__range=(place.lo, place.hi),
        on__gte=period.start,
        on__lt=period.end,
        state__in=accounts.SPENT,
    ).order_by("pk")


def _fiscal(actor: Actor, period: Period, place: Place) -> QuerySet[Payment]:
    return spending(actor, period, place).filter(line__origin__in=[str(s) for s in FISCAL])


def _three_publics(actor: Actor, period: Period, place: Place) -> QuerySet[Payment]:
    return spending(actor, period, place).filter(
        line__economic__in=_THREE_PUBLICS, line__origin__in=[str(s) for s in GENERAL_BUDGET]
    )


def _operating(actor: Actor, period: Period, place: Place) -> QuerySet[Payment]:
    return spending(actor, period, place).filter(
        line__economic__startswith="302",
        line__project__isnull=True,
        line__origin__in=[str(s) for s in GENERAL_BUDGET],
    )


def _projects(actor: Actor, period: Period, place: Place) -> QuerySet[Payment]:
    return spending(actor, period, place).filter(line__project__isnull=False)


def _event_money(actor: Actor, period: Period, place: Place) -> QuerySet[Payment]:
    return spending(actor, period, place).exclude(case_number="")


def _contracts(actor: Actor, period: Period, place: Place) -> Iterable[Contract]:
    return Contract.objects.filter(
        unit__in=budget.in_scope(actor), unit__place_code__range=(place.lo, place.hi), year=period.start.year
    ).order_by("pk")


def _planned(*economics: str, project: bool | None = None) -> metrics.Rows:
    """Lines of the general budget on economic codes that begin so, of 基本支出 alone when `project` is False."""

    def rows(actor: Actor, period: Period, place: Place) -> QuerySet[Appropriation]:
        begins = Q()
        for code in economics:
            begins |= Q(economic__startswith=code)
        found = lines(actor, period, place).filter(begins, origin__in=[str(s) for s in GENERAL_BUDGET])
        return found if project is None else found.filter(project__isnull=not project)

    return rows


def _event_fund(actor: Actor, period: Period, place: Place) -> QuerySet[Appropriation]:
    return lines(actor, period, place).filter(project__event_limit__isnull=False)


def _within(path: str, actor: Actor, place: Place) -> Q:
    """Rows whose unit, reached by `path`, the actor may see and lies in the place."""
    return Q(**{f"{path}__in": budget.in_scope(actor), f"{path}__place_code__range": (place.lo, place.hi)})


def _supplements(actor: Actor, period: Period, place: Place) -> QuerySet[Entry]:
    return Entry.objects.filter(
        _within("unit", actor, place),
        kind="supplement",
        counter="adjusted",
        line__origin__in=[str(s) for s in FISCAL],
        on__gte=period.start,
        on__lt=period.end,
    ).order_by("pk")


def _other_income(actor: Actor, period: Period, place: Place) -> QuerySet[Income]:
    return (
        Income.objects.filter(_within("unit", actor, place), on__gte=period.start, on__lt=period.end)
        .exclude(source__in=[str(s) for s in FISCAL])
        .order_by("pk")
    )


def _areas(actor: Actor, period: Period, place: Place) -> QuerySet[ContractArea]:
    return ContractArea.objects.filter(
        _within("contract__unit", actor, place), contract__year=period.start.year
    ).order_by("pk")


def _instalments(actor: Actor, period: Period, place: Place) -> QuerySet[Instalment]:
    return Instalment.objects.filter(
        _within("contract__unit", actor, place), month__gte=period.start, month__lt=period.end
    ).order_by("pk")


def _buildings(actor: Actor, period: Period, place: Place) -> QuerySet[RegisterEntry]:
    return RegisterEntry.objects.filter(
        _within("unit", actor, place),
        year=period.start.year,
        kind="asset",
        item="area",
        voids__isnull=True,
        voided_by__isnull=True,
    ).order_by("pk")


def _evaluations(kind: str) -> metrics.Rows:
    def rows(actor: Actor, period: Period, place: Place) -> QuerySet[PerformanceEvaluation]:
        return PerformanceEvaluation.objects.filter(
            _within("unit", actor, place), kind=kind, year=period.start.year, state="confirmed"
        ).order_by("pk")

    return rows


def _sum(rows: metrics.Rows, field: str = "amount") -> metrics.Query:
    def query(actor: Actor, period: Period, place: Place) -> Decimal:
        found = rows(actor, period, place)
        assert isinstance(found, QuerySet)
        return found.aggregate(total=Sum(field))["total"] or Decimal(0)

    return query


def _count(rows: metrics.Rows) -> metrics.Query:
    def query(actor: Actor, period: Period, place: Place) -> int:
        found = rows(actor, period, place)
        assert isinstance(found, QuerySet)
        return found.count()

    return query


def _total(actor: Actor, period: Period, place: Place) -> Decimal:
    return lines(actor, period, place).aggregate(total=Sum(F("approved") + F("adjusted")))["total"] or Decimal(0)


def _available(actor: Actor, period: Period, place: Place) -> Decimal:
    left = Sum(F("approved") + F("adjusted") - F("frozen") - F("committed") - F("paid"))
    return lines(actor, period, place).aggregate(total=left)["total"] or Decimal(0)


metrics.define(
    "finance.budget_approved",
    "年初预算数",
    unit="元",
    formula="当年批复的预算指标合计",
    grain="year",
    query=_sum(lines, "approved"),
    rows=lines,
    digits=2,
)
metrics.define(
    "finance.budget_total",
    "全年预算数",
    unit="元",
    formula="批复数 + 追加、调剂、收回和上年结转",
    grain="year",
    query=_total,
    rows=lines,
    digits=2,
)
metrics.define(
    "finance.available",
    "可用预算",
    unit="元",
    formula="批复 + 调整 − 冻结 − 占用 − 支付，按查询时的账",
    grain="year",
    query=_available,
    rows=lines,
    digits=2,
)
_rows: metrics.Rows
for _code, _name, _formula, _rows in (
    ("finance.spent", "支出数", "期内已支付金额，红字冲减", spending),
    ("finance.spent_fiscal", "财政拨款支出数", "期内已支付的财政拨款（含结转），红字冲减", _fiscal),
    ("finance.spent_on_projects", "项目支出数", "期内项目支出已支付金额，红字冲减", _projects),
    (
        "finance.three_publics",
        "“三公”经费支出数",
        "期内一般公共预算因公出国、接待、公车购置和运行费支出",
        _three_publics,
    ),
    ("finance.operating", "机关运行经费支出数", "期内一般公共预算基本支出中的商品和服务支出", _operating),
    ("finance.event_money", "事件经费支出数", "期内关联网格事件的支出", _event_money),
):
    metrics.define(_code, _name, unit="元", formula=_formula, query=_sum(_rows), rows=_rows, digits=2)
metrics.define(
    "finance.contracted",
    "合同金额",
    unit="元",
    formula="当年登记的合同金额合计",
    grain="year",
    query=_sum(_contracts),
    rows=_contracts,
    digits=2,
)
metrics.ratio(
    "finance.execution_rate",
    "预算执行率",
    numerator="finance.spent",
    denominator="finance.budget_total",
    formula="期内支出数 ÷ 全年预算数 × 100%",
    grain="year",
)
for _code, _name, _formula, _rows in (
    (
        "finance.operating_planned",
        "机关运行经费预算数",
        "批复的一般公共预算基本支出中的商品和服务支出",
        _planned("302", project=False),
    ),
    (
        "finance.three_publics_planned",
        "“三公”和会议、培训预算数",
        "批复的出国、接待、公车、会议和培训支出",
        _planned(*_THREE_PUBLICS, "30215", "30216"),
    ),
    ("finance.reception_planned", "公务接待费预算数", "批复的一般公共预算公务接待费", _planned("30217")),
    ("finance.event_fund", "事件经费预算数", "批复的事件经费项目支出", _event_fund),
):
    metrics.define(
        _code, _name, unit="元", formula=_formula, grain="year", query=_sum(_rows, "approved"), rows=_rows, digits=2
    )
for _code, _name, _formula, _rows, _field, _unit in (
    ("finance.supplemented", "财政追加数", "期内批准的财政拨款追加金额", _supplements, "amount", "元"),
    ("finance.other_income", "其他资金收入数", "期内财政拨款以外的收入", _other_income, "amount", "元"),
    ("finance.instalments_due", "合同应付数", "期内到期的合同分期金额，扣款前", _instalments, "due", "元"),
    (
        "finance.contract_square_metres",
        "合同作业面积",
        "当年合同各作业区域的面积合计",
        _areas,
        "square_metres",
        "平方米",
    ),
    (
        "finance.building_square_metres",
        "办公及业务用房",
        "资产台账登记的用房面积合计",
        _buildings,
        "quantity",
        "平方米",
    ),
):
    metrics.define(_code, _name, unit=_unit, formula=_formula, query=_sum(_rows, _field), rows=_rows, digits=2)
for _code, _name, _formula, _rows, _unit in (
    ("finance.contract_areas", "合同作业区域数", "当年合同的作业区域个数", _areas, "个"),
    ("finance.evaluations_whole", "整体支出自评数", "当年已确认的整体支出绩效自评", _evaluations("whole"), "份"),
    ("finance.evaluations_project", "项目支出自评数", "当年已确认的项目支出绩效自评", _evaluations("project"), "份"),
):
    metrics.define(_code, _name, unit=_unit, formula=_formula, grain="year", query=_count(_rows), rows=_rows)
