"""Goals, their indicators and versions, monitoring and self-evaluation. Amounts are yuan; NULL is a cell left empty."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from wangge.finance.performance import terms
from wangge.kernel.errors import explain


def _amount() -> models.DecimalField:
    return models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)


def _points(null: bool = False) -> models.DecimalField:
    return models.DecimalField(max_digits=6, decimal_places=2, null=null)


class Approved(models.Model):
    """What goes through the hands of three people: who wrote, who reviewed, who approved; `revision` counts changes."""

    revision = models.PositiveIntegerField(default=0)
    created_by = models.BigIntegerField()
    created_at = models.DateTimeField()
    submitted_by = models.BigIntegerField(default=0)
    reviewed_by = models.BigIntegerField(default=0)
    approved_by = models.BigIntegerField(default=0)
    approved_at = models.DateTimeField(null=True)
    opinion = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True


class PerformanceGoal(Approved):
    """绩效目标表. A goal form of a unit's whole spending, of its special funds together, or of one direction of spending."""

    unit = models.ForeignKey("finance.BudgetUnit", on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey("finance.Project", null=True, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=list(terms.GOAL_KINDS.items()))
    special = models.CharField(max_length=120, blank=True)
    direction = models.CharField(max_length=200, blank=True)
    office = models.CharField(max_length=120, blank=True)
    period = models.CharField(max_length=60, blank=True)
    amount, basic, projects = _amount(), _amount(), _amount()
    general, fund, other = _amount(), _amount(), _amount()
    duties = models.TextField(blank=True)
    goal_period = models.TextField(blank=True)
    goal_year = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=list(terms.GOAL_STATES.items()), default="draft")
    version = models.PositiveSmallIntegerField(default=0)
    loaded = models.BooleanField(default=False)

    class Meta:
        verbose_name = "绩效目标表"
        indexes = [models.Index(fields=["year", "unit"], name="performance_goal_by_year")]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "year", "kind", "special", "direction"], name="a_goal_form_stands_once_a_year"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=list(terms.GOAL_STATES)), name="a_goal_form_is_in_a_known_state"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="approved") | models.Q(version__gt=0), name="an_approved_goal_has_a_version"
            ),
        ]

    def __str__(self) -> str:
        return self.special or self.direction or str(self.get_kind_display())


class PerformanceIndicator(models.Model):
    """绩效指标. One row of a goal form; bound to a figure, its actual value is counted instead of typed."""

    goal = models.ForeignKey(PerformanceGoal, on_delete=models.CASCADE, related_name="indicators")
    position = models.PositiveSmallIntegerField()
    level1 = models.CharField(max_length=20)
    level2 = models.CharField(max_length=40, blank=True)
    level3 = models.CharField(max_length=200, blank=True)
    target = models.TextField(blank=True)
    weight = _points(null=True)
    note = models.CharField(max_length=300, blank=True)
    metric = models.CharField(max_length=80, blank=True)
    place_lo = models.BigIntegerField(default=0)
    place_hi = models.BigIntegerField(default=0)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "绩效指标"
        ordering = ("goal", "position", "id")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weight__isnull=True) | models.Q(weight__range=(0, 100)),
                name="a_weight_is_within_a_hundred",
            ),
            models.CheckConstraint(
                condition=models.Q(metric="") | models.Q(ends_on__gt=models.F("starts_on")),
                name="a_bound_indicator_has_a_period",
            ),
        ]

    def __str__(self) -> str:
        return self.level3 or self.level2


class PerformanceLine(models.Model):
    """绩效目标明细. A line of the summary of special funds, or of the priorities of the year."""

    goal = models.ForeignKey(PerformanceGoal, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=[("summary", "专项资金"), ("priority", "重点工作")])
    number = models.CharField(max_length=10, blank=True)
    name = models.CharField(max_length=200, blank=True)
    direction = models.CharField(max_length=300, blank=True)
    amount = _amount()
    goal_period = models.TextField(blank=True)
    goal_year = models.TextField(blank=True)

    class Meta:
        verbose_name = "绩效目标明细"
        ordering = ("goal", "position", "id")


class PerformanceMonitoring(models.Model):
    """绩效监控. How far the goals and the spending of a form had come on a day, and what the year will come to."""

    goal = models.ForeignKey(PerformanceGoal, on_delete=models.PROTECT, related_name="monitorings")
    as_of = models.DateField()
    budget, spent, expected = _amount(), _amount(), _amount()
    warning = models.CharField(max_length=6, choices=list(terms.WARNINGS.items()))
    explanation = models.CharField(max_length=300, blank=True)
    reason = models.TextField(blank=True)
    filed_by = models.BigIntegerField()
    filed_at = models.DateTimeField()

    class Meta:
        verbose_name = "绩效监控"
        ordering = ("-as_of",)
        constraints = [models.UniqueConstraint(fields=["goal", "as_of"], name="a_goal_is_monitored_once_a_day")]


class PerformanceMonitored(models.Model):
    """绩效监控指标. One indicator of a monitoring; a figure is kept as a snapshot, words as they were typed."""

    monitoring = models.ForeignKey(PerformanceMonitoring, on_delete=models.CASCADE, related_name="rows")
    indicator = models.ForeignKey(PerformanceIndicator, null=True, on_delete=models.SET_NULL, related_name="+")
    label = models.CharField(max_length=200)
    target = models.TextField(blank=True)
    actual = models.TextField(blank=True)
    expected = models.CharField(max_length=60, blank=True)
    explanation = models.CharField(max_length=300, blank=True)
    warning = models.CharField(max_length=6, choices=list(terms.WARNINGS.items()))
    reason = models.TextField(blank=True)
    snapshot = models.ForeignKey("kernel.MetricSnapshot", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "绩效监控指标"
        ordering = ("monitoring", "id")


class PerformanceEvaluation(Approved):
    """绩效自评表. What became of a goal: money, indicators, points, grade. `stated` is what a loaded form printed."""

    goal = models.ForeignKey(PerformanceGoal, null=True, on_delete=models.PROTECT, related_name="evaluations")
    unit = models.ForeignKey("finance.BudgetUnit", on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey("finance.Project", null=True, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=list(terms.EVALUATION_KINDS.items()))
    special = models.CharField(max_length=120, blank=True)
    direction = models.CharField(max_length=200, blank=True)
    investment, investment_fiscal = _amount(), _amount()
    period = models.CharField(max_length=60, blank=True)
    expected = models.TextField(blank=True)
    achieved = models.TextField(blank=True)
    execution_weight = _points()
    execution_score = _points(null=True)
    state = models.CharField(max_length=10, choices=list(terms.EVALUATION_STATES.items()), default="draft")
    stated = models.JSONField(default=dict)
    faults = ArrayField(models.CharField(max_length=300), default=list)
    loaded = models.BooleanField(default=False)

    class Meta:
        verbose_name = "绩效自评表"
        indexes = [models.Index(fields=["year", "unit"], name="performance_result_by_year")]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "year", "kind", "special", "direction"], name="a_self_evaluation_stands_once_a_year"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=list(terms.EVALUATION_STATES)), name="an_evaluation_is_in_a_known_state"
            ),
        ]

    def __str__(self) -> str:
        return self.special or self.direction or str(self.get_kind_display())


class PerformanceFund(models.Model):
    """绩效自评资金. A row of the money block of a self-evaluation."""

    evaluation = models.ForeignKey(PerformanceEvaluation, on_delete=models.CASCADE, related_name="funds")
    kind = models.CharField(max_length=9, choices=list(terms.FUND_KINDS.items()))
    initial, budget, spent = _amount(), _amount(), _amount()

    class Meta:
        verbose_name = "绩效自评资金"
        ordering = ("evaluation", "id")
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "kind"], name="money_of_a_kind_stands_once_in_an_evaluation")
        ]


class PerformanceResult(models.Model):
    """绩效自评指标. What was reached of one indicator. `snapshot` is the frozen figure; a typed value names its evidence."""

    evaluation = models.ForeignKey(PerformanceEvaluation, on_delete=models.CASCADE, related_name="results")
    indicator = models.ForeignKey(PerformanceIndicator, null=True, on_delete=models.SET_NULL, related_name="+")
    position = models.PositiveSmallIntegerField()
    level1 = models.CharField(max_length=20)
    level2 = models.CharField(max_length=40, blank=True)
    level3 = models.CharField(max_length=200, blank=True)
    target = models.TextField(blank=True)
    actual = models.TextField(blank=True)
    weight = _points()
    score = _points(null=True)
    band = models.CharField(max_length=8, choices=list(terms.BANDS.items()), blank=True)
    reason = models.TextField(blank=True)
    explanation = models.CharField(max_length=300, blank=True)
    evidence = models.CharField(max_length=300, blank=True)
    file = models.CharField(max_length=64, blank=True)
    snapshot = models.ForeignKey("kernel.MetricSnapshot", null=True, on_delete=models.PROTECT, related_name="+")
    entered_by = models.BigIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "绩效自评指标"
        ordering = ("evaluation", "position", "id")
        constraints = [
            models.CheckConstraint(condition=models.Q(weight__range=(0, 100)), name="weight_of_a_result_is_bounded"),
            models.CheckConstraint(
                condition=models.Q(score__isnull=True) | models.Q(score__gte=0), name="a_score_is_not_below_nothing"
            ),
        ]

    def __str__(self) -> str:
        return self.level3 or self.level2


class PerformanceVersion(models.Model):
    """绩效表版本. A form as it was when somebody submitted, reviewed, approved or reopened it. Append-only."""

    goal = models.ForeignKey(PerformanceGoal, null=True, on_delete=models.PROTECT, related_name="versions")
    evaluation = models.ForeignKey(PerformanceEvaluation, null=True, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    command = models.CharField(max_length=12)
    state = models.CharField(max_length=10)
    words = models.CharField(max_length=500, blank=True)
    content = models.JSONField()
    by_id = models.BigIntegerField()
    by_name = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "绩效表版本"
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(goal__isnull=True) ^ models.Q(evaluation__isnull=True),
                name="a_version_is_of_one_form",
            )
        ]


explain("a_goal_form_stands_once_a_year", "该单位本年已有同名的绩效目标表。请打开原表修改，或换一个专项名称。")
explain("a_self_evaluation_stands_once_a_year", "该单位本年已有同名的绩效自评表。请打开原表。")
explain("a_goal_is_monitored_once_a_day", "这一天的监控已经登记。请换一个截止日期。")
explain("a_weight_is_within_a_hundred", "分值应在 0 到 100 之间。")
