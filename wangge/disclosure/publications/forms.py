"""The form that begins a publication."""

from typing import Any

from django import forms

from wangge.disclosure.terms import KINDS
from wangge.kernel import clock
from wangge.kernel.forms import MISSING, PlainForm, day, offer, text


class MakeForm(PlainForm):
    unit_code = forms.ChoiceField(label="单位", error_messages=MISSING)
    year = forms.IntegerField(
        label="年度",
        min_value=2000,
        max_value=2100,
        error_messages={**MISSING, "min_value": "年度写作四位数字，如 2022。"},
    )
    kind = forms.ChoiceField(label="种类", choices=list(KINDS.items()), error_messages=MISSING)
    approved_on = day("批复日期", help_text="二十日的公开期限从这一天算起。")
    approval = text("批复文号", help_text="如 株石财预〔2022〕3号。")
    replaces = text(
        "更正哪一件", required=False, longest=30, help_text="更正已公开的，填它的公开编号；第一次公开不填。"
    )

    def __init__(self, units: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "unit_code", units)
        self.fields["year"].initial = clock.today().year
