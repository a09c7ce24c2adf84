"""Reminders: a person, a rule, a date; each once."""

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


explain("a_person_is_reminded_of_a_date_once", "这一到期事项已有提醒。请刷新后查看。", "exists")
