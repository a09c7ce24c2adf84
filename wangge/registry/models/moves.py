"""What is decided about whole records: moving to another officer's cell, being the same person twice, being looked at."""

from django.db import models
from django.db.models import F, Q

from wangge.kernel.errors import explain
from wangge.registry import terms
from wangge.registry.models.people import Household, Person


class PersonMove(models.Model):
    """人员调动. A record asked to change hands; it stays with the giving side until the receiving side has accepted.

    `direction` "out": the side that holds the record offers it; "in": the side that met the person asks for it.
    `household` moves its members together. `name` is what the asking side knows the person by.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey(Household, null=True, on_delete=models.PROTECT, related_name="+")
    direction = models.CharField("方向", max_length=3, choices=list(terms.MOVE_DIRECTIONS.items()))
    from_place = models.BigIntegerField()
    to_place = models.BigIntegerField()
    dwelling = models.ForeignKey("territory.Dwelling", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=9, choices=list(terms.MOVE_STATES.items()), default="asked")
    name = models.CharField(max_length=50)
    note = models.CharField(max_length=200, blank=True)
    asked_by_id = models.BigIntegerField()
    asked_by = models.CharField(max_length=100)
    asked_at = models.DateTimeField()
    due_on = models.DateField("答复期限")
    answered_by_id = models.BigIntegerField(null=True)
    answered_by = models.CharField(max_length=100, blank=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "人员调动"
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(state="asked"), name="a_person_is_asked_for_once_at_a_time"
            ),
            models.CheckConstraint(
                name="a_move_is_answered_iff_it_is_no_longer_asked",
                condition=Q(state="asked", answered_at=None) | ~Q(state="asked") & Q(answered_at__isnull=False),
            ),
            models.CheckConstraint(name="a_move_goes_somewhere_else", condition=~Q(from_place=F("to_place"))),
        ]
        indexes = [
            models.Index(fields=["from_place", "state", "id"], name="moves_from_a_place"),
            models.Index(fields=["to_place", "state", "id"], name="moves_to_a_place"),
        ]


class SamePerson(models.Model):
    """重复判断. Two records judged to be one person, or to be two. Judged the same, `dropped` was merged into `kept`.

    `moved` lists by table the rows that went over, and `before` the state of `dropped`, so that the judgement can be undone.
    """

    kept = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    dropped = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    place_code = models.BigIntegerField()
    same = models.BooleanField("是同一人")
    reason = models.CharField(max_length=200)
    moved = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    by_id = models.BigIntegerField()
    by = models.CharField(max_length=100)
    at = models.DateTimeField()
    undone_by = models.CharField(max_length=100, blank=True)
    undone_at = models.DateTimeField(null=True)
    undone_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "重复判断"
        constraints = [
            models.CheckConstraint(name="a_person_is_not_compared_with_themselves", condition=~Q(kept=F("dropped"))),
            models.UniqueConstraint(
                fields=["dropped"],
                condition=Q(same=True, undone_at=None),
                name="a_person_is_merged_into_one_other",
            ),
        ]
        indexes = [
            models.Index(fields=["kept"], name="judgements_by_kept"),
            models.Index(fields=["dropped"], name="judgements_by_dropped"),
        ]


class Reveal(models.Model):
    """查看记录. Somebody had the full numbers of a person shown, and why. Append-only."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    place_code = models.BigIntegerField()
    reason = models.CharField("理由", max_length=200)
    by_id = models.BigIntegerField()
    by = models.CharField(max_length=100)
    post = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "查看记录"
        indexes = [
            models.Index(fields=["-at", "by_id"], name="reveals_by_time"),
            models.Index(fields=["person", "-at"], name="reveals_of_a_person"),
        ]


explain(
    "a_person_is_asked_for_once_at_a_time", "这名人员已有一项未答复的调动。请先等待答复或撤回，再重新申请。", "asked"
)
explain("a_move_goes_somewhere_else", "调入地与现在的网格相同，无需调动。请核对调入的网格。", "same_place")
explain("a_person_is_merged_into_one_other", "这份档案已并入另一份。请打开合并后的档案办理。", "merged")
