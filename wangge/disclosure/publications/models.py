"""Tables of publications. What was published never changes: a correction is a further publication that takes its place."""

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q

from wangge.disclosure.publications.rules import LABELS, State
from wangge.kernel.errors import explain


class Publication(models.Model):
    """公开件. One set of documents of a unit and year, from its draft to the public page."""

    number = models.CharField("公开编号", max_length=30, unique=True)
    place_code = models.BigIntegerField("区划代码")
    department_id = models.BigIntegerField()
    unit_code = models.CharField("单位代码", max_length=40)
    unit_name = models.CharField("单位名称", max_length=120)
    year = models.PositiveSmallIntegerField("年度")
    kind = models.CharField("种类", max_length=20)
    title = models.CharField("标题", max_length=200)
    state = models.CharField("状态", max_length=14, choices=[(s.value, LABELS[s]) for s in State], default="draft")
    approved_on = models.DateField("批复日期")
    approval = models.CharField("批复文号", max_length=80)
    contents = models.JSONField("内容")
    contents_sha256 = models.CharField("内容摘要", max_length=64)
    audit = models.JSONField("自审结果")
    explanations = models.JSONField("疑点说明", default=dict)
    preparer_id = models.BigIntegerField()
    first_reviewer_id = models.BigIntegerField(null=True)
    second_reviewer_id = models.BigIntegerField(null=True)
    published_at = models.DateTimeField("公开时间", null=True)
    ended_at = models.DateTimeField("撤回或更正时间", null=True)
    reason = models.CharField("撤回或更正理由", max_length=500, blank=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    seen = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        verbose_name = "公开件"
        indexes = [models.Index(fields=["place_code", "state", "-year"], name="publication_by_place")]
        constraints = [
            models.CheckConstraint(
                name="a_publication_is_reviewed_by_two_others",
                condition=Q(second_reviewer_id=None)
                | ~Q(second_reviewer_id=models.F("first_reviewer_id"))
                & ~Q(second_reviewer_id=models.F("preparer_id"))
                & ~Q(first_reviewer_id=models.F("preparer_id")),
            ),
            models.CheckConstraint(
                name="what_is_public_was_reviewed_and_has_a_time",
                condition=~Q(state__in=["published", "withdrawn", "superseded"])
                | Q(published_at__isnull=False, second_reviewer_id__isnull=False),
            ),
            models.CheckConstraint(
                name="a_withdrawal_says_why",
                condition=~Q(state="withdrawn") | ~Q(reason="") & Q(ended_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["place_code", "unit_code", "year", "kind"],
                condition=Q(state="published"),
                name="one_public_version_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["place_code", "unit_code", "year", "kind"],
                condition=Q(state__in=["draft", "submitted", "first_passed", "passed"]),
                name="one_publication_in_hand_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PublicationFile(models.Model):
    """公开文件. One file of a publication in one format; `sha256` is the digest that the public page prints."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="files")
    format = models.CharField("格式", max_length=8)
    name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField("字节数")
    version = models.PositiveIntegerField("第几稿", default=1)

    class Meta:
        verbose_name = "公开文件"
        constraints = [
            models.UniqueConstraint(
                fields=["publication", "format", "version"], name="one_file_of_a_format_in_a_version"
            )
        ]

    def __str__(self) -> str:
        return self.name


class PublicationStep(models.Model):
    """公开步骤. Append-only: who did what to it, when, with which words."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="steps")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    command = models.CharField(max_length=14)
    state = models.CharField(max_length=14)
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=60)
    words = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = "公开步骤"
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["publication", "seq"], name="a_publication_step_once")]

    def __str__(self) -> str:
        return f"{self.seq} {self.command}"


explain("one_public_version_at_a_time", "这个单位同一年度的同类公开件已经公开。请用“更正”生成新的版本。")
explain("a_publication_is_reviewed_by_two_others", "编制、初审、复审须是三个不同的人。")
explain("one_publication_in_hand_at_a_time", "这一套已有办理中的公开件，请在列表中找到它，在它上面继续。")
