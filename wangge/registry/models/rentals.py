"""Let dwellings, and who looks after a building."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from wangge.kernel.errors import explain
from wangge.registry.models.people import Dated, Person


def _days() -> Func:
    return Func(F("since"), F("until"), function="daterange")


class Rental(Dated):
    """出租房 (T16). One letting of a dwelling. `details` are the plain fields of the table by key; `sealed` is a JSON object of
    the landlord's document, name, telephone and address (purpose `people`, context `rental:<id>`). The tenants are those who
    live there (residences), not a second copy. `hazards` are codes of table 5.19 as last found, `hazard_seq` counts the finds."""

    dwelling = models.ForeignKey("territory.Dwelling", on_delete=models.PROTECT, related_name="+")
    place_code = models.BigIntegerField()
    number = models.CharField("房屋编号", max_length=50, blank=True)
    use = models.CharField("出租用途", max_length=2, blank=True)  # table 5.18
    details = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True)
    key_version = models.SmallIntegerField(default=1)
    hazards = models.JSONField("隐患类型", default=list)
    hazard_text = models.CharField("隐患说明", max_length=300, blank=True)
    hazard_on = models.DateField("隐患发现日期", null=True)
    hazard_seq = models.IntegerField(default=0)
    cleared_on = models.DateField("隐患消除日期", null=True)
    cleared_note = models.CharField("消除说明", max_length=300, blank=True)
    verified_on = models.DateField(null=True)
    verified_by = models.CharField(max_length=100, blank=True)
    step = models.IntegerField(default=1)

    class Meta:
        verbose_name = "出租房"
        constraints = [
            ExclusionConstraint(
                name="one_rental_of_a_dwelling_at_a_time",
                expressions=[("dwelling", RangeOperators.EQUAL), (_days(), RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                name="a_rental_ends_after_it_begins", condition=Q(until=None) | Q(until__gte=F("since"))
            ),
            models.CheckConstraint(
                name="a_hazard_has_a_day_it_was_found", condition=Q(hazards=[]) | Q(hazard_on__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["place_code", "id"], name="rental_by_place")]


class BuildingLead(Dated):
    """楼栋长 (T9). Who looks after a building, for which time. Seen with the person."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    building = models.ForeignKey("territory.Building", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "楼栋长"
        constraints = [
            ExclusionConstraint(
                name="one_lead_of_a_building_at_a_time",
                expressions=[("building", RangeOperators.EQUAL), (_days(), RangeOperators.OVERLAPS)],
            )
        ]
        indexes = [models.Index(fields=["person"], name="buildings_of_a_lead")]


class RentalFind(models.Model):
    """隐患记录. What was found at a let dwelling and when; sent again with the same `client_id` it is the same find.
    Append-only."""

    client_id = models.UUIDField(unique=True)
    rental = models.ForeignKey(Rental, on_delete=models.PROTECT, related_name="finds")
    seq = models.IntegerField()
    hazards = models.JSONField(default=list)
    text = models.CharField(max_length=300, blank=True)
    seen_at = models.DateTimeField()
    by_id = models.BigIntegerField()
    by = models.CharField(max_length=100)

    class Meta:
        verbose_name = "隐患记录"
        constraints = [models.UniqueConstraint(fields=["rental", "seq"], name="finds_of_a_rental_have_an_order")]


explain("one_rental_of_a_dwelling_at_a_time", "这套房屋在这一时期已有出租登记。请先结束原登记，再登记新的。", "overlap")
explain("a_rental_ends_after_it_begins", "结束日期早于开始日期。请核对两个日期。", "dates")
explain("one_lead_of_a_building_at_a_time", "这栋楼在这一时期已有楼栋长。请先结束原任，再登记新的。", "overlap")
