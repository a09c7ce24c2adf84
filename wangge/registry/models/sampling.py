"""Spot checks: a plan, its strata, who or what was drawn, and what was found of each field."""

from django.db import models
from django.db.models import F, Q

from wangge.kernel.errors import explain
from wangge.registry import terms_quality as terms
from wangge.registry.models.organisations import Organisation
from wangge.registry.models.people import Person


class SamplePlan(models.Model):
    """抽查方案. Who is drawn follows from `seed` and the register on the day alone, so a draw can be done again and compared.

    `subject` says whether people, dwellings or organisations are drawn, `kinds` narrows the population (none: all of them),
    `fields` are what is checked of each.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        DRAWN = "drawn", "核实中"
        CLOSED = "closed", "已办结"
        VOID = "void", "已作废"

    title = models.CharField("名称", max_length=60)
    subject = models.CharField("抽查对象", max_length=12, choices=list(terms.SAMPLED.items()), default="person")
    place_code = models.BigIntegerField()
    place_to = models.BigIntegerField()
    kinds = models.JSONField(default=list)
    fields = models.JSONField(default=list)
    size = models.IntegerField("样本量")
    least = models.SmallIntegerField("每层最少", default=1)
    confidence = models.DecimalField("置信水平", max_digits=4, decimal_places=3, default="0.95")
    seed = models.CharField("随机种子", max_length=32)
    due_on = models.DateField("完成期限")
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    population = models.IntegerField("总体", null=True)
    drawn_on = models.DateField(null=True)
    drawn_by = models.CharField(max_length=100, blank=True)
    ended_on = models.DateField(null=True)
    ended_reason = models.CharField(max_length=200, blank=True)
    made_by = models.CharField(max_length=100)
    made_at = models.DateTimeField()
    step = models.IntegerField(default=1)

    class Meta:
        verbose_name = "抽查方案"
        constraints = [
            models.CheckConstraint(
                name="a_sample_is_drawn_with_its_population",
                condition=Q(state__in=["draft", "void"]) | Q(population__isnull=False, drawn_on__isnull=False),
            ),
            models.CheckConstraint(name="a_sample_has_somebody", condition=Q(size__gte=1)),
            models.CheckConstraint(name="a_sample_place_is_an_interval", condition=Q(place_to__gte=F("place_code"))),
        ]

    def __str__(self) -> str:
        return self.title


class SampleStratum(models.Model):
    """抽查层. A street and a kind: how many there were on the day of the draw, how many are drawn, and how many stand by."""

    plan = models.ForeignKey(SamplePlan, on_delete=models.PROTECT, related_name="strata")
    street_code = models.BigIntegerField()
    kind = models.CharField(max_length=12)
    population = models.IntegerField()
    size = models.IntegerField()
    reserve = models.IntegerField("备用", default=0)

    class Meta:
        verbose_name = "抽查层"
        constraints = [
            models.UniqueConstraint(fields=["plan", "street_code", "kind"], name="a_stratum_stands_once_in_a_plan"),
            models.CheckConstraint(
                name="a_stratum_gives_what_it_has", condition=Q(size__lte=F("population") - F("reserve"))
            ),
        ]


class SampleItem(models.Model):
    """抽查对象. One person, dwelling or organisation drawn, in the cell of the day of the draw; `position` is the place in the order
    of the draw. Those in reserve are called on only in the place of one that could not be reached (`replaces`)."""

    class State(models.TextChoices):
        RESERVE = "reserve", "备用"
        WAITING = "waiting", "待核实"
        CHECKED = "checked", "已核实"
        UNREACHED = "unreached", "未能核实"

    plan = models.ForeignKey(SamplePlan, on_delete=models.PROTECT, related_name="items")
    stratum = models.ForeignKey(SampleStratum, on_delete=models.PROTECT, related_name="items")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    dwelling = models.ForeignKey("territory.Dwelling", on_delete=models.PROTECT, related_name="+", null=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", null=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, related_name="replaced_by", null=True)
    place_code = models.BigIntegerField()
    position = models.IntegerField()
    checker_id = models.BigIntegerField(null=True)
    checker = models.CharField("核实人", max_length=100, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    is_updated = models.BooleanField("已更新", default=False)
    checked_at = models.DateTimeField(null=True)
    checked_by_id = models.BigIntegerField(null=True)
    checked_by = models.CharField(max_length=100, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "抽查对象"
        constraints = [
            models.UniqueConstraint(fields=["plan", "person"], name="a_person_is_drawn_once_in_a_plan"),
            models.UniqueConstraint(fields=["plan", "dwelling"], name="a_dwelling_is_drawn_once_in_a_plan"),
            models.UniqueConstraint(fields=["plan", "organisation"], name="an_organisation_is_drawn_once_in_a_plan"),
            models.CheckConstraint(
                name="a_drawn_one_is_waiting_or_was_visited",
                condition=Q(state__in=["reserve", "waiting"], checked_at=None)
                | Q(state__in=["checked", "unreached"], checked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="one_thing_is_drawn_at_a_time",
                condition=Q(person__isnull=False, dwelling=None, organisation=None)
                | Q(person=None, dwelling__isnull=False, organisation=None)
                | Q(person=None, dwelling=None, organisation__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["plan", "state", "id"], name="items_of_a_plan"),
            models.Index(fields=["place_code", "checked_at"], name="item_by_place_and_check"),
            models.Index(fields=["checker_id", "state"], name="items_of_a_checker"),
        ]

    @property
    def subject_id(self) -> int:
        """The number of what was drawn."""
        return int(self.person_id or self.dwelling_id or self.organisation_id or 0)

    @property
    def name(self) -> str:
        """What was drawn, in words. A record that has left the reader's reach has no name here."""
        held = self.person or self.organisation
        if held is not None:
            return held.name
        return self.dwelling.address.full if self.dwelling else "档案已移出本辖区"


class SampleFinding(models.Model):
    """抽查结果. What was found of one field; the values themselves stand in the record and its changes only."""

    class Result(models.TextChoices):
        CORRECT = "correct", "正确"
        CORRECTED = "corrected", "有误已更正"
        WRONG = "wrong", "有误待查"
        UNKNOWN = "unknown", "无法核实"

    item = models.ForeignKey(SampleItem, on_delete=models.PROTECT, related_name="findings")
    field = models.CharField(max_length=20)
    result = models.CharField(max_length=9, choices=Result.choices)

    class Meta:
        verbose_name = "抽查结果"
        constraints = [
            models.UniqueConstraint(fields=["item", "field"], name="a_field_is_judged_once"),
            models.CheckConstraint(
                name="a_finding_is_one_of_four", condition=Q(result__in=["correct", "corrected", "wrong", "unknown"])
            ),
        ]


class Freshness(models.Model):
    """核实周期. After how many days without verification a record, or one field of it, counts as stale in a district."""

    place_code = models.BigIntegerField()
    subject = models.CharField("对象", max_length=30)
    days = models.SmallIntegerField("天数")
    from_on = models.DateField("起用日期")
    by = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "核实周期"
        constraints = [
            models.UniqueConstraint(fields=["place_code", "subject", "from_on"], name="a_limit_begins_once_on_a_day"),
            models.CheckConstraint(name="a_limit_is_one_day_to_ten_years", condition=Q(days__gte=1, days__lte=3650)),
        ]


explain("a_person_is_drawn_once_in_a_plan", "这个人员已在本次抽查中。请刷新后查看抽查名单。", "exists")
explain("a_field_is_judged_once", "这一项已登记过核实结果。请刷新后查看。", "exists")
explain("a_limit_begins_once_on_a_day", "这一天已设过同一项核实周期。请换一个起用日期。", "exists")
explain("a_limit_is_one_day_to_ten_years", "核实周期应在 1 到 3650 天之间。", "days")
