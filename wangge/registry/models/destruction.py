"""Lists of what is due to be destroyed, and who allowed it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Destruction(models.Model):
    """销档清单. What a retention rule found due in a place: proposed, allowed by a person, carried out. Only ids stand here."""

    STATES = {"proposed": "待审批", "approved": "已批准", "declined": "不同意", "done": "已销档"}

    place_code = models.BigIntegerField()
    rule = models.CharField("保存规则", max_length=10)
    cutoff = models.DateField("截止日期")
    ids = ArrayField(models.BigIntegerField())
    state = models.CharField("状态", max_length=8, choices=list(STATES.items()), default="proposed")
    made_at = models.DateTimeField()
    decided_by_id = models.BigIntegerField(null=True)
    decided_by = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField("意见", max_length=200, blank=True)
    destroyed = models.IntegerField("已销数", default=0)
    left = models.IntegerField("未销数", default=0)

    class Meta:
        verbose_name = "销档清单"
        constraints = [
            models.UniqueConstraint(
                fields=["place_code", "rule"],
                condition=Q(state__in=["proposed", "approved"]),
                name="one_open_list_of_a_rule_in_a_place",
            ),
            models.CheckConstraint(
                name="a_list_is_decided_by_somebody",
                condition=Q(state="proposed", decided_at=None) | ~Q(state="proposed") & Q(decided_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["place_code", "-id"], name="destruction_by_place")]
