"""Organisations of every kind: the code once, the fields of their table of the standard beside it."""

from django.db import models
from django.db.models import Q

from wangge.kernel.errors import explain


class Organisation(models.Model):
    """组织. `details` are the further fields of its table (T23 enterprise, T24 social organisation, T31 school, T29 courier) by
    key; `sealed` is a JSON object of the named persons' documents and telephones (purpose `people`, context
    `organisation:<id>`)."""

    class Kind(models.TextChoices):
        ENTERPRISE = "enterprise", "非公有制经济组织"
        SOCIAL = "social", "社会组织"
        SCHOOL = "school", "学校"
        COURIER = "courier", "寄递物流企业"
        PUBLIC = "public", "机关事业单位"
        VENUE = "venue", "场所"

    place_code = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    uscc = models.CharField("统一社会信用代码", max_length=18, null=True)
    name = models.CharField(max_length=100)
    pinyin = models.CharField(max_length=100, blank=True)
    address = models.CharField(max_length=200, blank=True)
    standard_address = models.ForeignKey(
        "territory.StandardAddress", null=True, on_delete=models.PROTECT, related_name="+"
    )
    lng = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    phone = models.CharField(max_length=50, blank=True)
    details = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True)
    key_version = models.SmallIntegerField(default=1)
    opened_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    source = models.CharField(max_length=40)
    verified_on = models.DateField(null=True)
    verified_by = models.CharField(max_length=100, blank=True)
    proof = models.JSONField(default=dict)
    step = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = "组织"
        constraints = [
            models.UniqueConstraint(fields=["uscc"], name="one_credit_code_is_one_organisation"),
            models.CheckConstraint(
                name="an_organisation_has_both_coordinates_or_none",
                condition=Q(lng=None, lat=None) | Q(lng__isnull=False, lat__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["place_code", "kind", "name"], name="organisation_by_place")]

    def __str__(self) -> str:
        return self.name


class OrganisationChange(models.Model):
    """组织变更. One field of one organisation, before and after; of a sealed field only that it changed. Append-only."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="changes")
    field = models.CharField(max_length=40)
    before = models.CharField(max_length=1024, blank=True)
    after = models.CharField(max_length=1024, blank=True)
    step = models.IntegerField()
    source = models.CharField(max_length=40)
    by = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "组织变更"
        indexes = [models.Index(fields=["organisation", "-id"], name="changes_of_an_organisation")]


explain("one_credit_code_is_one_organisation", "这个统一社会信用代码已有登记。请查找已有记录后更新。", "exists")
