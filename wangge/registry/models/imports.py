"""Imports: a file that came in, what became of each part of it, what it says otherwise than the records, how its columns were read."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from wangge.kernel.errors import explain
from wangge.registry.models.organisations import Organisation
from wangge.registry.models.people import Person


class ImportBatch(models.Model):
    """导入批次. One file (or one call with rows) and how far it has come.

    `cursor` counts the data rows whose outcome is committed, `placed` those whose address was looked up after that. `mapping`
    maps the place of a column (as text, from 0) to a key. `counts`: rows by outcome, what `foreseen` said before. `role` is the
    role that its people are registered in beside, the kind of its organisations or of its devices, or "".
    """

    class Kind(models.TextChoices):
        PEOPLE = "people", "人员"
        HOUSEHOLDS = "households", "户"
        DWELLINGS = "dwellings", "房屋"
        ORGANISATIONS = "organisations", "组织"
        DEVICES = "devices", "设备"
        FIXTURES = "fixtures", "部件"

    class State(models.TextChoices):
        DRAFT = "draft", "待核对"
        CHECKING = "checking", "核对中"
        CHECKED = "checked", "已核对"
        RUNNING = "running", "导入中"
        DONE = "done", "已导入"
        UNDOING = "undoing", "撤销中"
        UNDONE = "undone", "已撤销"

    kind = models.CharField(max_length=13, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField(max_length=64)
    place_code = models.BigIntegerField()
    source = models.CharField("来源", max_length=40)
    as_of = models.DateField("数据日期")
    role = models.CharField(max_length=12, blank=True)
    titles = models.JSONField(default=list)
    header_row = models.IntegerField(default=1)
    mapping = models.JSONField(default=dict)
    total = models.IntegerField("行数", default=0)
    cursor = models.IntegerField(default=0)
    placed = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    foreseen = models.JSONField(default=dict)
    trouble = models.CharField(max_length=300, blank=True)
    by_id = models.BigIntegerField()
    by = models.CharField(max_length=100)
    # The rights and reach of whoever ordered the run, so that a worker does no more than they could.
    actor = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = "导入批次"
        constraints = [
            models.UniqueConstraint(
                fields=["sha256", "kind", "place_code"],
                condition=~Q(state="undone"),
                name="the_same_file_is_imported_once",
            ),
            models.CheckConstraint(
                name="an_import_is_finished_iff_done",
                condition=Q(state__in=["done", "undoing", "undone"], finished_at__isnull=False)
                | Q(state__in=["draft", "checking", "checked", "running"], finished_at=None),
            ),
        ]
        indexes = [models.Index(fields=["place_code", "-id"], name="import_by_place")]

    def __str__(self) -> str:
        return self.name


class ImportPiece(models.Model):
    """导入原文. A part of the file as it came, sealed (purpose `imports`); gone when the import is finished."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="pieces")
    part = models.SmallIntegerField()
    sealed = models.BinaryField()

    class Meta:
        verbose_name = "导入原文"
        constraints = [models.UniqueConstraint(fields=["batch", "part"], name="a_piece_of_an_import_is_kept_once")]


class ImportChunk(models.Model):
    """导入分段. What one transaction of an import did to the data rows [first, last), so that it can be taken back.

    `made`: ids of the records it made. `verified`: [id, verified_on, verified_by] as they stood before. `filled`: [id, step
    after, fields] of records whose empty fields it filled. `sealed`: refused rows, a JSON list of [row of the sheet, cells,
    [[title, sentence]]] (purpose `imports`). `written` is false for a rehearsal.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="chunks")
    written = models.BooleanField(default=True)
    first = models.IntegerField()
    last = models.IntegerField()
    made = ArrayField(models.BigIntegerField(), default=list)
    verified = models.JSONField(default=list)
    filled = models.JSONField(default=list)
    refused = models.IntegerField(default=0)
    # Faults by (title, sentence) with how often and the first rows, for the page.
    faults = models.JSONField(default=list)
    sealed = models.BinaryField(null=True)
    undone = models.JSONField(default=dict)

    class Meta:
        verbose_name = "导入分段"
        constraints = [
            models.UniqueConstraint(fields=["batch", "written", "first"], name="a_part_of_an_import_is_done_once")
        ]


class ImportDifference(models.Model):
    """导入差异. What a file says of a person or an organisation otherwise than the record; nothing is overwritten before it is
    decided. `given` is the value of the file, in `sealed` (purpose `people`, context `difference:<batch>:<row>:<field>`) when
    the field is kept sealed."""

    class State(models.TextChoices):
        OPEN = "open", "待比对"
        KEPT = "kept", "保留档案"
        TAKEN = "taken", "采用来文"
        BOTH = "both", "两者都留"
        WITHDRAWN = "withdrawn", "已随批次撤销"

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="differences")
    row = models.IntegerField("行号")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    field = models.CharField("项目", max_length=40)
    given = models.CharField("来文", max_length=200, blank=True)
    sealed = models.BinaryField(null=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    decided_by = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "导入差异"
        constraints = [
            models.UniqueConstraint(fields=["batch", "row", "field"], name="a_difference_is_noted_once"),
            models.CheckConstraint(
                name="a_difference_is_of_one_record",
                condition=Q(person__isnull=False, organisation=None) | Q(person=None, organisation__isnull=False),
            ),
            models.CheckConstraint(
                name="a_difference_is_open_iff_undecided",
                condition=Q(state="open", decided_at=None) | (~Q(state="open") & Q(decided_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "field", "id"], name="difference_by_state"),
            models.Index(fields=["person"], name="import_differences_of_a_person"),
        ]


class ImportMapping(models.Model):
    """列对照. How the columns of a sheet with this header were read the last time, by sender; proposed the next time."""

    place_code = models.BigIntegerField()
    kind = models.CharField(max_length=13, choices=ImportBatch.Kind.choices)
    sender = models.CharField("来源", max_length=40)
    header = models.CharField(max_length=64)
    columns = models.JSONField(default=dict)
    used_at = models.DateTimeField()
    by = models.CharField(max_length=100)

    class Meta:
        verbose_name = "列对照"
        constraints = [
            models.UniqueConstraint(fields=["place_code", "kind", "sender", "header"], name="a_mapping_is_kept_once")
        ]


explain(
    "the_same_file_is_imported_once",
    "这个文件已经导入过。请在导入记录中查看结果；确需重新导入的，请先撤销原批次。",
    "imported",
)
