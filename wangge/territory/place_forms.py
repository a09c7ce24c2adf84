"""Forms of addresses, doubts and fixtures."""

from typing import Any

from django import forms

from wangge.kernel.forms import MISSING, PlainForm, day, offer, text
from wangge.territory import queries
from wangge.territory.rules import addresses as rules


def choice(label: str, choices: Any, *, required: bool = True, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, required=required, help_text=help_text, error_messages=MISSING
    )


def degrees(label: str, *, required: bool = True, most: float = 180) -> forms.FloatField:
    return forms.FloatField(
        label=label,
        required=required,
        min_value=-most,
        max_value=most,
        error_messages={
            **MISSING,
            "min_value": "超出范围，请核对。",
            "max_value": "超出范围，请核对。",
            "invalid": "应为数字，例如 113.1172。",
        },
        widget=forms.NumberInput(attrs={"step": "any"}),
    )


class ChildForm(PlainForm):
    """One level more below an address (or the first of a community)."""

    kind = choice("层级", [])
    name = text(
        "名称", longest=rules.MOST_NAME, help_text="只写这一级，例如“2栋”“1单元”“301室”；只写数字时自动加上单位。"
    )
    place = choice("所在网格", [], required=False)
    floor = forms.IntegerField(
        label="楼层", required=False, min_value=-5, max_value=150, help_text="只有户室要填。", error_messages=MISSING
    )
    area_m2 = forms.DecimalField(
        label="建筑面积（平方米）", required=False, min_value=1, max_value=99_999, decimal_places=2,
        help_text="只有户室要填。", error_messages=MISSING,
    )  # fmt: skip

    def __init__(self, after: str, places: list[tuple[str, str]], *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        at = rules.LEVELS.index(after) + 1 if after else 0
        offer(self, "kind", [(k, rules.LEVEL_NAMES[k]) for k in rules.LEVELS[at:]])
        offer(self, "place", places)


class NameForm(PlainForm):
    name = text("新名称", longest=rules.MOST_NAME, help_text="原名称自动留作别名，仍可查到。")


class ParentForm(PlainForm):
    parent = text("新的上级地址", longest=200, help_text="写上级的完整地址，例如“新民路42号新民家园”。")


class RetireForm(PlainForm):
    on = day("停用日期", help_text="停用后不再参与识别，记录保留。")


class AliasForm(PlainForm):
    text = text("别名", longest=200, help_text="群众习惯的叫法，例如“机械厂老宿舍”。")


class BuildingForm(PlainForm):
    """楼栋 by table 9."""

    use = choice("建筑用途", [("", "未登记"), *rules.USES.items()], required=False)
    floors = forms.IntegerField(label="层数", required=False, min_value=1, max_value=150, error_messages=MISSING)
    entrances = forms.IntegerField(label="单元数", required=False, min_value=1, max_value=40, error_messages=MISSING)
    area_m2 = forms.DecimalField(
        label="建筑面积（平方米）", required=False, min_value=1, max_value=9_999_999, decimal_places=2, error_messages=MISSING
    )  # fmt: skip


class EstateForm(PlainForm):
    keeper = text("物业服务单位", required=False, longest=100)
    keeper_phone = text("物业电话", required=False, longest=30)
    built_year = forms.IntegerField(
        label="建成年份", required=False, min_value=1900, max_value=2100, error_messages=MISSING
    )


class DoubtForm(PlainForm):
    """Which address a doubtful text means: one of the candidates, another by its id or words, or none."""

    address = forms.CharField(required=False)
    other = text("另选标准地址", required=False, longest=200, help_text="候选中没有时，写出标准地址的全文。")
    note = text("说明", required=False, longest=200, help_text="认定为“不是本区地址”时必填。")


class FixtureForm(PlainForm):
    kind = choice("部件类别", [])
    name = text("部件名称", required=False, longest=60, help_text="不填时用类别名称。")
    lng = degrees("经度")
    lat = degrees("纬度", most=90)
    spot = text("位置说明", required=False, longest=200, help_text="例如“新民路42号门前人行道”。")
    owner = text("权属单位", required=False, longest=40)
    keeper = text("养护单位", required=False, longest=40)
    state = choice("状态", [])
    placed_on = day("设置日期", required=False)
    photo = forms.FileField(
        label="照片", required=False, help_text="JPG、PNG 或 WebP。不上传时保留原照片。",
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )  # fmt: skip

    def __init__(self, *given: Any, fixed_kind: str = "", **more: Any) -> None:
        super().__init__(*given, **more)
        groups: dict[str, list[tuple[str, str]]] = {}
        for code, (group, name) in queries.fixture_kinds().items():
            groups.setdefault(group, []).append((code, name))
        offer(self, "kind", [("", "请选择"), *groups.items()])
        offer(self, "state", queries.FIXTURE_STATES.items())
        if fixed_kind:
            del self.fields["kind"]


class CheckForm(PlainForm):
    """A census check at the desk; on the phone it is an act of its own."""

    result = forms.ChoiceField(label="普查结果", choices=[], widget=forms.RadioSelect, error_messages=MISSING)
    text = text("情况说明", required=False, longest=300, help_text="破损或不在位时必填。")

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        offer(self, "result", queries.FIXTURE_RESULTS.items())


class CensusForm(PlainForm):
    name = text("普查名称", longest=60)
    place = choice("普查范围", [])
    kinds = forms.MultipleChoiceField(
        label="部件大类", required=False, choices=[], widget=forms.CheckboxSelectMultiple, help_text="不选时为全部。"
    )
    starts_on = day("开始日期")
    due_on = day("截止日期")

    def __init__(self, places: Any, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        offer(self, "place", places)
        classes = {code[:2]: group for code, (group, _) in queries.fixture_kinds().items()}
        offer(self, "kinds", classes.items())
