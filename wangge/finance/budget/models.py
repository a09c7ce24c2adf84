"""Tables of the plan: who has a budget, what it may be spent on, how it came about, and the ledger of every line."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from wangge.finance.budget import rules
from wangge.kernel.errors import explain

ZERO = Decimal(0)


def money(**options: object) -> models.DecimalField:
    """Yuan to the fen; up to a hundred thousand million."""
    return models.DecimalField(max_digits=16, decimal_places=2, **options)  # type: ignore[arg-type]


class BudgetUnit(models.Model):
    """预算单位. An office whose money is voted, spent and accounted for by itself."""

    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    department = models.ForeignKey("identity.Department", on_delete=models.PROTECT, related_name="+")
    place_code = models.BigIntegerField()
    nature = models.CharField(max_length=14, choices=list(rules.NATURES.items()))
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = "预算单位"

    def __str__(self) -> str:
        return self.name


class Project(models.Model):
    """项目. What project money is for; 基本支出 has none. `event_limit`: most that one event may cost its fund (S27)."""

    unit = models.ForeignKey(BudgetUnit, on_delete=models.PROTECT, related_name="projects")
    code = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    purpose = models.TextField(blank=True)
    first_year = models.SmallIntegerField()
    last_year = models.SmallIntegerField(null=True)
    event_limit = money(null=True)

    class Meta:
        verbose_name = "项目"
        constraints = [
            models.UniqueConstraint(fields=["unit", "code"], name="a_project_has_its_own_code"),
            models.CheckConstraint(
                name="a_project_ends_after_it_begins",
                condition=Q(last_year__isnull=True) | Q(last_year__gte=F("first_year")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LocalCode(models.Model):
    """增设科目. What a district adds to the chart of accounts for years of its choice."""

    place_code = models.BigIntegerField()
    kind = models.CharField(max_length=12)
    code = models.CharField(max_length=7)
    name = models.CharField(max_length=60)
    first_year = models.SmallIntegerField()
    last_year = models.SmallIntegerField(null=True)

    class Meta:
        verbose_name = "增设科目"
        constraints = [
            models.UniqueConstraint(
                fields=["place_code", "kind", "code", "first_year"], name="a_district_adds_a_code_once"
            )
        ]


class Standard(models.Model):
    """定额标准. What a person or a post costs a year, or a share of other lines; of one district, year and nature."""

    place_code = models.BigIntegerField()
    year = models.SmallIntegerField()
    nature = models.CharField(max_length=14, choices=list(rules.NATURES.items()))
    economic = models.CharField(max_length=5)
    measure = models.CharField(max_length=8, choices=list(rules.MEASURES.items()))
    amount = models.DecimalField(max_digits=14, decimal_places=4)
    base = ArrayField(models.CharField(max_length=5), default=list)
    document = models.CharField(max_length=120)

    class Meta:
        verbose_name = "定额标准"
        constraints = [
            models.UniqueConstraint(
                fields=["place_code", "year", "nature", "economic"], name="a_standard_is_set_once_a_year"
            ),
            models.CheckConstraint(name="a_standard_is_not_negative", condition=Q(amount__gte=0)),
        ]


class Keyed(models.Model):
    """What a line of a budget is: function 项, economic 款 of both kinds, project, source; `origin` names whose money a
    carried-over line was before (elsewhere it equals the source)."""

    function = models.CharField(max_length=7)
    economic = models.CharField(max_length=5)
    governmental = models.CharField(max_length=5, blank=True)
    project = models.ForeignKey(Project, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=16)
    origin = models.CharField(max_length=16)

    class Meta:
        abstract = True


KEY = ["function", "economic", "governmental", "project", "source", "origin"]


class Preparation(models.Model):
    """预算编制. One version of a unit's budget of a year; a returned version stays as it was, the next is its copy."""

    unit = models.ForeignKey(BudgetUnit, on_delete=models.PROTECT, related_name="preparations")
    year = models.SmallIntegerField()
    version = models.SmallIntegerField()
    state = models.CharField(max_length=13, choices=list(rules.PREPARATION_STATES.items()))
    note = models.TextField(blank=True)
    submitted_by = models.BigIntegerField(null=True)
    approved_by = models.BigIntegerField(null=True)
    decided_by = models.BigIntegerField(null=True)
    document = models.CharField(max_length=60, blank=True)
    issued_on = models.DateField(null=True)

    class Meta:
        verbose_name = "预算编制"
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "version"], name="a_version_is_prepared_once"),
            models.UniqueConstraint(
                fields=["unit", "year"],
                condition=~Q(state__in=["issued", "returned"]),
                name="one_preparation_is_open_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["unit", "year"], condition=Q(state="issued"), name="a_budget_is_issued_once_a_year"
            ),
            models.CheckConstraint(
                name="an_issued_budget_names_its_document",
                condition=~Q(state="issued") | (~Q(document="") & Q(issued_on__isnull=False)),
            ),
        ]


class PreparedLine(Keyed):
    """编制明细. One line of a version; `basis` says in words how the amount was reckoned."""

    preparation = models.ForeignKey(Preparation, on_delete=models.PROTECT, related_name="lines")
    amount = money()
    basis = models.TextField(blank=True)
    is_baseline = models.BooleanField(default=False)

    class Meta:
        verbose_name = "编制明细"
        constraints = [
            models.UniqueConstraint(
                fields=["preparation", *KEY], nulls_distinct=False, name="a_line_stands_once_in_a_version"
            ),
            models.CheckConstraint(name="a_prepared_amount_is_positive", condition=Q(amount__gt=0)),
        ]


class Period(models.Model):
    """账期. A month (1-12) of a unit's books, or the whole year (0). Postings are refused by trigger once it is closed."""

    unit = models.ForeignKey(BudgetUnit, on_delete=models.PROTECT, related_name="periods")
    year = models.SmallIntegerField()
    month = models.SmallIntegerField()
    is_closed = models.BooleanField(default=False)
    changed_at = models.DateTimeField(null=True)
    changed_by = models.BigIntegerField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "账期"
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "month"], name="a_month_has_one_period"),
            models.CheckConstraint(name="a_period_is_a_month_or_a_year", condition=Q(month__gte=0, month__lte=12)),
        ]


class Appropriation(Keyed):
    """预算指标. A line of the budget in force with its counters; each counter is the sum of its ledger entries.

    Available = approved + adjusted − frozen − committed − paid, never below zero (预算法 第十三条: 未列入预算的不得支出).
    """

    unit = models.ForeignKey(BudgetUnit, on_delete=models.PROTECT, related_name="lines")
    year = models.SmallIntegerField()
    approved = money(default=ZERO)
    adjusted = money(default=ZERO)
    frozen = money(default=ZERO)
    committed = money(default=ZERO)
    paid = money(default=ZERO)

    class Meta:
        verbose_name = "预算指标"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "year", *KEY], nulls_distinct=False, name="a_line_stands_once_a_year"
            ),
            models.CheckConstraint(
                name="spending_stays_within_its_line",
                condition=Q(approved__gte=F("frozen") + F("committed") + F("paid") - F("adjusted")),
            ),
            models.CheckConstraint(
                name="no_counter_of_a_line_is_negative",
                condition=Q(approved__gte=0, frozen__gte=0, committed__gte=0, paid__gte=0),
            ),
        ]

    @property
    def available(self) -> Decimal:
        return self.approved + self.adjusted - self.frozen - self.committed - self.paid


class Adjustment(models.Model):
    """预算调整. 追加, 调剂, 收回, 冻结 or 解冻, asked by one person and decided by another."""

    unit = models.ForeignKey(BudgetUnit, on_delete=models.PROTECT, related_name="adjustments")
    year = models.SmallIntegerField()
    number = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=10, choices=list(rules.ADJUSTMENTS.items()))
    state = models.CharField(max_length=8, choices=list(rules.ADJUSTMENT_STATES.items()), default="asked")
    reason = models.TextField()
    document = models.CharField(max_length=60, blank=True)
    on = models.DateField()
    asked_by = models.BigIntegerField()
    asked_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        verbose_name = "预算调整"
        constraints = [
            models.CheckConstraint(
                name="an_adjustment_is_decided_by_another",
                condition=Q(decided_by__isnull=True) | Q(asked_by=0) | ~Q(decided_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="a_granted_adjustment_names_its_document", condition=~Q(state="granted") | ~Q(document="")
            ),
        ]


class AdjustmentItem(Keyed):
    """调整明细. One line an adjustment changes, and by how much; the items of a 调剂 add up to nothing."""

    adjustment = models.ForeignKey(Adjustment, on_delete=models.PROTECT, related_name="items")
    amount = money()

    class Meta:
        verbose_name = "调整明细"
        constraints = [
            models.UniqueConstraint(
                fields=["adjustment", *KEY], nulls_distinct=False, name="an_adjustment_names_a_line_once"
            ),
            models.CheckConstraint(name="an_adjustment_changes_something", condition=~Q(amount=0)),
        ]


class Entry(models.Model):
    """指标账. One posting to one counter of one line. Append-only by trigger; a mistake is reversed, never removed."""

    line = models.ForeignKey(Appropriation, on_delete=models.PROTECT, related_name="entries")
    unit = models.ForeignKey(BudgetUnit, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    counter = models.CharField(max_length=9, choices=list(rules.COUNTERS.items()))
    kind = models.CharField(max_length=10, choices=list(rules.ENTRIES.items()))
    amount = money()
    document = models.CharField(max_length=60, blank=True)
    text = models.CharField(max_length=200, blank=True)
    carried_from = models.ForeignKey(Appropriation, null=True, on_delete=models.PROTECT, related_name="carried")
    adjustment = models.ForeignKey(Adjustment, null=True, on_delete=models.PROTECT, related_name="+")
    contract_id = models.BigIntegerField(null=True)
    payment_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=100)

    class Meta:
        verbose_name = "指标账"
        constraints = [models.CheckConstraint(name="an_entry_moves_something", condition=~Q(amount=0))]
        indexes = [
            models.Index(fields=["line", "id"], name="entry_by_line"),
            models.Index(fields=["payment_id"], name="entry_by_payment", condition=Q(payment_id__isnull=False)),
        ]


explain("finance_budgetunit_code_key", "这个预算单位代码已被使用。请换一个代码。", "unit_code_taken")
explain("a_project_has_its_own_code", "本单位已有同一代码的项目。请换一个项目代码。")
explain("a_project_ends_after_it_begins", "项目的结束年度不能早于开始年度。请核对年度。")
explain("a_district_adds_a_code_once", "这个科目代码已经增设过。请核对代码和启用年度。")
explain("a_standard_is_set_once_a_year", "这个年度、单位性质和科目已有标准。请在原标准上修改。")
explain("a_standard_is_not_negative", "定额标准不能为负数。请核对金额。")
explain("a_version_is_prepared_once", "这个版本已由他人建立。请刷新后再试。", "stale")
explain("one_preparation_is_open_at_a_time", "本单位本年度已有一份正在编制或审核的预算。请在原稿上继续。")
explain("a_budget_is_issued_once_a_year", "本单位本年度预算已经批复。如需变动，请办理预算调整。")
explain("an_issued_budget_names_its_document", "批复须写明批复文号和日期。请补填。")
explain("a_line_stands_once_in_a_version", "编制表中有两行的科目、项目和资金来源完全相同。请合并为一行。")
explain("a_prepared_amount_is_positive", "预算金额须大于零。不需要的行请删除。")
explain("a_line_stands_once_a_year", "这项预算指标刚由他人建立。请刷新后再试。", "stale")
explain("spending_stays_within_its_line", "可用预算不足，未保存。请核对指标余额，或先办理预算调整。", "not_enough")
explain("no_counter_of_a_line_is_negative", "冲减金额超过原记录金额，未保存。请核对原凭证。")
explain("an_adjustment_is_decided_by_another", "预算调整须由申请人以外的人员审批。请转交其他有权人员。")
explain("a_granted_adjustment_names_its_document", "同意预算调整须写明文号。请补填。")
explain("an_adjustment_names_a_line_once", "同一项指标在本次调整中出现两次。请合并为一行。")
explain("an_adjustment_changes_something", "调整金额不能为零。请删除该行或填写金额。")
explain("an_entry_moves_something", "记账金额不能为零。请核对金额。")
explain(
    "a_closed_month_takes_no_postings", "这个月份已经结账，不能再记账。请改用未结账的日期，或由有权人员说明理由后重开。"
)
explain("a_month_has_one_period", "本年度的账期已经建立。请刷新后再试。", "stale")
explain("a_posting_needs_an_open_year", "本单位这个年度的账尚未建立。请先开设年度账，或核对日期。")
explain("a_period_is_a_month_or_a_year", "账期须为 1 到 12 月或全年。请核对月份。")
