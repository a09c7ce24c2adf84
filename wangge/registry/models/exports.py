"""Exports by the standard: who asked for which tables of which area and why, how far it is, how often it was fetched."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class StandardExport(models.Model):
    """标准导出. The file lies sealed in the data folder until `expires_at`; only its owner can fetch it."""

    class State(models.TextChoices):
        WAITING = "waiting", "排队"
        RUNNING = "running", "生成中"
        DONE = "done", "已生成"
        FAILED = "failed", "未生成"
        REMOVED = "removed", "已清除"

    place_code = models.BigIntegerField()
    tables = ArrayField(models.CharField(max_length=3))
    on = models.DateField("数据日期")
    reason = models.CharField("用途", max_length=200)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    total = models.IntegerField("行数", default=0)
    written = models.IntegerField(default=0)
    # {table: {"rows": n, "missing": [[field title, n]]}}
    counts = models.JSONField(default=dict)
    size = models.BigIntegerField(default=0)
    trouble = models.CharField(max_length=300, blank=True)
    # The rights and reach of whoever ordered it, so that the worker does no more than they could.
    actor = models.JSONField(default=dict)
    by_id = models.BigIntegerField()
    by = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    fetched = models.IntegerField("下载次数", default=0)

    class Meta:
        verbose_name = "标准导出"
        constraints = [
            models.CheckConstraint(
                name="an_export_is_finished_iff_it_is_over",
                condition=Q(state__in=["waiting", "running"], finished_at=None)
                | Q(state__in=["done", "failed", "removed"], finished_at__isnull=False),
            )
        ]
        indexes = [models.Index(fields=["place_code", "-id"], name="export_by_place")]
