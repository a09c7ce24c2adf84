"""Tables of alarms. Signals and acts are append-only; everything is bound by place (migrations: events guards)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from wangge.events.alarms import terms
from wangge.kernel.errors import explain

_KINDS = list(terms.KINDS.items())


class Alarm(models.Model):
    """告警. What one or more signals of a device tell; `uid` is the client id of its event, so that there is one at most.

    `raised_at` is when its first signal reached us: limits count from there. `due_at` belongs to the step awaited.
    """

    uid = models.UUIDField(unique=True)
    device = models.ForeignKey("territory.Device", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("告警类别", max_length=8, choices=_KINDS)
    code = models.CharField(max_length=20, blank=True)
    place_code = models.BigIntegerField()
    lng = models.FloatField()
    lat = models.FloatField()
    spot = models.CharField(max_length=200)
    is_test = models.BooleanField(default=False)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    signals = models.IntegerField(default=1)
    state = models.CharField("状态", max_length=8, choices=list(terms.STATES.items()), default="open")
    result = models.CharField("处置结果", max_length=10, choices=list(terms.RESULTS.items()), blank=True)
    level = models.SmallIntegerField(default=0)
    escalate_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    late = models.SmallIntegerField("逾期步数", default=0)
    signed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    signed_by = models.CharField(max_length=100, blank=True)
    arrived_by = models.CharField(max_length=100, blank=True)
    done_by = models.CharField(max_length=100, blank=True)
    text = models.TextField(blank=True)
    case = models.OneToOneField("casework.Case", null=True, on_delete=models.PROTECT, related_name="+")
    # Why its event could not be opened yet, and when that was tried.
    trouble = models.CharField(max_length=200, blank=True)
    tried_at = models.DateTimeField(null=True)
    is_raised = models.BooleanField(default=False)
    step = models.IntegerField(default=1)

    class Meta:
        verbose_name = "告警"
        constraints = [
            models.CheckConstraint(
                name="an_alarm_is_done_iff_it_has_a_result",
                condition=Q(state="done", done_at__isnull=False) & ~Q(result="")
                | ~Q(state="done") & Q(done_at=None, result=""),
            ),
            models.CheckConstraint(name="an_alarm_state_is_known", condition=Q(state__in=list(terms.STATES))),
            models.UniqueConstraint(
                fields=["device"],
                condition=Q(kind="offline") & ~Q(state="done"),
                name="one_offline_alarm_is_open_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="open_alarm_by_due", condition=~Q(state="done")),
            models.Index(fields=["device", "-id"], name="alarm_by_device"),
            models.Index(fields=["device"], name="open_alarm_by_device", condition=~Q(state="done")),
            models.Index(fields=["place_code", "-id"], name="alarm_by_place"),
            models.Index(fields=["raised_at"], name="alarm_by_time"),
            models.Index(fields=["id"], name="alarm_to_raise", condition=Q(is_raised=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.spot}"


class AlarmSignal(models.Model):
    """告警信号. One message of a device, once. Append-only."""

    alarm = models.ForeignKey(Alarm, on_delete=models.PROTECT, related_name="received")
    device_id = models.BigIntegerField()
    message_id = models.UUIDField()
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = "告警信号"
        constraints = [models.UniqueConstraint(fields=["device_id", "message_id"], name="a_signal_is_taken_once")]
        indexes = [models.Index(fields=["alarm", "id"], name="signals_of_an_alarm")]


class AlarmAct(models.Model):
    """告警处置. One step of answering an alarm. Append-only; `key` is the caller's own id, so that a re-send is the same act."""

    alarm = models.ForeignKey(Alarm, on_delete=models.PROTECT, related_name="acts")
    seq = models.IntegerField()
    at = models.DateTimeField()
    command = models.CharField(max_length=9, choices=list(terms.COMMANDS.items()))
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=100)
    post_name = models.CharField(max_length=100, blank=True)
    was_late = models.BooleanField(default=False)
    text = models.CharField(max_length=500, blank=True)
    files = ArrayField(models.CharField(max_length=64), default=list)
    key = models.UUIDField(null=True, unique=True)

    class Meta:
        verbose_name = "告警处置"
        constraints = [models.UniqueConstraint(fields=["alarm", "seq"], name="an_alarm_act_is_taken_once")]


class AlarmCall(models.Model):
    """告警呼叫. Somebody of the family who is to be called, one after another, until one is reached."""

    alarm = models.ForeignKey(Alarm, on_delete=models.PROTECT, related_name="calls")
    position = models.SmallIntegerField()
    # Whose family it is, and the entry of the chain: the relative need not have a record of their own.
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    relation = models.ForeignKey("registry.Relation", on_delete=models.PROTECT, related_name="+")
    # "女儿 张*": enough to know whom one asks for; the number is shown on request, with a reason.
    who = models.CharField(max_length=60)
    state = models.CharField("状态", max_length=10, choices=list(terms.CALLS.items()), default="queued")
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=100, blank=True)
    # Who had the number shown last, and when: the system itself calls nobody.
    shown_at = models.DateTimeField(null=True)
    shown_by = models.CharField(max_length=100, blank=True)
    text = models.CharField(max_length=200, blank=True)
    key = models.UUIDField(null=True, unique=True)

    class Meta:
        verbose_name = "告警呼叫"
        constraints = [
            models.UniqueConstraint(fields=["alarm", "position"], name="a_call_has_its_place_in_the_chain"),
            models.UniqueConstraint(
                fields=["alarm"], condition=Q(state="waiting"), name="one_call_of_a_chain_waits_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="call_by_due", condition=Q(state="waiting"))]


class AlarmRule(models.Model):
    """告警规则. What a district decided of a kind of alarm from a day on; `values` holds only what differs from the shipped."""

    district_code = models.BigIntegerField("区")
    kind = models.CharField("告警类别", max_length=8, choices=_KINDS)
    from_on = models.DateField("起用日期")
    values = models.JSONField(default=dict)
    note = models.CharField("依据", max_length=200, blank=True)
    by = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "告警规则"
        constraints = [
            models.UniqueConstraint(
                fields=["district_code", "kind", "from_on"], name="an_alarm_rule_begins_once_on_a_day"
            )
        ]


class DeviceUser(models.Model):
    """设备使用人. For whom a one-key alarm was put up, with their consent; without a row nobody's family is called."""

    device = models.ForeignKey("territory.Device", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    consent_on = models.DateField("同意日期")
    consent_note = models.CharField("同意方式", max_length=100)
    since = models.DateField()
    until = models.DateField(null=True)
    by = models.CharField(max_length=100)

    class Meta:
        verbose_name = "设备使用人"
        constraints = [
            models.UniqueConstraint(
                fields=["device", "person"], condition=Q(until=None), name="a_person_uses_a_device_once_at_a_time"
            )
        ]
        indexes = [models.Index(fields=["device"], name="users_of_a_device")]


class SignalFault(models.Model):
    """异常信号. A message that could not be taken, kept as it was (cut to 4,096 bytes); equal ones are counted."""

    reason = models.CharField("原因", max_length=10, choices=list(terms.FAULTS.items()))
    serial = models.CharField("设备编号", max_length=60, blank=True)
    topic = models.CharField(max_length=200)
    detail = models.CharField(max_length=200, blank=True)
    payload = models.BinaryField()
    digest = models.BinaryField(unique=True)
    times = models.IntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = "异常信号"
        indexes = [models.Index(fields=["-last_at", "-id"], name="fault_by_time", condition=Q(settled_at=None))]


explain("an_alarm_rule_begins_once_on_a_day", "这一天已设过这类告警的规则。请先撤回，或换一个起用日期。", "exists")
explain("an_alarm_act_is_taken_once", "在您操作期间已有他人先行处置。请刷新后核对再提交。", "stale")
explain("a_person_uses_a_device_once_at_a_time", "这位居民已登记为这台设备的使用人。", "exists")
