"""Tables of the kernel's tools: stored files, the working calendar, frozen figures."""

from django.contrib.postgres.functions import TransactionNow
from django.db import models

from wangge.kernel.errors import explain


class StoredFile(models.Model):
    """文件. One content, once. The bytes lie in the file store under `sha256`; a row without bytes cannot come to be."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    taken_at = models.DateTimeField(null=True)
    has_place = models.BooleanField(default=False)
    original_name = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=TransactionNow())
    created_by = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "文件"
        constraints = [
            models.CheckConstraint(condition=models.Q(sha256__regex="^[0-9a-f]{64}$"), name="file_hash_is_sha256"),
            models.CheckConstraint(condition=models.Q(size__gt=0), name="file_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")


class CalendarDay(models.Model):
    """特殊日. A day that Monday-to-Friday alone does not decide; a year is loaded when its 1 January stands here."""

    date = models.DateField(unique=True)
    kind = models.CharField(max_length=4, choices=[("rest", "放假"), ("work", "上班")])
    name = models.CharField(max_length=40)
    source = models.CharField(max_length=100)
    segments = models.CharField(max_length=100, blank=True, default="")
    loaded_at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        verbose_name = "特殊日"
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["rest", "work"]), name="calendar_day_rests_or_works"),
            models.CheckConstraint(
                condition=models.Q(kind="work") | models.Q(segments=""), name="only_a_working_day_has_hours"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"


class WorkHours(models.Model):
    """作息时间. The segments of an ordinary working day from a date on."""

    starts_on = models.DateField(unique=True)
    segments = models.CharField(max_length=100)
    source = models.CharField(max_length=100)
    loaded_at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        verbose_name = "作息时间"

    def __str__(self) -> str:
        return f"{self.starts_on} {self.segments}"


class MetricSnapshot(models.Model):
    """数据快照. A figure as it was published. Append-only by trigger: a correction is a further version with its reason."""

    code = models.CharField(max_length=80)
    starts_on = models.DateField()
    ends_on = models.DateField()
    place_lo = models.BigIntegerField()
    place_hi = models.BigIntegerField()
    version = models.PositiveSmallIntegerField(default=1)
    value = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    rows_count = models.PositiveBigIntegerField()
    rows_digest = models.CharField(max_length=64)
    definition_hash = models.CharField(max_length=64)
    definition = models.JSONField()
    reason = models.CharField(max_length=200, blank=True, default="")
    frozen_at = models.DateTimeField(db_default=TransactionNow())
    frozen_by = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "数据快照"
        constraints = [
            models.UniqueConstraint(
                fields=["code", "starts_on", "ends_on", "place_lo", "place_hi", "version"],
                name="figure_is_frozen_once_a_version",
            ),
            models.CheckConstraint(
                condition=models.Q(version=1) | ~models.Q(reason=""), name="a_corrected_figure_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.starts_on}"


explain("figure_is_frozen_once_a_version", "这项数据已定稿。如需更正，请写明更正原因，系统会另存一个版本。")
explain("only_a_working_day_has_hours", "放假日不设作息时间。请先把该日改为上班，再填写作息时间。")
