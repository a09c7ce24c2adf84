"""Addresses nobody is sure of, and how far readers of the address tree are behind."""

from django.db import models
from django.db.models import Q

from wangge.kernel.errors import explain
from wangge.territory.models.addresses import AddressAlias, StandardAddress


class AddressVersion(models.Model):
    """地址版本. Counted up by every change to the addresses of a community: readers see by it that their dictionary is old."""

    place_code = models.BigIntegerField(primary_key=True)
    number = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "地址版本"


class AddressDoubt(models.Model):
    """待核地址. A text that several addresses may be meant by, or none; a person decides once, for every text like it.

    `place_code` is the area it was looked for in, `key` its folded form, `candidates` a list of [address, confidence, why].
    `origins` says who asks ("import:12"), so that they hear of the decision.
    """

    class State(models.TextChoices):
        OPEN = "open", "待核"
        DECIDED = "decided", "已认定"
        DISMISSED = "dismissed", "不是地址"

    place_code = models.BigIntegerField()
    text = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    candidates = models.JSONField(default=list)
    origins = models.JSONField(default=list)
    times = models.IntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    address = models.ForeignKey(StandardAddress, null=True, on_delete=models.PROTECT, related_name="+")
    alias = models.ForeignKey(AddressAlias, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    decided_by = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "待核地址"
        constraints = [
            models.UniqueConstraint(fields=["place_code", "key"], name="a_doubtful_text_is_asked_once_in_its_area"),
            models.CheckConstraint(
                name="a_doubt_is_decided_for_an_address",
                condition=Q(state="decided", address__isnull=False) | ~Q(state="decided") & Q(address=None),
            ),
            models.CheckConstraint(
                name="a_doubt_is_open_until_somebody_decides",
                condition=Q(state="open", decided_at=None) | ~Q(state="open") & Q(decided_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["state", "place_code", "-id"], name="doubt_by_state_and_place")]

    def __str__(self) -> str:
        return self.text


explain("a_doubtful_text_is_asked_once_in_its_area", "这一地址正由他人登记为待核。请刷新后再试。", "exists")
