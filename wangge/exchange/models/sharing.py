"""What others may know: the catalogue, who asked for what, what was given."""

from django.db import models
from django.db.models import F, Q

from wangge.exchange import terms
from wangge.exchange.models.sources import Source
from wangge.kernel.errors import explain


class Dataset(models.Model):
    """数据集. An entry of the catalogue over one source; `fields` are the keys that may be given at all."""

    code = models.CharField("目录编码", max_length=40)
    name = models.CharField("名称", max_length=80)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="datasets")
    place_code = models.BigIntegerField()
    group = models.CharField(max_length=12, blank=True)
    about = models.CharField("内容摘要", max_length=300)
    share = models.CharField("共享属性", max_length=5, choices=list(terms.SHARE_KINDS.items()))
    basis = models.CharField("不予共享或附条件的依据", max_length=300, blank=True)
    fields = models.JSONField(default=list)
    state = models.CharField(max_length=9, choices=list(terms.DATASET_STATES.items()), default="draft")
    listed_at = models.DateTimeField(null=True)
    step = models.IntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = "数据集"
        constraints = [
            models.UniqueConstraint(fields=["code"], name="a_dataset_code_is_given_once"),
            models.CheckConstraint(name="what_is_not_shared_has_a_reason", condition=~Q(share="never") | ~Q(basis="")),
        ]

    def __str__(self) -> str:
        return self.name


class ShareRequest(models.Model):
    """共享申请. What an office asked for and was allowed: fields (those in `full` unmasked), purpose, period."""

    number = models.CharField(max_length=30)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="requests")
    department = models.ForeignKey("identity.Department", on_delete=models.PROTECT, related_name="+")
    place_code = models.BigIntegerField()
    group = models.CharField(max_length=12, blank=True)
    fields = models.JSONField()
    full = models.JSONField(default=list)
    purpose = models.CharField("用途", max_length=300)
    legal_basis = models.CharField("依据", max_length=300)
    from_on = models.DateField("起")
    until_on = models.DateField("止")
    state = models.CharField(max_length=9, choices=list(terms.REQUEST_STATES.items()), default="asked")
    due_on = models.DateField()
    asked_by = models.BigIntegerField()
    asked_name = models.CharField(max_length=100)
    asked_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_name = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)
    step = models.IntegerField(default=1)

    class Meta:
        verbose_name = "共享申请"
        constraints = [
            models.UniqueConstraint(fields=["number"], name="a_request_number_is_given_once"),
            models.CheckConstraint(name="a_sharing_ends_after_it_begins", condition=Q(until_on__gte=F("from_on"))),
            models.CheckConstraint(
                name="who_asks_for_data_does_not_allow_it",
                condition=Q(decided_by=None) | Q(state="withdrawn") | ~Q(decided_by=F("asked_by")),
            ),
        ]
        indexes = [models.Index(fields=["department", "-id"], name="requests_of_a_department")]


class Delivery(models.Model):
    """共享交付. What was given, when, to whom; `mark` is printed on every row of it."""

    request = models.ForeignKey(ShareRequest, on_delete=models.PROTECT, related_name="deliveries")
    mark = models.CharField("溯源编号", max_length=20)
    form = models.CharField(max_length=4, choices=[("xlsx", "表格"), ("json", "接口")])
    rows = models.IntegerField()
    digest = models.CharField(max_length=64, blank=True)
    by = models.CharField(max_length=100)
    account = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = "共享交付"
        constraints = [models.UniqueConstraint(fields=["mark"], name="a_mark_is_given_once")]
        indexes = [models.Index(fields=["request", "-id"], name="deliveries_of_a_request")]


explain("a_dataset_code_is_given_once", "这个目录编码已被使用。请换一个编码。", "exists")
explain("what_is_not_shared_has_a_reason", "不予共享的数据集须写明依据。", "basis")
explain("a_sharing_ends_after_it_begins", "共享期限的止日不能早于起日。", "period")
explain(
    "who_asks_for_data_does_not_allow_it",
    "共享申请由您提出，须由其他人员审批。请转交有审批权的同事。",
    "separation_of_duties",
)
