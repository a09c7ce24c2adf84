"""The three lists that say what may be asked of a grid, and the campaigns that ask it."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from wangge.kernel.errors import explain
from wangge.registry import terms_quality as terms
from wangge.registry.models.people import Person


class DutyList(models.Model):
    """事项清单. One version of one of the district's lists; `permits` says whether its items may be asked or must not be."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        PUBLISHED = "published", "已公布"

    place_code = models.BigIntegerField()
    kind = models.CharField("种类", max_length=8, choices=list(terms.LISTS.items()))
    name = models.CharField("名称", max_length=40)
    permits = models.BooleanField("可以部署", default=True)
    version = models.IntegerField("版本", default=1)
    basis = models.CharField("制定依据", max_length=200, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    from_on = models.DateField("施行日期", null=True)
    until = models.DateField("废止日期", null=True)
    made_by = models.CharField(max_length=100)
    made_at = models.DateTimeField()
    published_by = models.CharField(max_length=100, blank=True)
    step = models.IntegerField(default=1)

    class Meta:
        verbose_name = "事项清单"
        constraints = [
            models.UniqueConstraint(fields=["place_code", "kind", "version"], name="a_list_version_is_given_once"),
            models.UniqueConstraint(
                fields=["place_code", "kind"], condition=Q(state="draft"), name="one_draft_of_a_list_at_a_time"
            ),
            models.CheckConstraint(
                name="a_published_list_has_a_day", condition=Q(state="draft") | Q(from_on__isnull=False)
            ),
            ExclusionConstraint(
                name="one_version_of_a_list_holds_at_a_time",
                expressions=[
                    ("place_code", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (Func(F("from_on"), F("until"), function="daterange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(state="published"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（第 {self.version} 版）"


class DutyItem(models.Model):
    """清单事项. What may (or must not) be asked, on what basis, by whom, how often, and which fields of the record with it."""

    duty_list = models.ForeignKey(DutyList, on_delete=models.PROTECT, related_name="items")
    code = models.CharField("序号", max_length=10)
    title = models.CharField("事项", max_length=80)
    basis = models.CharField("依据", max_length=200, blank=True)
    owner = models.CharField("责任单位", max_length=60, blank=True)
    frequency = models.CharField("频次", max_length=8, choices=list(terms.FREQUENCIES.items()), default="need")
    fields = models.JSONField("可采集项", default=list)
    note = models.CharField("说明", max_length=200, blank=True)
    position = models.SmallIntegerField(default=0)

    class Meta:
        verbose_name = "清单事项"
        constraints = [models.UniqueConstraint(fields=["duty_list", "code"], name="an_item_stands_once_on_its_list")]

    def __str__(self) -> str:
        return self.title


class Campaign(models.Model):
    """专项任务. A department's task to the grids of a place: an item of a list in force, the fields of the record it fills,
    and its own questions `[{key, label, kind, choices}]`. Fields that are held and fresh are not asked again."""

    class State(models.TextChoices):
        ASKED = "asked", "待审核"
        OPEN = "open", "进行中"
        ENDED = "ended", "已结束"
        REFUSED = "refused", "已退回"

    title = models.CharField("名称", max_length=60)
    text = models.CharField("说明", max_length=500, blank=True)
    place_code = models.BigIntegerField()
    place_to = models.BigIntegerField()
    department_id = models.BigIntegerField(default=0)
    department = models.CharField("部署单位", max_length=60)
    item = models.ForeignKey(DutyItem, on_delete=models.PROTECT, related_name="+")
    people = models.CharField("对象", max_length=20, blank=True)
    fields = models.JSONField("采集项", default=list)
    questions = models.JSONField("询问项", default=list)
    from_on = models.DateField("开始")
    until = models.DateField("截止")
    state = models.CharField(max_length=7, choices=State.choices, default=State.ASKED)
    reason = models.CharField(max_length=200, blank=True)
    made_by_id = models.BigIntegerField()
    made_by = models.CharField(max_length=100)
    made_at = models.DateTimeField()
    decided_by = models.CharField(max_length=100, blank=True)
    step = models.IntegerField(default=1)

    class Meta:
        verbose_name = "专项任务"
        constraints = [
            models.CheckConstraint(name="a_campaign_ends_after_it_begins", condition=Q(until__gte=F("from_on"))),
            models.CheckConstraint(name="a_campaign_place_is_an_interval", condition=Q(place_to__gte=F("place_code"))),
        ]
        indexes = [models.Index(fields=["state", "until"], name="campaign_by_state")]

    def __str__(self) -> str:
        return self.title


class CampaignAnswer(models.Model):
    """任务答复. What one person answered to a campaign's own questions; sent again under the same `client_id`, it is the same."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="answers")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    client_id = models.UUIDField(unique=True)
    values = models.JSONField(default=dict)
    at = models.DateTimeField()
    by_id = models.BigIntegerField()
    by = models.CharField(max_length=100)

    class Meta:
        verbose_name = "任务答复"
        constraints = [models.UniqueConstraint(fields=["campaign", "person"], name="a_person_answers_a_campaign_once")]


explain("one_draft_of_a_list_at_a_time", "这份清单已有一个草稿。请在草稿上修改。", "exists")
explain("a_list_version_is_given_once", "这份清单的这一版已存在。请刷新后再试。", "exists")
explain("one_version_of_a_list_holds_at_a_time", "这份清单在这一时期已有施行的版本。请核对施行日期。", "overlap")
explain("an_item_stands_once_on_its_list", "清单中已有这个序号。请换一个序号。", "exists")
explain("a_campaign_ends_after_it_begins", "截止日期早于开始日期。请核对两个日期。", "dates")
explain("a_person_answers_a_campaign_once", "这个人员已答复过这项任务，不再重复询问。", "exists")
