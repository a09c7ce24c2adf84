"""What officers brought back from doors: the act with what became of each field, and values that wait for a decision."""

from django.db import models
from django.db.models import Q

from wangge.kernel.errors import explain
from wangge.registry.models.people import Person
from wangge.registry.models.visits import Visit
from wangge.registry.rules import collection as terms


class Collection(models.Model):
    """采集. The outcome of one act sent by a phone, kept so that a re-send gets the same answer.

    `results` is a list of {person, client, field, result, sentence} without any value; `people` maps the id the phone gave to
    somebody new to the record made of them; `steps` maps a person to the step of the record after this act, so that a later
    act that `replaces` this one (its answer was lost on the way) is not taken for a conflict with it.
    """

    visit = models.OneToOneField(Visit, primary_key=True, on_delete=models.PROTECT, related_name="collection")
    place_code = models.BigIntegerField()
    replaces = models.UUIDField(null=True)
    results = models.JSONField(default=list)
    people = models.JSONField(default=dict)
    steps = models.JSONField(default=dict)
    verified = models.IntegerField("核实字段数", default=0)
    changed = models.IntegerField("更新字段数", default=0)
    seconds = models.IntegerField("用时（秒）", null=True)

    class Meta:
        verbose_name = "采集"
        indexes = [models.Index(fields=["place_code", "-visit"], name="collection_by_place")]


class CollectionDifference(models.Model):
    """采集差异. An officer's value that was not taken over, with the reason; somebody decides, and nothing is lost meanwhile.

    `sealed` is a JSON object {label, held, given | values, part} (purpose `people`, context `difference:<id>`). `person` is
    empty when the record was out of reach or does not exist yet; `field` is `*` for a whole person.
    """

    place_code = models.BigIntegerField()
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="differences")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    field = models.CharField("字段", max_length=20)
    reason = models.CharField("原因", max_length=12, choices=list(terms.DIFFERENCES.items()))
    sentence = models.CharField("说明", max_length=300)
    sealed = models.BinaryField()
    key_version = models.SmallIntegerField(default=1)
    state = models.CharField("状态", max_length=8, choices=list(terms.DIFFERENCE_STATES.items()), default="open")
    made_at = models.DateTimeField()
    by_id = models.BigIntegerField()
    by = models.CharField(max_length=100)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=100, blank=True)
    decision = models.CharField("核定说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "采集差异"
        constraints = [
            models.CheckConstraint(
                name="a_difference_is_open_until_somebody_decides",
                condition=Q(state="open", decided_at=None) | (~Q(state="open") & Q(decided_at__isnull=False)),
            )
        ]
        indexes = [
            models.Index(fields=["place_code", "-id"], name="difference_by_place"),
            models.Index(fields=["person"], name="differences_of_a_person", condition=Q(state="open")),
        ]


explain("a_difference_is_open_until_somebody_decides", "这条差异已由他人核定。请刷新后查看结果。", "decided")
