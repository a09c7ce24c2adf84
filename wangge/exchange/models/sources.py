"""Where data comes from: who owns it, why we may have it, what it holds, what is good of it."""

from django.db import models
from django.db.models import Q

from wangge.exchange import terms
from wangge.kernel.errors import explain


class Source(models.Model):
    """数据源. `fields` is a list of {key, title, kind, means, required, codes, level}; `config` says where to fetch (never a
    secret: that is `sealed`, purpose `exchange`, context `source:<code>`). `group` names the special group the rows are about."""

    code = models.CharField("编码", max_length=40)
    name = models.CharField("名称", max_length=80)
    owner = models.ForeignKey("identity.Department", on_delete=models.PROTECT, related_name="+")
    place_code = models.BigIntegerField("区划")
    kind = models.CharField("方式", max_length=5, choices=list(terms.KINDS.items()))
    purpose = models.CharField("用途", max_length=300)
    legal_basis = models.CharField("依据", max_length=300)
    group = models.CharField(max_length=12, blank=True, choices=list(terms.GROUPS.items()))
    fields = models.JSONField(default=list)
    config = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True)
    refresh = models.CharField("更新周期", max_length=9, choices=list(terms.REFRESH.items()))
    retention_days = models.IntegerField("保存天数")
    state = models.CharField(max_length=7, choices=list(terms.SOURCE_STATES.items()), default="active")
    auto = models.FloatField(default=0.98)
    review = models.FloatField(default=0.30)
    clear = models.FloatField(default=4.0)
    step = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = "数据源"
        constraints = [
            models.UniqueConstraint(fields=["code"], name="a_source_code_is_given_once"),
            models.CheckConstraint(
                name="a_source_keeps_its_rows_for_a_time", condition=Q(retention_days__gte=1, retention_days__lte=36500)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CodeMap(models.Model):
    """代码对照. What a source's code means in the district's tables."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="maps")
    field = models.CharField(max_length=40)
    theirs = models.CharField("来源代码", max_length=80)
    ours = models.CharField("本区代码", max_length=40)
    by = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "代码对照"
        constraints = [
            models.UniqueConstraint(fields=["source", "field", "theirs"], name="a_code_is_mapped_once"),
        ]


class QualityRule(models.Model):
    """质量规则. One check of one field. `refuses`: a row that fails is not taken in; else it counts against the score."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="quality")
    field = models.CharField(max_length=40, blank=True)
    check_kind = models.CharField(max_length=8, choices=[(k, v[0]) for k, v in terms.CHECKS.items()])
    parameter = models.CharField(max_length=200, blank=True)
    weight = models.IntegerField(default=1)
    refuses = models.BooleanField(default=False)

    class Meta:
        verbose_name = "质量规则"
        constraints = [
            models.UniqueConstraint(fields=["source", "field", "check_kind"], name="a_field_is_checked_once_in_a_way"),
            models.CheckConstraint(name="a_quality_weight_is_small", condition=Q(weight__gte=1, weight__lte=10)),
        ]


explain("a_source_code_is_given_once", "这个数据源编码已被使用。请换一个编码。", "exists")
explain("a_code_is_mapped_once", "这个来源代码已有对照。请先删除原对照再登记。", "exists")
explain("a_field_is_checked_once_in_a_way", "这个字段已有同样的质量规则。请修改原规则。", "exists")
explain("a_source_keeps_its_rows_for_a_time", "保存天数应在 1 到 36500 之间。", "retention")
explain("a_quality_weight_is_small", "权重应在 1 到 10 之间。", "weight")
