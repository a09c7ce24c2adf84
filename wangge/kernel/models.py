"""Tables every room leans on: facts and their effects, the audit log, and (in `models_files`) stored files."""

from django.contrib.postgres.functions import TransactionNow
from django.db import models

from wangge.kernel.models_files import CalendarDay, MetricSnapshot, StoredFile, WorkHours

__all__ = [
    "AuditEntry",
    "AuditSeal",
    "CalendarDay",
    "Fact",
    "MetricSnapshot",
    "Reaction",
    "StoredFile",
    "WorkHours",
]


class Fact(models.Model):
    """事实. Something that happened, as told to the rooms above."""

    name = models.CharField(max_length=100)
    data = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = "事实"


class Reaction(models.Model):
    """反应. A subscriber's effect of a fact, once."""

    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="+")
    subscriber = models.CharField(max_length=150)
    at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        verbose_name = "反应"
        constraints = [models.UniqueConstraint(fields=["fact", "subscriber"], name="a_fact_takes_effect_once")]


class AuditEntry(models.Model):
    """审计记录. Who did what to which thing. Names are copied, so nothing can cascade a row away. Append-only by trigger."""

    at = models.DateTimeField()
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=100)
    post_name = models.CharField(max_length=100, blank=True)
    channel = models.CharField(max_length=20)
    action = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = "审计记录"
        indexes = [
            models.Index(fields=["kind", "subject"], name="audit_by_subject"),
            models.Index(fields=["actor_id", "id"], name="audit_by_actor"),
        ]


class AuditSeal(models.Model):
    """审计封存. One link of the hash chain over the audit log."""

    entry_id = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = "审计封存"
