"""Forms of imports: sending a file, and saying what its columns are."""

from typing import Any

from django import forms

from wangge.kernel.forms import MISSING, PlainForm, day, offer, text
from wangge.registry.rules.imports import Target, sensitive
from wangge.territory import queries as territory

KINDS = {
    "people": "人员",
    "households": "户（每人一行，有户号和与户主关系）",
    "dwellings": "房屋",
    "organisations": "组织",
    "devices": "设备",
    "fixtures": "部件（含部件普查结果）",
}
ROLES = {
    "": "不登记身份",
    "hukou": "户籍人口",
    "migrant": "流动人口",
    "left_behind": "留守人员",
    "foreigner": "境外人员",
    "enterprise": "非公有制经济组织",
    "social": "社会组织",
    "school": "学校",
    "courier": "寄递物流企业",
    "public": "机关事业单位",
    "venue": "场所",
    **{code: kind.name for code, kind in territory.DEVICE_KINDS.items()},
}
PEOPLE_ROLES = ("", "hukou", "migrant", "left_behind", "foreigner")
DEVICE_KINDS = ("", *territory.DEVICE_KINDS)


class FileForm(PlainForm):
    """A file to be imported: what it is, whose, of which day, for which place."""

    kind = forms.ChoiceField(label="导入内容", choices=list(KINDS.items()), error_messages=MISSING)
    file = forms.FileField(label="表格", help_text="xlsx、xls、ods 或 csv，表头不限。", error_messages=MISSING)
    source = text("来源单位", longest=40, help_text="例如“井龙派出所”。下次同一单位的表格按上次的对照读取。")
    as_of = day("数据日期", help_text="表中数据截至哪一天。")
    area = forms.ChoiceField(label="范围", error_messages=MISSING, help_text="不写网格的行归入所选社区。")
    role = forms.ChoiceField(
        label="身份或类别",
        required=False,
        choices=list(ROLES.items()),
        help_text="人员表可同时登记身份；组织表须选类别；设备表没有“设备类别”一列的须选类别。",
        error_messages=MISSING,
    )

    def __init__(self, areas: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "area", areas)
        self.fields["file"].widget.attrs["accept"] = ".xlsx,.xls,.ods,.csv"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        kind, role = given.get("kind"), given.get("role", "")
        if kind == "organisations" and role in (*PEOPLE_ROLES, *DEVICE_KINDS):
            self.add_error("role", "请选择这张表是哪一类组织。")
        elif kind in ("people", "households") and role not in PEOPLE_ROLES:
            self.add_error("role", "人员表只能选人员的身份。")
        elif kind == "devices" and role not in DEVICE_KINDS:
            self.add_error("role", "设备表只能选设备的类别，或不选。")
        elif kind in ("dwellings", "fixtures"):
            given["role"] = ""
        return given


class ColumnsForm(PlainForm):
    """What each column of a sheet says."""

    def __init__(
        self, titles: list[str], targets: tuple[Target, ...], mapping: dict[str, str], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "不导入"), *((t.key, t.title + ("（必需）" if t.required else "")) for t in targets)]
        for at, title in enumerate(titles):
            self.fields[f"column_{at}"] = forms.ChoiceField(
                label=title, required=False, choices=choices, initial=mapping.get(str(at), ""), error_messages=MISSING
            )

    def mapping(self) -> dict[int, str]:
        return {int(name.removeprefix("column_")): key for name, key in self.cleaned_data.items()}


class ReasonForm(PlainForm):
    reason = text("理由", longest=200, help_text="例如“电话以公安登记为准”。理由随每条记录保存。")


def shown(key: str, value: str | None) -> str:
    """A cell of a preview: numbers of people masked."""
    from wangge.registry.rules.identity import mask_id, mask_phone

    text_ = value or ""
    if not sensitive(key):
        return text_[:40]
    return mask_phone(text_) if key.endswith("phone") else mask_id(text_) if key.endswith("number") else "已填"
