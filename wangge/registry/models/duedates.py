"""Reminders: a person, a rule, a date; each once. What a district has set of the rules itself."""

from django.db import models
from django.db.models import Q

from wangge.kernel.errors import explain
from wangge.registry.models.people import Person


class Reminder(models.Model):
    """到期提醒. What `rules.duedates` reckons from a row, kept once per person, rule and date, until somebody deals with it.

    `group` is the special group the row belongs to: who may not see the group does not see the reminder (row-level
    security, as for the group itself); `care` marks a row of a care group.
    """

    class State(models.TextChoices):
        OPEN = "open", "待办理"
        DONE = "done", "已办理"
        IGNORED = "ignored", "不需办理"
        VOID = "void", "已失效"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=24)
    group = models.CharField(max_length=12, blank=True)
    is_care = models.BooleanField(default=False)
    row_id = models.BigIntegerField(null=True)
    due_on = models.DateField("到期日期")
    show_on = models.DateField("提醒日期")
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    reason = models.CharField("说明", max_length=200, blank=True)
    settled_by_id = models.BigIntegerField(null=True)
    settled_by = models.CharField(max_length=100, blank=True)
    settled_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = "到期提醒"
        constraints = [
            models.UniqueConstraint(fields=["person", "rule", "due_on"], name="a_person_is_reminded_of_a_date_once"),
            models.CheckConstraint(
                name="a_reminder_is_open_or_was_settled",
                condition=Q(state="open", settled_at=None) | Q(~Q(state="open"), settled_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on", "id"], name="reminder_by_date")]


class DueSetting(models.Model):
    """到期规则设定. From a day on a district counts a rule's period (`months`, or `years` of an age), shows it so many days ahead
    (`lead`), or does not use it. What is left empty stays as shipped."""

    place_code = models.BigIntegerField()
    rule = models.CharField("规则", max_length=24)
    is_used = models.BooleanField("采用", default=True)
    months = models.SmallIntegerField("周期（月）", null=True)
    years = models.SmallIntegerField("年龄（周岁）", null=True)
    lead = models.SmallIntegerField("提前提醒（天）", null=True)
    basis = models.CharField("依据", max_length=200)
    from_on = models.DateField("起用日期")
    by = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "到期规则设定"
        constraints = [
            models.UniqueConstraint(fields=["place_code", "rule", "from_on"], name="a_rule_is_set_once_on_a_day"),
            models.CheckConstraint(
                name="a_rule_is_set_within_reason",
                condition=Q(months=None) | Q(months__range=(1, 240)),
            ),
        ]


explain("a_rule_is_set_once_on_a_day", "这一天已设过同一条到期规则。请换一个起用日期。", "exists")
explain("a_rule_is_set_within_reason", "周期应在 1 到 240 个月之间。", "months")
explain("a_person_is_reminded_of_a_date_once", "这一到期事项已有提醒。请刷新后查看。", "exists")
