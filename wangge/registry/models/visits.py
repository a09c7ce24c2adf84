"""Visits: what an officer saw and heard at a door."""

from django.db import models
from django.db.models import Q

from wangge.registry.models.organisations import Organisation
from wangge.registry.models.people import Household, Person


class Visit(models.Model):
    """走访. Made on the phone, possibly without a signal: `client_id` makes a re-send the same visit."""

    client_id = models.UUIDField(unique=True)
    place_code = models.BigIntegerField()
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey(Household, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    dwelling = models.ForeignKey("territory.Dwelling", null=True, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField("目的", max_length=20)
    met = models.BooleanField("是否见到", default=True)
    text = models.TextField(blank=True)
    answers = models.JSONField(default=dict)
    seen_at = models.DateTimeField()
    received_at = models.DateTimeField()
    by_id = models.BigIntegerField()
    by = models.CharField(max_length=100)

    class Meta:
        verbose_name = "走访"
        constraints = [
            models.CheckConstraint(
                name="a_visit_has_somebody_or_somewhere",
                condition=Q(person__isnull=False)
                | Q(household__isnull=False)
                | Q(organisation__isnull=False)
                | Q(dwelling__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["place_code", "-id"], name="visit_by_place"),
            models.Index(fields=["person", "-id"], name="visits_of_a_person"),
            models.Index(
                fields=["organisation", "-id"],
                name="visits_of_an_organisation",
                condition=Q(organisation__isnull=False),
            ),
        ]
