"""What the pages of devices and alarms send, checked field by field."""

from typing import Any

from django import forms

from wangge.events.alarms import queries, terms
from wangge.kernel.forms import MISSING, PlainForm, day, text
from wangge.territory import queries as territory
from wangge.territory import services as territory_services

DATUMS = (
    ("cgcs2000", "CGCS2000（国家 2000）"),
    ("wgs84", "WGS-84（GPS）"),
    ("gcj02", "GCJ-02（火星坐标）"),
    ("bd09", "BD-09（百度）"),
)


def _choice(label: str, choices: Any, *, required: bool = True, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, required=required, help_text=help_text, error_messages=MISSING
    )


def _number(label: str, low: float, high: float, *, required: bool = False, help_text: str = "") -> forms.IntegerField:
    said = f"应为 {low:g} 至 {high:g} 之间的整数。"
    return forms.IntegerField(
        label=label,
        required=required,
        min_value=int(low),
        max_value=int(high),
        help_text=help_text,
        error_messages={**MISSING, "invalid": said, "min_value": said, "max_value": said},
    )


def _degrees(label: str, low: float, high: float) -> forms.FloatField:
    said = f"应为 {low:g} 至 {high:g} 之间的度数，例如 {(low + high) / 2:.6f}。"
    return forms.FloatField(
        label=label,
        min_value=low,
        max_value=high,
        error_messages={**MISSING, "invalid": said, "min_value": said, "max_value": said},
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )


class DeviceForm(PlainForm):
    """A device of the register."""

    kind = _choice("设备类别", [(c, k.name) for c, k in territory.DEVICE_KINDS.items()])
    serial = text(
        "设备编号", longest=40, help_text="设备铭牌上的编号，也是它接入时的用户名。4 至 40 位字母、数字、短横线。"
    )
    name = text("设备名称", longest=60)
    spot = text("安装位置", longest=120, help_text="到现场的人凭它找到设备，例如“响田小区3栋2单元电梯轿厢”。")
    lng = _degrees("经度", 73, 136)
    lat = _degrees("纬度", 3, 54)
    datum = _choice("坐标系", DATUMS, help_text="选错坐标系会偏移数百米。")
    keeper = text("维保单位", required=False, longest=100)
    keeper_phone = text("维保电话", required=False, longest=30)
    maker = text("厂商", required=False, longest=60)
    model = text("型号", required=False, longest=60)
    installed_on = day("安装日期", required=False)
    warranty_until = day("质保截止", required=False)
    purpose = text(
        "采集用途", required=False, longest=100, help_text="采集图像的设备必填（《个人信息保护法》第二十六条）。"
    )
    has_sign = forms.BooleanField(label="现场已设置显著提示标识", required=False)
    retention_days = _number("图像保存天数", 1, 90)
    silent_minutes = _number("离线判定（分钟）", 2, 10080, help_text="不填按设备类别的默认值。")
    inspect_days = _number("巡检周期（天）", 1, 730, help_text="不填按设备类别的默认值。")
    seen_step = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def entry(self) -> territory_services.DeviceEntry:
        given = {k: v for k, v in self.cleaned_data.items() if k != "seen_step"}
        return territory_services.DeviceEntry(**given)

    @staticmethod
    def of(device: Any) -> dict[str, Any]:
        """What the form shows of a device that is there."""
        names = [n for n in DeviceForm.base_fields if n not in ("datum", "seen_step")]
        return {n: getattr(device, n) for n in names} | {"datum": "cgcs2000", "seen_step": device.step}


class StateForm(PlainForm):
    state = _choice("改为", list(territory.DEVICE_STATES.items()))
    reason = text("原因", longest=200)


class AskUpkeepForm(PlainForm):
    kind = _choice("维保类别", list(territory.UPKEEP_KINDS.items()))
    reason = text("事由", longest=200)
    due_on = day("要求完成日期", required=False)


class FinishUpkeepForm(PlainForm):
    found = text("结果", longest=300)
    new_serial = text("新设备编号", required=False, longest=40, help_text="登记“更换”时填写新设备铭牌上的编号。")


class UserForm(PlainForm):
    """For whom a one-key alarm was put up."""

    person_id = _number("人员档案编号", 1, 10**15, required=True, help_text="人员页面地址中的编号。")
    consent_on = day("同意日期")
    consent_note = text("同意方式", longest=100, help_text="例如“本人签字同意书”。没有同意不得登记。")


class ActForm(PlainForm):
    """A step of an alarm."""

    command = forms.CharField(widget=forms.HiddenInput)
    seen_step = forms.IntegerField(required=False, widget=forms.HiddenInput)
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    result = forms.ChoiceField(
        label="处置结果",
        required=False,
        choices=[(a, terms.RESULTS[a]) for a in terms.ANSWERS],
        widget=forms.RadioSelect,
        error_messages=MISSING,
    )
    text = forms.CharField(
        label="情况说明",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={**MISSING, "max_length": "最长 500 字，请缩短。"},
    )


class ReasonForm(PlainForm):
    reason = text("查看原因", longest=100)


class RuleForm(PlainForm):
    """What a district decides of one kind of alarm; every field shows what holds today and says what is shipped."""

    def __init__(self, kind: queries.KindRules, *args: Any) -> None:
        super().__init__(*args)
        for name, label, now, shipped in kind.limits:
            _, least, most = terms.LIMITS[name]
            field: forms.Field
            if name == "top":
                field = forms.TypedChoiceField(
                    label=label,
                    choices=list(enumerate(terms.LEVELS)),
                    coerce=int,
                    help_text=f"系统默认 {terms.LEVELS[shipped]}。到这一级后不再上报。",
                    error_messages=MISSING,
                )
            else:
                field = _number(label, least, most, required=True, help_text=f"系统默认 {shipped}。")
            field.initial = now
            self.fields[name] = field
        self.fields["from_on"] = day("起用日期", help_text="最早明天；今天已收到的告警按原规则办理。")
        self.fields["note"] = text("依据", longest=200, help_text="例如“区网格中心会议纪要第 3 号”。")

    def told(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        return {"from_on": given.pop("from_on"), "note": given.pop("note"), "values": given}


class AlarmFilter(forms.Form):
    """The board's filter; what does not read as one is left out."""

    state = forms.CharField(required=False, max_length=10)
    kind = forms.CharField(required=False, max_length=10)
    result = forms.CharField(required=False, max_length=10)
    q = forms.CharField(required=False, max_length=40)
    place = forms.RegexField(r"^[1-9]\d{14}$", required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
    late = forms.BooleanField(required=False)


KINDS = list(terms.KINDS.items())
STATES = [("open", "未处置完毕"), *[(s, n) for s, n in terms.STATES.items() if s != "open"], ("", "全部")]
EDIT = queries.EDIT
