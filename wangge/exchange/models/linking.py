"""Who a row of a source is: models, runs, links and what people decided about them."""

from django.db import models
from django.db.models import Q

from wangge.exchange import terms
from wangge.exchange.models.records import Record
from wangge.exchange.models.sources import Source
from wangge.kernel.errors import explain


class LinkModel(models.Model):
    """关联模型. A trained model: `weights` as Splink writes them, also a file `linkage/<digest>.json` of the data folder."""

    source = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    weights = models.JSONField()
    trained = models.JSONField(default=dict)
    by = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "关联模型"
        constraints = [models.UniqueConstraint(fields=["digest"], name="a_model_is_kept_once")]


class LinkRun(models.Model):
    """关联比对. One comparison of a source's rows with the people of its place."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="runs")
    place_code = models.BigIntegerField()
    group = models.CharField(max_length=12, blank=True)
    model = models.ForeignKey(LinkModel, null=True, on_delete=models.PROTECT, related_name="+")
    engine = models.CharField(max_length=6, choices=[("duckdb", "单机"), ("spark", "集群")], default="duckdb")
    state = models.CharField(max_length=7, choices=list(terms.RUN_STATES.items()), default="queued")
    limits = models.JSONField(default=dict)
    records = models.IntegerField(default=0)
    people = models.IntegerField(default=0)
    by_document = models.IntegerField(default=0)
    by_probability = models.IntegerField(default=0)
    for_review = models.IntegerField(default=0)
    alone = models.IntegerField(default=0)
    seconds = models.FloatField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=100)
    asked_by = models.BigIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "关联比对"
        indexes = [models.Index(fields=["source", "-id"], name="runs_of_a_source")]


class Link(models.Model):
    """关联. A row and a person: linked, proposed, or decided against. `vector` says per comparison which level it reached."""

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="links")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(LinkRun, null=True, on_delete=models.PROTECT, related_name="links")
    state = models.CharField(max_length=8, choices=list(terms.LINK_STATES.items()))
    how = models.CharField(max_length=11, choices=list(terms.LINK_HOW.items()))
    probability = models.FloatField()
    weight = models.FloatField()
    vector = models.JSONField(default=list)
    why = models.CharField(max_length=20, blank=True)
    rank = models.SmallIntegerField(default=1)
    decided_by = models.BigIntegerField(null=True)
    decided_name = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)
    step = models.IntegerField(default=1)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "关联"
        constraints = [
            models.UniqueConstraint(fields=["record"], condition=Q(state="linked"), name="a_row_is_one_person"),
            models.UniqueConstraint(
                fields=["record", "person"],
                condition=Q(state__in=["linked", "proposed"]),
                name="a_link_is_proposed_once",
            ),
            models.CheckConstraint(
                name="a_decided_link_says_who_decided",
                condition=~Q(state__in=["rejected", "undone"]) | Q(decided_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["person", "state"], name="links_of_a_person"),
            models.Index(fields=["state", "record", "rank"], name="links_by_state"),
            models.Index(fields=["run"], name="links_of_a_run"),
        ]


explain("a_row_is_one_person", "这条源记录已与一个人关联。请刷新后查看，如有误先撤销原关联。", "already_linked")
