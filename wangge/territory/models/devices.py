"""The register of devices: what stands where, whether it is heard, how it is kept in repair. Bound by place (row-level security)."""

from django.db import models
from django.db.models import Q

from wangge.kernel.errors import explain
from wangge.territory.rules import devices as rules

_CAMERAS = [code for code, kind in rules.KINDS.items() if kind.is_camera]


class Device(models.Model):
    """设备. One device of 智慧小区. `serial` is its name at the broker; `secret` the broker's hash of its password, never the password."""

    serial = models.CharField("设备编号", max_length=40)
    kind = models.CharField("设备类别", max_length=8, choices=[(c, k.name) for c, k in rules.KINDS.items()])
    name = models.CharField("设备名称", max_length=60)
    state = models.CharField("状态", max_length=9, choices=list(rules.STATES.items()), default="active")
    state_on = models.DateField("状态日期", null=True)
    place_code = models.BigIntegerField("网格")
    address = models.ForeignKey(
        "territory.StandardAddress",
        null=True,
        on_delete=models.PROTECT,
        related_name="devices",
        verbose_name="标准地址",
    )
    spot = models.CharField("安装位置", max_length=120)
    lng = models.FloatField("经度")
    lat = models.FloatField("纬度")
    keeper = models.CharField("维保单位", max_length=100, blank=True)
    keeper_phone = models.CharField("维保电话", max_length=30, blank=True)
    maker = models.CharField("厂商", max_length=60, blank=True)
    model = models.CharField("型号", max_length=60, blank=True)
    installed_on = models.DateField("安装日期", null=True)
    warranty_until = models.DateField("质保截止", null=True)
    purpose = models.CharField("采集用途", max_length=100, blank=True)
    has_sign = models.BooleanField("已设提示标识", default=False)
    retention_days = models.SmallIntegerField("图像保存天数", null=True)
    silent_minutes = models.IntegerField("离线判定分钟数", null=True)
    inspect_days = models.SmallIntegerField("巡检周期（天）", null=True)
    inspected_on = models.DateField("上次巡检", null=True)
    inspect_on = models.DateField("下次巡检", null=True)
    secret = models.CharField(max_length=200, blank=True)
    step = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = "设备"
        constraints = [
            models.UniqueConstraint(fields=["serial"], name="one_serial_is_one_device"),
            models.CheckConstraint(name="a_device_kind_is_known", condition=Q(kind__in=list(rules.KINDS))),
            models.CheckConstraint(name="a_device_state_is_known", condition=Q(state__in=list(rules.STATES))),
            models.CheckConstraint(
                name="a_camera_has_purpose_sign_and_retention",
                condition=~Q(kind__in=_CAMERAS)
                | Q(~Q(purpose=""), has_sign=True, retention_days__gte=1, retention_days__lte=rules.LONGEST_KEEPING),
            ),
        ]
        indexes = [models.Index(fields=["place_code", "kind", "id"], name="device_by_place")]

    def __str__(self) -> str:
        return self.name


class DevicePulse(models.Model):
    """设备心跳. When a device was last heard. A narrow row of its own: it is written with every sign of life, and locking
    it in the order of devices is how two intakes of the same device queue up."""

    device = models.OneToOneField(Device, primary_key=True, on_delete=models.PROTECT, related_name="pulse")
    seen_at = models.DateTimeField(null=True)
    battery = models.SmallIntegerField("电量（%）", null=True)
    is_silent = models.BooleanField(default=False)

    class Meta:
        verbose_name = "设备心跳"
        indexes = [models.Index(fields=["seen_at"], name="pulse_heard_by_time", condition=Q(is_silent=False))]


class DeviceOutage(models.Model):
    """离线记录. From the last sign of life before the silence to the first one after it."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="outages")
    since = models.DateTimeField()
    found_at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "离线记录"
        constraints = [
            models.UniqueConstraint(
                fields=["device"], condition=Q(until=None), name="a_device_is_offline_once_at_a_time"
            )
        ]
        indexes = [models.Index(fields=["device", "-id"], name="outages_of_a_device")]


class DeviceUpkeep(models.Model):
    """维保记录. An inspection, a repair, a replacement: asked for, then done with what was found."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="upkeep")
    kind = models.CharField("类别", max_length=8, choices=list(rules.UPKEEP.items()))
    reason = models.CharField("事由", max_length=200)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=100)
    due_on = models.DateField("要求完成", null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=100, blank=True)
    found = models.CharField("结果", max_length=300, blank=True)
    # A replacement keeps the place and gets another serial; this is the one that was taken down.
    old_serial = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = "维保记录"
        constraints = [
            models.UniqueConstraint(
                fields=["device", "kind"], condition=Q(done_at=None), name="one_upkeep_of_a_kind_is_open_at_a_time"
            ),
            models.CheckConstraint(name="an_upkeep_done_says_what_was_found", condition=Q(done_at=None) | ~Q(found="")),
        ]
        indexes = [models.Index(fields=["device", "-id"], name="upkeep_of_a_device")]


explain("one_serial_is_one_device", "这个设备编号已有登记。请核对设备铭牌，或在设备列表中查找后更新。", "exists")
explain("one_upkeep_of_a_kind_is_open_at_a_time", "这台设备已有一项同类维保待完成。请先登记其结果。", "exists")
