"""Land that passes to another community, street or authority: planned, signed by both sides, carried out on a day."""

from django.db import models
from django.db.models import F, Q

from wangge.kernel.errors import explain
from wangge.territory import terms
from wangge.territory.models.land import GridCell


class Transfer(models.Model):
    """区划移交. A plan until its day: nothing of it is true before it is carried out. `digest` is what both sides sign."""

    title = models.CharField("名称", max_length=100)
    kind = models.CharField("方式", max_length=5, choices=list(terms.TRANSFER_KINDS.items()))
    from_district = models.BigIntegerField("移出区")
    to_district = models.BigIntegerField("接收区")
    on = models.DateField("生效日期")
    memo = models.TextField("备忘录", blank=True)
    state = models.CharField("状态", max_length=9, choices=list(terms.TRANSFER_STATES.items()), default="draft")
    step = models.IntegerField(default=1)
    digest = models.CharField(max_length=64, blank=True)
    made_by = models.CharField("编制人", max_length=100)
    made_at = models.DateTimeField("编制时间")
    done_at = models.DateTimeField("执行时间", null=True)

    class Meta:
        verbose_name = "区划移交"
        constraints = [
            models.CheckConstraint(
                name="a_transfer_state_is_known", condition=Q(state__in=list(terms.TRANSFER_STATES))
            ),
            models.CheckConstraint(
                name="a_transfer_is_done_iff_it_has_a_time",
                condition=Q(state="done", done_at__isnull=False) | ~Q(state="done") & Q(done_at=None),
            ),
            models.CheckConstraint(
                name="a_transfer_is_signed_by_its_digest",
                condition=Q(state__in=["draft", "cancelled"]) | ~Q(digest=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class TransferDivision(models.Model):
    """拟设区划. A division that comes to be on the day of the transfer."""

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="divisions")
    code = models.BigIntegerField("区划代码")
    name = models.CharField("名称", max_length=60)

    class Meta:
        verbose_name = "拟设区划"
        constraints = [
            models.UniqueConstraint(fields=["transfer", "code"], name="a_new_division_is_named_once_in_a_transfer")
        ]


class TransferCell(models.Model):
    """移交网格. A cell that passes to a community; `new_code` is given when it is carried out."""

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="cells")
    cell = models.ForeignKey(GridCell, on_delete=models.PROTECT, related_name="+")
    community = models.BigIntegerField("接收社区（村）")
    new_code = models.BigIntegerField("新网格编码", null=True)

    class Meta:
        verbose_name = "移交网格"
        constraints = [
            models.UniqueConstraint(fields=["transfer", "cell"], name="a_cell_passes_once_in_a_transfer"),
            models.CheckConstraint(
                name="a_cell_passes_to_another_community",
                condition=~Q(community=F("cell") / 1000 * 1000),
            ),
        ]


class TransferItem(models.Model):
    """移交清单项. A line of one of the four lists: duties, tasks, problems, guarantees."""

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="items")
    kind = models.CharField("清单", max_length=9, choices=list(terms.TRANSFER_LISTS.items()))
    title = models.CharField("事项", max_length=100)
    text = models.TextField("内容", blank=True)
    owner = models.CharField("责任方", max_length=100)
    due_on = models.DateField("完成期限", null=True)
    done_on = models.DateField("完成日期", null=True)
    done_note = models.CharField("完成情况", max_length=300, blank=True)

    class Meta:
        verbose_name = "移交清单项"


class TransferSignature(models.Model):
    """移交签署. One side's signature under one digest: by an account here, or on paper whose scan is kept."""

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="signatures")
    side = models.CharField("一方", max_length=4, choices=list(terms.TRANSFER_SIDES.items()))
    name = models.CharField("签署人", max_length=100)
    account_id = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    paper = models.CharField("签字件", max_length=64, blank=True)
    at = models.DateTimeField("签署时间")

    class Meta:
        verbose_name = "移交签署"
        constraints = [models.UniqueConstraint(fields=["transfer", "side"], name="a_side_signs_a_transfer_once")]


explain("a_side_signs_a_transfer_once", "这一方已经签署。请刷新查看。", "signed")
explain("a_cell_passes_once_in_a_transfer", "同一网格在一次移交中只能列一次。请核对网格清单。", "twice")
