"""What a district calls the codes of the standard, for how long, and the codes it added."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from wangge.kernel.errors import explain


class CodeLabel(models.Model):
    """字典名称. The name of one code of one table in one district for [since, until).

    A code that the standard does not list is the district's own; `stands_for` is then the standard's code that it is exported
    as. Names are never written over: a new name ends the one before, so that an old record reads as it was named in its time.
    """

    district = models.BigIntegerField()
    table = models.CharField("代码表", max_length=10)
    code = models.CharField("代码", max_length=8)
    label = models.CharField("名称", max_length=60)
    stands_for = models.CharField("对应国标代码", max_length=8, blank=True)
    since = models.DateField("启用")
    until = models.DateField("停用", null=True)
    reason = models.CharField("依据", max_length=200)
    by = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "字典名称"
        constraints = [
            ExclusionConstraint(
                name="a_code_has_one_name_at_a_time",
                expressions=[
                    ("district", RangeOperators.EQUAL),
                    ("table", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    (Func(F("since"), F("until"), function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="a_name_of_a_code_ends_after_it_begins", condition=Q(until=None) | Q(until__gte=F("since"))
            ),
        ]

    def __str__(self) -> str:
        return self.label


explain("a_code_has_one_name_at_a_time", "这个代码在该日期已有名称。请选择更晚的启用日期。", "overlap")
explain("a_name_of_a_code_ends_after_it_begins", "停用日期早于启用日期。请核对两个日期。", "dates")
