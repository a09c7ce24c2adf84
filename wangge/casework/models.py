"""Tables of a case. Rows of the step table are append-only; everything a reader may see is bound by row-level security."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, GeneratedField, Q

from wangge.casework import terms
from wangge.kernel.errors import explain

OPEN_STATES = [str(s) for s in terms.OPEN]


def _floor(unit: int) -> GeneratedField:
    """The place code cut to a level, stored, so that a scope is an equality on an indexed column."""
    return GeneratedField(
        expression=F("place_code") / unit * unit, output_field=models.BigIntegerField(), db_persist=True
    )


class Case(models.Model):
    """件. Anything that somebody has to do for somebody."""

    kind = models.CharField(max_length=12)
    number = models.CharField(max_length=30, unique=True)
    client_id = models.UUIDField(null=True, unique=True)
    state = models.CharField(max_length=12, choices=[(str(k), v) for k, v in terms.STATES.items()])
    step = models.IntegerField(default=1)
    title = models.CharField(max_length=60)
    text = models.TextField()
    category = models.CharField(max_length=12)
    source = models.CharField(max_length=12, choices=list(terms.SOURCES.items()))
    urgency = models.CharField(max_length=10, choices=list(terms.URGENCIES.items()), default="normal")
    place_code = models.BigIntegerField()
    district_code = _floor(10**9)
    street_code = _floor(10**6)
    community_code = _floor(10**3)
    lng = models.FloatField()
    lat = models.FloatField()
    seen_at = models.DateTimeField()
    received_at = models.DateTimeField()
    reporter_id = models.BigIntegerField(null=True)
    holder = models.ForeignKey("identity.Department", null=True, on_delete=models.PROTECT, related_name="+")
    holder_place = models.BigIntegerField(null=True)
    lead = models.ForeignKey("identity.Department", null=True, on_delete=models.PROTECT, related_name="+")
    department_ids = ArrayField(models.BigIntegerField(), default=list)
    clock = models.CharField(max_length=8, blank=True, choices=list(terms.CLOCKS.items()))
    due_at = models.DateTimeField(null=True)
    is_designated = models.BooleanField(default=False)
    is_supervised = models.BooleanField(default=False)
    is_secret = models.BooleanField(default=False)
    card = models.CharField(max_length=6, blank=True, choices=list(terms.CARDS.items()))
    returns = models.SmallIntegerField(default=0)
    reworks = models.SmallIntegerField(default=0)
    redone = models.SmallIntegerField(default=0)
    urged = models.SmallIntegerField(default=0)
    supporters = models.IntegerField(default=0)
    outcome = models.CharField(max_length=14, blank=True, choices=list(terms.OUTCOMES.items()))
    grade = models.SmallIntegerField(null=True)
    finished_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    query_code = models.CharField(max_length=64, blank=True)
    is_legacy = models.BooleanField(default=False)

    class Meta:
        verbose_name = "件"
        constraints = [
            models.CheckConstraint(
                name="a_case_is_closed_iff_it_has_closed_at",
                condition=Q(state__in=["closed", "archived"], closed_at__isnull=False)
                | (~Q(state__in=["closed", "archived"]) & Q(closed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="a_merged_case_names_its_original",
                condition=Q(state="merged", merged_into__isnull=False)
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
            ),
            models.CheckConstraint(name="a_case_is_not_its_own_original", condition=~Q(merged_into=F("id"))),
            models.CheckConstraint(name="a_case_state_is_known", condition=Q(state__in=[str(s) for s in terms.STATES])),
        ]
        indexes = [
            models.Index(fields=["district_code", "-id"], name="case_by_district"),
            models.Index(fields=["street_code", "-id"], name="case_by_street"),
            models.Index(fields=["community_code", "-id"], name="case_by_community"),
            models.Index(fields=["place_code", "-id"], name="case_by_cell"),
            models.Index(
                fields=["district_code", "due_at", "id"], name="open_by_due", condition=Q(state__in=OPEN_STATES)
            ),
            models.Index(fields=["holder", "due_at", "id"], name="open_by_holder", condition=Q(state__in=OPEN_STATES)),
            models.Index(fields=["holder_place"], name="open_by_cell", condition=Q(holder_place__isnull=False)),
            models.Index(
                fields=["reporter_id", "-id"], name="case_by_reporter", condition=Q(reporter_id__isnull=False)
            ),
            models.Index(fields=["merged_into"], name="case_by_original", condition=Q(merged_into__isnull=False)),
            models.Index(fields=["received_at"], name="case_by_receipt"),
            models.Index(fields=["closed_at"], name="case_by_closing", condition=Q(closed_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number


class Step(models.Model):
    """步骤. One act in a case. Append-only by trigger; `key` is the caller's own id, so that a re-send is the same step."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    seq = models.IntegerField()
    at = models.DateTimeField()
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=100)
    post_name = models.CharField(max_length=100, blank=True)
    department_id = models.BigIntegerField(null=True)
    command = models.CharField(max_length=20)
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12)
    reason = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    files = ArrayField(models.CharField(max_length=64), default=list)
    key = models.UUIDField(null=True, unique=True)
    is_public = models.BooleanField(default=False)

    class Meta:
        verbose_name = "步骤"
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="a_step_is_taken_once")]


class Assignment(models.Model):
    """交办. One office's part in a case: the lead or a co-handler, each with clocks of its own."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assignments")
    department = models.ForeignKey("identity.Department", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=8, choices=[("lead", "主办"), ("support", "协办")])
    state = models.CharField(
        max_length=10,
        choices=[
            ("pending", "待签收"),
            ("handling", "办理中"),
            ("done", "已完成"),
            ("returned", "已退回"),
            ("waived", "已免除"),
            ("withdrawn", "已收回"),
        ],
    )
    asked_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "交办"
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(role="lead", state__in=["pending", "handling"]),
                name="a_case_has_one_lead_at_a_time",
            )
        ]
        indexes = [
            models.Index(fields=["department", "state"], name="assignment_by_office"),
            models.Index(fields=["department", "-case"], name="assignment_by_case"),
        ]


class Clock(models.Model):
    """时限. One limit of a case or of a co-handler, with its own start and stop."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="clocks")
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.PROTECT, related_name="clocks")
    department_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=8, choices=list(terms.CLOCKS.items()))
    started_at = models.DateTimeField()
    amount = models.IntegerField()
    unit = models.CharField(max_length=12)
    extended_days = models.IntegerField(default=0)
    yellow_at = models.DateTimeField()
    due_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "时限"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(stopped_at__isnull=True, assignment__isnull=True),
                name="a_clock_runs_once_at_a_time",
            )
        ]
        indexes = [models.Index(fields=["due_at"], name="clock_running_by_due", condition=Q(stopped_at__isnull=True))]


class Hold(models.Model):
    """挂起. A range in which the handling clock does not count; asked for first, then granted or refused."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=12, choices=list(terms.HOLD_REASONS.items()))
    text = models.TextField(blank=True)
    until = models.DateField()
    asked_by = models.BigIntegerField()
    asked_at = models.DateTimeField()
    from_at = models.DateTimeField(null=True)
    to_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "挂起"
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(to_at__isnull=True), name="a_case_has_one_hold_at_a_time"
            )
        ]


class Extension(models.Model):
    """延期. Asked before expiry, decided by somebody else; only a granted one moves the due date."""

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="extensions")
    amount = models.IntegerField()
    text = models.TextField()
    asked_by = models.BigIntegerField()
    asked_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    granted = models.BooleanField(null=True)

    class Meta:
        verbose_name = "延期"
        constraints = [
            models.UniqueConstraint(
                fields=["clock"], condition=Q(granted__isnull=True), name="one_extension_is_pending_at_a_time"
            )
        ]


class Card(models.Model):
    """督办牌. Yellow near the limit, red past it; explained, then upheld or cancelled; it stays in the log either way."""

    class State(models.TextChoices):
        ISSUED = "issued", "待说明"
        EXPLAINED = "explained", "待审定"
        UPHELD = "upheld", "维持"
        CANCELLED = "cancelled", "撤销"
        APPEALED = "appealed", "申诉中"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="cards")
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="cards")
    colour = models.CharField(max_length=6, choices=list(terms.CARDS.items()))
    department_id = models.BigIntegerField(null=True)
    issued_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.ISSUED)
    explanation = models.TextField(blank=True)
    explained_by = models.BigIntegerField(null=True)
    judged_by = models.BigIntegerField(null=True)
    judgement = models.TextField(blank=True)
    appeal = models.TextField(blank=True)

    class Meta:
        verbose_name = "督办牌"
        constraints = [models.UniqueConstraint(fields=["clock", "colour"], name="one_card_of_a_colour_per_clock")]


class Rating(models.Model):
    """评价. One grade for one service: a round ends with each handling, so a re-handled case can be rated again."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="ratings")
    round = models.SmallIntegerField()
    grade = models.SmallIntegerField(choices=list(terms.GRADES.items()))
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    channel = models.CharField(max_length=20)

    class Meta:
        verbose_name = "评价"
        constraints = [
            models.UniqueConstraint(fields=["case", "round"], name="one_rating_a_service"),
            models.CheckConstraint(name="a_grade_is_1_to_5", condition=Q(grade__gte=1, grade__lte=5)),
        ]


class Supporter(models.Model):
    """附议人. Somebody who reported the same thing: has a query code and reads the original's progress."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="supporting")
    client_id = models.UUIDField(unique=True)
    query_code = models.CharField(max_length=64)
    text = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "附议人"


class SavedFilter(models.Model):
    """常用筛选. A person's own named filter of the case list."""

    account_id = models.BigIntegerField()
    name = models.CharField(max_length=20)
    query = models.CharField(max_length=500)

    class Meta:
        verbose_name = "常用筛选"
        constraints = [models.UniqueConstraint(fields=["account_id", "name"], name="a_saved_filter_has_its_own_name")]


explain("a_step_is_taken_once", "在您操作期间已有他人先行处理。您填写的内容已保留，请刷新后核对再提交。", "stale")
explain("a_case_has_one_lead_at_a_time", "本件已有主办单位。请先收回或等待退回后再派遣。")
explain("a_clock_runs_once_at_a_time", "本件的这项时限正在计时，请刷新后再试。", "stale")
explain("a_case_has_one_hold_at_a_time", "本件已有挂起或挂起申请，请先处理。")
explain("one_extension_is_pending_at_a_time", "本件已有一项延期申请待审批，请等待审批结果。")
explain("one_rating_a_service", "这次办理已经评价过，每次办理只能评价一次。")
explain("append_only", "步骤和审计记录只增不改。如需更正，请追加一条说明。")
explain("a_merged_case_names_its_original", "合并时须写明主件编号。")
explain("casework_step_key_key", "这条操作的编号已用于另一项操作，未重复执行。请刷新后重新操作。", "key_reused")
explain("a_saved_filter_has_its_own_name", "已有同名的常用筛选，请换一个名称。")
