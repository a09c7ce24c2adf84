"""What the pages of this room send, checked and explained; nothing is written here."""

from datetime import date
from typing import Any, TypeVar

import msgspec
from django import forms
from django.http import HttpRequest

from wangge.kernel.errors import Refusal
from wangge.territory import reading, rules

T = TypeVar("T")


class Draw(msgspec.Struct, kw_only=True):
    """A new cell as drawn on the map."""

    community: str
    geometry: dict[str, Any]
    name: str = ""
    kind: str = "general"
    from_on: date | None = None


class Change(msgspec.Struct, kw_only=True):
    code: str
    geometry: dict[str, Any]
    seen_boundary: int | None = None


class Redraw(msgspec.Struct, kw_only=True):
    """Borders moved on the map, all of them or none."""

    changes: list[Change]
    from_on: date | None = None


class Split(msgspec.Struct, kw_only=True):
    code: str
    line: list[tuple[float, float]]
    names: list[str] = []
    seen_boundary: int | None = None
    from_on: date | None = None


class Merge(msgspec.Struct, kw_only=True):
    codes: list[str]
    name: str = ""
    from_on: date | None = None


class Check(msgspec.Struct, kw_only=True):
    """Cells of a place to check, with the shapes on the screen in place of the stored ones."""

    within: str
    changes: list[Change] = []


def body(request: HttpRequest, kind: type[T]) -> T:
    """The JSON body as this shape; `Refusal` names the field at fault."""
    try:
        return msgspec.json.decode(request.body, type=kind)
    except msgspec.MsgspecError as error:
        where = str(error).rpartition("`$.")[2].rstrip("`") if "`$." in str(error) else None
        raise Refusal(
            "bad_input", "提交的内容不完整或格式不对。请刷新页面后重新操作。", field=where, value=str(error)
        ) from error


class ImportForm(forms.Form):
    """A file of cells with its datum."""

    file = forms.FileField(
        label="网格文件", help_text="GeoJSON、Shapefile 压缩包（含 .shp、.dbf、.shx、.prj）或 KML，不超过 32 MB。"
    )
    datum = forms.ChoiceField(
        label="坐标系", choices=list(rules.DATUMS.items()), help_text="选错坐标系会偏移数百米。不确定时请询问制图单位。"
    )
    community = forms.CharField(
        label="所属社区（村）编码", required=False, max_length=15, help_text="文件中已有网格编码或社区列时不用填。"
    )
    from_on = forms.DateField(
        label="生效日期", required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="不填为今天。"
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not reading.guess_format(file.name):
            raise forms.ValidationError("不支持这种文件。请上传 GeoJSON、Shapefile 压缩包或 KML。")
        if file.size > reading.MOST_BYTES:
            raise forms.ValidationError("文件超过 32 MB。请按街道分批导入。")
        return file

    def clean_community(self) -> int | None:
        text = self.cleaned_data["community"].strip()
        if not text:
            return None
        try:
            return rules.parse_code(text)
        except Refusal as refusal:
            raise forms.ValidationError(refusal.sentence) from refusal
