"""The tree of standard addresses and what stands at them. No personal data: who lives there is the registry's."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q

from wangge.kernel.errors import explain


class StandardAddress(models.Model):
    """标准地址. One place of the tree 路巷 → 门牌 → 小区 → 楼栋 → 单元 → 户室 (a level may be left out), for its whole life.

    `name` is this level's own ("2栋"), `full` the whole below the district ("井龙街道响田路118号…2栋1单元301室"), `key` the
    normalised form that look-ups use. `place_code` is the cell, or the community while the cell is not known.
    """

    class Kind(models.TextChoices):
        ROAD = "road", "路巷"
        NUMBER = "number", "门牌"
        ESTATE = "estate", "小区"
        BUILDING = "building", "楼栋"
        ENTRANCE = "entrance", "单元"
        DWELLING = "dwelling", "户室"

    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=60)
    full = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    place_code = models.BigIntegerField()
    lng = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    source = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = "标准地址"
        constraints = [
            models.UniqueConstraint(
                F("place_code") / 1000, "key", condition=Q(until=None), name="an_address_stands_once_in_its_community"
            ),
            models.CheckConstraint(
                name="an_address_kind_is_known",
                condition=Q(kind__in=["road", "number", "estate", "building", "entrance", "dwelling"]),
            ),
            models.CheckConstraint(
                name="an_address_has_both_coordinates_or_none",
                condition=Q(lng=None, lat=None) | Q(lng__isnull=False, lat__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["key"], name="address_by_key"),
            models.Index(fields=["place_code", "kind", "id"], name="address_by_place"),
            models.Index(fields=["parent", "id"], name="address_by_parent"),
            GinIndex(OpClass(F("full"), name="gin_trgm_ops"), name="address_by_part"),
        ]

    def __str__(self) -> str:
        return self.full


class Estate(models.Model):
    """小区. An estate, village or yard that people call by name."""

    address = models.OneToOneField(StandardAddress, primary_key=True, on_delete=models.PROTECT, related_name="estate")
    keeper = models.CharField("物业服务单位", max_length=100, blank=True)
    keeper_phone = models.CharField("物业电话", max_length=30, blank=True)
    built_year = models.SmallIntegerField("建成年份", null=True)

    class Meta:
        verbose_name = "小区"


class Building(models.Model):
    """楼栋. GB/T 31000-2015 table 9, without the person in charge, who is an appointment of the registry."""

    address = models.OneToOneField(StandardAddress, primary_key=True, on_delete=models.PROTECT, related_name="building")
    use = models.CharField("建筑用途", max_length=2, blank=True)  # table 5.17
    area_m2 = models.DecimalField("建筑面积（平方米）", max_digits=10, decimal_places=2, null=True)
    floors = models.SmallIntegerField("层数", null=True)
    entrances = models.SmallIntegerField("单元数", null=True)

    class Meta:
        verbose_name = "楼栋"


class Dwelling(models.Model):
    """户室. One dwelling, shop or room. Whether it is lived in, let or empty follows from the registry's rows."""

    address = models.OneToOneField(StandardAddress, primary_key=True, on_delete=models.PROTECT, related_name="dwelling")
    place_code = models.BigIntegerField()
    floor = models.SmallIntegerField("楼层", null=True)
    area_m2 = models.DecimalField("建筑面积（平方米）", max_digits=10, decimal_places=2, null=True)
    use = models.CharField("建筑用途", max_length=2, default="01")  # table 5.17
    verified_on = models.DateField("核实日期", null=True)
    verified_by = models.CharField("核实人", max_length=100, blank=True)

    class Meta:
        verbose_name = "户室"
        indexes = [models.Index(fields=["place_code", "address"], name="dwelling_by_place")]

    def __str__(self) -> str:
        return str(self.address)


class AddressAlias(models.Model):
    """地址别名. Another form of an address that was confirmed once and resolves from then on. `key` is normalised."""

    address = models.ForeignKey(StandardAddress, on_delete=models.PROTECT, related_name="aliases")
    text = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    added_by = models.CharField(max_length=100)
    added_at = models.DateTimeField()

    class Meta:
        verbose_name = "地址别名"
        constraints = [models.UniqueConstraint(fields=["key", "address"], name="an_alias_is_kept_once")]
        indexes = [models.Index(fields=["key"], name="alias_by_key")]


explain(
    "an_address_stands_once_in_its_community",
    "本社区已有这个标准地址。请在地址树中查找后使用，不要重复建立。",
    "exists",
)
