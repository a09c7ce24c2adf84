"""Forms of dwellings, lettings and leads of buildings."""

from typing import Any

from django import forms

from wangge.kernel.forms import MISSING, PlainForm, day, offer, text
from wangge.registry.rules import tables
from wangge.registry.terms import DOCUMENTS


class DwellingForm(PlainForm):
    floor = forms.IntegerField(label="楼层", required=False, min_value=-5, max_value=150, error_messages=MISSING)
    area_m2 = forms.DecimalField(
        label="建筑面积（平方米）", required=False, min_value=1, max_value=99_999, decimal_places=2, error_messages=MISSING
    )  # fmt: skip
    use = forms.ChoiceField(label="建筑用途", choices=[], error_messages=MISSING)

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        offer(self, "use", list(tables.codes("5.17").items()))


class RentalForm(PlainForm):
    """Table 16 without what follows from the dwelling and its residents. Sealed fields are never shown again: left empty on
    a change they stay as they are."""

    since = day("出租起始日期")
    let_as = forms.ChoiceField(label="出租用途", choices=[], required=False, error_messages=MISSING)
    dwelling_number = text("房屋编号", required=False, longest=50, help_text="不填时用地址编号。")
    landlord_name = text("房主姓名", required=False, longest=50)
    landlord_id_type = forms.ChoiceField(
        label="房主证件类型", choices=[("", "未登记"), *DOCUMENTS.items()], required=False, error_messages=MISSING
    )
    landlord_id_number = text("房主证件号码", required=False, longest=30, autocomplete="off")
    landlord_phone = text("房主联系方式", required=False, longest=50, autocomplete="off")
    landlord_address = text("房主现居详址", required=False, longest=200)

    def __init__(self, *given: Any, held: Any = None, **more: Any) -> None:
        super().__init__(*given, **more)
        offer(self, "let_as", [("", "未登记"), *tables.codes("5.18").items()])
        if held is not None:
            del self.fields["since"]
            for name, shown in held.items():
                self.fields[name].help_text = f"已登记：{shown}。不改时留空。"

    def values(self) -> dict[str, Any]:
        """What was filled in, by the keys of table 16."""
        return {k: v for k, v in self.cleaned_data.items() if k != "since" and v not in (None, "")}


class EndForm(PlainForm):
    until = day("结束日期")
    reason = text("原因", longest=100, help_text="例如：租客搬离、房主收回自住。")


class HazardForm(PlainForm):
    codes = forms.MultipleChoiceField(
        label="隐患类型", choices=[], widget=forms.CheckboxSelectMultiple, error_messages=MISSING
    )
    text = forms.CharField(
        label="情况说明", required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": "最长 300 字，请缩短。"},
    )  # fmt: skip

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        listed = [(c, n) for c, n in tables.codes("5.19").items() if c != "00"]
        offer(self, "codes", listed)


class ClearForm(PlainForm):
    note = text("怎样消除", longest=300, help_text="例如：已拆除隔断，更换线路。")


class ReasonForm(PlainForm):
    reason = text("理由", longest=100, help_text="例如：联系房主整改。理由、时间和查看人都会记录。")


class RetireForm(PlainForm):
    on = day("停用日期", help_text="有人居住或出租的房屋不能停用。")


class LeadForm(PlainForm):
    person = forms.ChoiceField(
        label="人选",
        choices=[],
        help_text="住在本楼的在册成年人。",
        error_messages={**MISSING, "required": "请选择人选。"},
    )
    since = day("聘任日期")

    def __init__(self, people: list[tuple[str, str]], *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        offer(self, "person", [("", "请选择"), *people])


class LeadEndForm(PlainForm):
    until = day("解聘日期")
    reason = text("原因", longest=100)
