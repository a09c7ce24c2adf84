"""The form that orders an export by the standard."""

from typing import Any

from django import forms

from wangge.kernel.forms import MISSING, PlainForm, offer, text


class ExportForm(PlainForm):
    area = forms.ChoiceField(label="地区", error_messages=MISSING)
    tables = forms.MultipleChoiceField(
        label="数据表", widget=forms.CheckboxSelectMultiple, error_messages={"required": "请至少选择一张表。"}
    )
    reason = text(
        "用途", longest=200, help_text="例如：报市委政法委季度数据。文件含完整证件号码和电话，用途和每次下载都会记录。"
    )

    def __init__(self, areas: Any, listed: Any, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        offer(self, "area", areas)
        offer(self, "tables", listed)
