"""The event's own detail beside its case, and the versions of the catalogue that the limits come from."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from wangge.events.alarms.models import Alarm as Alarm
from wangge.events.alarms.models import AlarmAct as AlarmAct
from wangge.events.alarms.models import AlarmCall as AlarmCall
from wangge.events.alarms.models import AlarmRule as AlarmRule
from wangge.events.alarms.models import AlarmSignal as AlarmSignal
from wangge.events.alarms.models import DeviceUser as DeviceUser
from wangge.events.alarms.models import SignalFault as SignalFault
from wangge.kernel.errors import explain


class Event(models.Model):
    """网格事件. What a grid event adds to its case."""

    case = models.OneToOneField("casework.Case", primary_key=True, on_delete=models.PROTECT, related_name="+")
    datum = models.CharField(max_length=10)
    accuracy = models.FloatField(null=True)
    near_border = models.BooleanField(default=False)
    candidates = ArrayField(models.BigIntegerField(), default=list)
    suggested = models.JSONField(default=list)
    device_at = models.DateTimeField(null=True)
    catalogue_version = models.IntegerField()

    class Meta:
        verbose_name = "网格事件"


class Reporter(models.Model):
    """反映人. Name and phone of a resident who chose to leave them: encrypted, shown on request with a reason."""

    case = models.OneToOneField("casework.Case", primary_key=True, on_delete=models.PROTECT, related_name="+")
    name = models.BinaryField(null=True)
    phone = models.BinaryField(null=True)
    phone_tail = models.CharField(max_length=4, blank=True)

    class Meta:
        verbose_name = "反映人"


class CatalogueVersion(models.Model):
    """事项目录版本. One district's whole duty catalogue as it stood from a day on; a version is never changed."""

    district_code = models.BigIntegerField()
    version = models.IntegerField()
    effective_from = models.DateField()
    base = models.TextField()
    platforms = models.TextField()
    overrides = models.TextField(blank=True)
    note = models.CharField(max_length=200, blank=True)
    loaded_at = models.DateTimeField()

    class Meta:
        verbose_name = "事项目录版本"
        constraints = [
            models.UniqueConstraint(fields=["district_code", "version"], name="a_catalogue_version_is_written_once")
        ]


explain("a_catalogue_version_is_written_once", "他人刚刚保存了新的目录版本。请刷新后在新版本上修改。", "stale")
