"""Tables of land. Codes are never used twice: a retired cell stays. Geometry is GeoJSON in CGCS2000 degrees."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Mod
from django.db.models.lookups import Exact


def _is_multiple(of: int) -> Exact:
    return Exact(Mod(models.F("code"), models.Value(of)), 0)


class Division(models.Model):
    """区划. A district, a street or town, a community or village."""

    code = models.BigIntegerField("区划代码", primary_key=True)
    name = models.CharField("名称", max_length=60)
    short = models.CharField("简称", max_length=60)
    level = models.CharField("层级", max_length=10)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", verbose_name="上级")
    pinyin = models.CharField("拼音首字母", max_length=60, blank=True)
    valid = DateRangeField("有效期")
    source = models.CharField("来源", max_length=200)

    class Meta:
        verbose_name = "区划"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="a_division_level_fits_its_code",
                condition=models.Q(_is_multiple(1_000_000_000), level="district")
                | models.Q(_is_multiple(1_000_000), ~models.Q(_is_multiple(1_000_000_000)), level="street")
                | models.Q(_is_multiple(1_000), ~models.Q(_is_multiple(1_000_000)), level="community"),
            ),
            models.CheckConstraint(
                name="only_a_district_has_no_parent",
                condition=models.Q(level="district", parent=None)
                | ~models.Q(level="district") & ~models.Q(parent=None),
            ),
        ]

    def __str__(self) -> str:
        return self.short


class DivisionOutline(models.Model):
    """区划边界. The outline of a division as a source draws it; `limits` says how far it may be trusted."""

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="outlines", verbose_name="区划")
    geometry = models.JSONField("边界")
    grade = models.CharField("精度", max_length=10)
    area_m2 = models.FloatField("面积（平方米）")
    source = models.CharField("来源", max_length=200)
    limits = models.CharField("适用限制", max_length=300)
    valid = DateRangeField("有效期")

    class Meta:
        verbose_name = "区划边界"
        constraints = [
            models.CheckConstraint(
                name="an_outline_is_detailed_or_simplified",
                condition=models.Q(grade__in=["detailed", "simplified"]),
            ),
            ExclusionConstraint(
                name="one_outline_of_a_grade_at_a_time",
                expressions=[
                    ("division", RangeOperators.EQUAL),
                    ("grade", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class GridCell(models.Model):
    """网格. One cell of a community, for its whole life; its borders over time are `CellBoundary` rows."""

    code = models.BigIntegerField("网格编码", primary_key=True)
    name = models.CharField("网格名称", max_length=60)
    kind = models.CharField("类别", max_length=10, default="general")
    community = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="cells", verbose_name="社区（村）")
    pinyin = models.CharField("拼音首字母", max_length=60, blank=True)
    valid = DateRangeField("有效期")

    class Meta:
        verbose_name = "网格"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="a_cell_code_has_a_cell_number",
                condition=~models.Q(_is_multiple(1_000)) & models.Q(code__range=(10**14, 10**15 - 1)),
            ),
            models.CheckConstraint(
                name="a_cell_lies_in_the_community_of_its_code",
                condition=Exact(
                    models.F("community_id"), models.F("code") - Mod(models.F("code"), models.Value(1_000))
                ),
            ),
            models.CheckConstraint(
                name="a_cell_is_general_micro_or_dedicated",
                condition=models.Q(kind__in=["general", "micro", "dedicated"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CellBoundary(models.Model):
    """网格边界. Where a cell runs, for a period of days [from, to). A border that never held a day has an empty period."""

    cell = models.ForeignKey(GridCell, on_delete=models.PROTECT, related_name="boundaries", verbose_name="网格")
    geometry = models.JSONField("边界")
    area_m2 = models.FloatField("面积（平方米）")
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()
    valid = DateRangeField("有效期")
    source = models.CharField("来源", max_length=200, blank=True)
    drawn_by = models.CharField("绘制人", max_length=100)
    drawn_at = models.DateTimeField("绘制时间")

    class Meta:
        verbose_name = "网格边界"
        indexes = [models.Index(fields=["cell", "-id"], name="boundaries_of_a_cell")]
        constraints = [
            models.CheckConstraint(name="a_cell_has_an_area", condition=models.Q(area_m2__gt=0)),
            ExclusionConstraint(
                name="one_boundary_per_cell_at_a_time",
                expressions=[("cell", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
        ]


class CellLineage(models.Model):
    """网格沿革. Which cell came out of which, and when: `on` is the first day of the successor (none: retired)."""

    predecessor = models.ForeignKey(GridCell, on_delete=models.PROTECT, related_name="led_to", verbose_name="原网格")
    successor = models.ForeignKey(
        GridCell, on_delete=models.PROTECT, null=True, related_name="came_from", verbose_name="新网格"
    )
    kind = models.CharField("方式", max_length=10)
    on = models.DateField("生效日期")

    class Meta:
        verbose_name = "网格沿革"
        constraints = [
            models.CheckConstraint(
                name="only_a_retired_cell_has_no_successor",
                condition=models.Q(kind="retire", successor=None)
                | models.Q(kind__in=["split", "merge", "pass"]) & ~models.Q(successor=None),
            ),
            models.UniqueConstraint(
                fields=["predecessor", "successor"], name="a_cell_succeeds_another_once", nulls_distinct=False
            ),
        ]


class TerritoryVersion(models.Model):
    """区划版本. One row, counted up by every change: readers see by it that their picture is old, writers lock it."""

    number = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "区划版本"
        constraints = [models.CheckConstraint(name="there_is_one_territory_version", condition=models.Q(id=1))]
