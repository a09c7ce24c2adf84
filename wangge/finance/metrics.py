"""Figures of the money, by the units whose place lies in the place asked for. Amounts are yuan.

A figure of the budget is that of the year its period begins in; a figure of spending counts payments by their day.
"""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import F, QuerySet, Sum

from wangge.finance.accounts import queries as accounts
from wangge.finance.budget import queries as budget
from wangge.finance.models import Appropriation, Contract, Payment
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


def _sum(rows: metrics.Rows) -> metrics.Query:
    def query(actor: Actor, period: Period, place: Place) -> Decimal:
        found = rows(actor, period, place)
        assert isinstance(found, QuerySet)
        return found.aggregate(total=Sum("amount"))["total"] or Decimal(0)

    return query


def _approved(actor: Actor, period: Period, place: Place) -> Decimal:
    return lines(actor, period, place).aggregate(total=Sum("approved"))["total"] or Decimal(0)


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
    query=_approved,
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
