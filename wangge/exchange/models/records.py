"""What came from a source: one intake after another, and the rows in force."""

from django.db import models
from django.db.models import Q

from wangge.exchange import terms
from wangge.exchange.models.sources import Source


class Intake(models.Model):
    """归集批次. `cursor` is where it stands, committed with each page of rows. `quality` is the tally and then the result of
    each rule; `refused` is a sealed JSON list of {row, cells, faults} (purpose `exchange`, context `intake:<id>:<n>`)."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="intakes")
    place_code = models.BigIntegerField()
    group = models.CharField(max_length=12, blank=True)
    kind = models.CharField(max_length=5, choices=list(terms.KINDS.items()))
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=list(terms.INTAKE_STATES.items()), default="running")
    cursor = models.CharField(max_length=500, blank=True)
    read = models.IntegerField(default=0)
    added = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    same = models.IntegerField(default=0)
    refused_count = models.IntegerField(default=0)
    refused = models.JSONField(default=list)
    quality = models.JSONField(default=dict)
    unmapped = models.JSONField(default=dict)
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    problem = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "归集批次"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "digest"], condition=~Q(state="withdrawn"), name="the_same_data_is_taken_in_once"
            ),
            models.CheckConstraint(
                name="an_intake_has_a_score_when_done", condition=~Q(state="done") | Q(score__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["source", "-id"], name="intakes_of_a_source")]


class Record(models.Model):
    """源记录. One row as its owner has it. `sealed` is the whole row (JSON by field key, purpose `exchange`, context
    `record:<id>`); the columns beside it are what linking and review need, numbers as blind indexes (purpose `people-index`)."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="records")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="records")
    place_code = models.BigIntegerField()
    group = models.CharField(max_length=12, blank=True)
    key_index = models.BinaryField()
    digest = models.BinaryField()
    state = models.CharField(max_length=9, choices=list(terms.RECORD_STATES.items()), default="current")
    name = models.CharField(max_length=50, blank=True)
    sex = models.CharField(max_length=1, blank=True)
    birth_on = models.DateField(null=True)
    address = models.CharField(max_length=200, blank=True)
    id_index = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    sealed = models.BinaryField(null=True)
    key_version = models.SmallIntegerField(default=1)
    faults = models.JSONField(default=list)
    step = models.IntegerField(default=1)
    seen_at = models.DateTimeField()
    expires_on = models.DateField()

    class Meta:
        verbose_name = "源记录"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "key_index"], condition=Q(state="current"), name="a_row_of_a_source_is_in_force_once"
            )
        ]
        indexes = [
            models.Index(fields=["source", "state", "id"], name="records_of_a_source"),
            models.Index(fields=["expires_on"], name="records_by_expiry", condition=Q(sealed__isnull=False)),
            models.Index(fields=["id_index"], name="records_by_document", condition=Q(id_index__isnull=False)),
        ]
