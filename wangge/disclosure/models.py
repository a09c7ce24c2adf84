"""Tables of audited documents: what was read, what was found, what somebody decided, which letter went out."""

from django.db import models
from django.db.models import Q

from wangge.disclosure import terms
from wangge.disclosure.publications.models import Publication, PublicationFile, PublicationStep  # noqa: F401 (tables of this room)
from wangge.kernel.errors import explain


class DocumentAudit(models.Model):
    """公开文本审核. One file audited for one district; the same bytes again are the same row.

    `report` is the JSON contract, `source` the printed blocks (zlib of msgspec JSON), from which the page is drawn.
    The original lies in the file store under `sha256`; kinds that the store does not take lie in `original`.
    """

    place_code = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    text_sha256 = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    original = models.BinaryField(null=True)
    state = models.CharField(max_length=10, choices=list(terms.AUDIT_STATES.items()), default="waiting")
    why = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=16, choices=list(terms.KINDS.items()), blank=True)
    unit = models.CharField(max_length=120, blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    money_unit = models.CharField(max_length=10, blank=True)
    errors = models.PositiveIntegerField(default=0)
    suspicious = models.PositiveIntegerField(default=0)
    rounding = models.PositiveIntegerField(default=0)
    undecided = models.PositiveIntegerField(default=0)
    report = models.JSONField(null=True)
    source = models.BinaryField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.BigIntegerField()
    uploader = models.CharField(max_length=100)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "公开文本审核"
        constraints = [
            models.UniqueConstraint(fields=["place_code", "sha256"], name="a_file_is_audited_once_in_a_district"),
            models.CheckConstraint(
                name="a_finished_audit_has_its_report",
                condition=Q(state="done", report__isnull=False, source__isnull=False, done_at__isnull=False)
                | ~Q(state="done"),
            ),
            models.CheckConstraint(
                name="an_audit_state_is_known", condition=Q(state__in=[str(s) for s in terms.AUDIT_STATES])
            ),
        ]
        indexes = [
            models.Index(fields=["place_code", "-id"], name="audit_by_place"),
            models.Index(fields=["place_code", "errors", "id"], name="audit_by_errors"),
            models.Index(fields=["place_code", "text_sha256"], name="audit_by_text"),
        ]

    def __str__(self) -> str:
        return self.name


class AuditFinding(models.Model):
    """审核发现. One finding as the rules gave it, and what a person decided about it. `number` counts within its audit."""

    audit = models.ForeignKey(DocumentAudit, on_delete=models.CASCADE, related_name="findings")
    number = models.PositiveIntegerField()
    rule = models.CharField(max_length=12)
    severity = models.CharField(max_length=12, choices=list(terms.SEVERITIES.items()))
    confidence = models.FloatField()
    where = models.TextField()
    printed = models.TextField(blank=True)
    expected = models.TextField(blank=True)
    difference = models.TextField(blank=True)
    formula = models.TextField(blank=True)
    quote = models.TextField(blank=True)
    explanation = models.TextField(blank=True)
    origin = models.CharField(max_length=10, choices=list(terms.ORIGINS.items()))
    places = models.JSONField(default=list)
    decision = models.CharField(max_length=10, choices=list(terms.DECISIONS.items()), blank=True)
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.BigIntegerField(null=True)
    decider = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "审核发现"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "number"], name="a_finding_has_one_number"),
            models.CheckConstraint(
                name="a_decision_has_a_person_and_a_reason",
                condition=Q(decision="") | (~Q(reason="") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.rule}"


class AuditLetter(models.Model):
    """核实函. A letter to the unit with the accepted findings as they stood; `content` never changes."""

    audit = models.ForeignKey(DocumentAudit, on_delete=models.PROTECT, related_name="letters")
    number = models.CharField(max_length=30, unique=True)
    content = models.JSONField()
    due_on = models.DateField()
    issued_at = models.DateTimeField()
    issued_by = models.BigIntegerField()
    issuer = models.CharField(max_length=100)

    class Meta:
        verbose_name = "核实函"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.number


explain("a_file_is_audited_once_in_a_district", "这个文件已经审核过，请在列表中打开它的结果。")
explain("a_finding_has_one_number", "这份文件刚被重新审核过，请刷新后再处理。")
explain("a_decision_has_a_person_and_a_reason", "采纳或排除一条发现都要写明理由。")
