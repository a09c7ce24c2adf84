"""Things of the street (部件) and their census."""

from django.db import models
from django.db.models import Q

from wangge.kernel.errors import explain


class Fixture(models.Model):
    """部件. `code` is 6 digits of the county, 2 of the class, 2 of the kind, 6 of its own (GB/T 30428.2-2013).

    Departments are codes of offices (identity), "" while unknown: the owner (权属) and who looks after it (养护).
    """

    class State(models.TextChoices):
        INTACT = "intact", "完好"
        DAMAGED = "damaged", "破损"
        MISSING = "missing", "丢失"
        REMOVED = "removed", "废弃"

    code = models.CharField("部件标识码", max_length=16, primary_key=True)
    kind = models.CharField("部件类别", max_length=4)
    name = models.CharField("部件名称", max_length=60)
    place_code = models.BigIntegerField("所在网格")
    lng = models.FloatField("经度")
    lat = models.FloatField("纬度")
    spot = models.CharField("位置说明", max_length=200, blank=True)
    owner = models.CharField("权属单位", max_length=40, blank=True)
    keeper = models.CharField("养护单位", max_length=40, blank=True)
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.INTACT)
    state_on = models.DateField("状态日期", null=True)
    placed_on = models.DateField("设置日期", null=True)
    photo = models.CharField("照片", max_length=64, blank=True)
    checked_on = models.DateField("普查日期", null=True)
    checked_by = models.CharField("普查人", max_length=100, blank=True)
    source = models.CharField("来源", max_length=60, blank=True)
    step = models.IntegerField(default=1)

    class Meta:
        verbose_name = "部件"
        constraints = [
            models.CheckConstraint(name="a_fixture_code_has_its_kind", condition=Q(code__regex=r"^[1-9]\d{15}$")),
            models.CheckConstraint(
                name="a_fixture_state_is_known", condition=Q(state__in=["intact", "damaged", "missing", "removed"])
            ),
        ]
        indexes = [
            models.Index(fields=["place_code", "code"], name="fixture_by_place"),
            models.Index(fields=["kind", "place_code"], name="fixture_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.code}）"


class FixtureCensus(models.Model):
    """部件普查. A task to look at every fixture of some kinds in a place within a time. `kinds` empty: every kind."""

    name = models.CharField("普查名称", max_length=60)
    place_code = models.BigIntegerField("普查范围")
    kinds = models.JSONField("部件类别", default=list)
    starts_on = models.DateField("开始日期")
    due_on = models.DateField("截止日期")
    closed_on = models.DateField("结束日期", null=True)
    by = models.CharField("发起人", max_length=100)

    class Meta:
        verbose_name = "部件普查"
        constraints = [
            models.CheckConstraint(name="a_census_ends_after_it_starts", condition=Q(due_on__gte=models.F("starts_on")))
        ]

    def __str__(self) -> str:
        return self.name


class FixtureCheck(models.Model):
    """普查记录. What somebody found at one fixture; within a census the last one counts. Append-only."""

    class Result(models.TextChoices):
        FOUND = "found", "在位完好"
        DAMAGED = "damaged", "在位破损"
        MISSING = "missing", "不在位"

    client_id = models.UUIDField(unique=True)
    fixture = models.ForeignKey(Fixture, on_delete=models.PROTECT, related_name="checks")
    census = models.ForeignKey(FixtureCensus, null=True, on_delete=models.PROTECT, related_name="checks")
    result = models.CharField("结果", max_length=8, choices=Result.choices)
    text = models.CharField("说明", max_length=300, blank=True)
    photo = models.CharField("照片", max_length=64, blank=True)
    at = models.DateTimeField("时间")
    by_id = models.BigIntegerField()
    by = models.CharField("普查人", max_length=100)

    class Meta:
        verbose_name = "普查记录"
        indexes = [
            models.Index(fields=["fixture", "-id"], name="checks_of_a_fixture"),
            models.Index(fields=["census", "fixture"], name="checks_of_a_census"),
        ]


explain("a_census_ends_after_it_starts", "普查的截止日期早于开始日期。请核对两个日期。", "dates")
