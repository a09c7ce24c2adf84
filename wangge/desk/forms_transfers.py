"""Forms of a transfer of land."""

from typing import Any

from django import forms

from wangge.kernel.forms import MISSING, PlainForm, day, text
from wangge.territory import queries as territory
from wangge.territory import terms


def _long(label: str, help_text: str = "", rows: int = 4) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, help_text=help_text, widget=forms.Textarea(attrs={"rows": rows}), max_length=20_000
    )


class PrepareForm(PlainForm):
    """A plan begins: what it is called, how, to whom, from when."""

    title = text("名称", longest=100, help_text="例如 石峰区向经开区移交社会事务。")
    kind = forms.ChoiceField(label="方式", choices=list(terms.TRANSFER_KINDS.items()), error_messages=MISSING)
    to_district = forms.IntegerField(
        label="接收区代码", help_text="15 位，本区内合并、拆分填本区代码。", error_messages=MISSING
    )
    on = day("生效日期", help_text="这一天零时起用新的区划；在此之前可以取消。")
    memo = _long("备忘录", "双方商定的原则和安排，签署时一并确认。")


class EditForm(PlainForm):
    title = text("名称", longest=100)
    on = day("生效日期")
    memo = _long("备忘录")


class CellsForm(PlainForm):
    """Cells of one community, ticked, and the community they pass to: one that stands or one that is planned."""

    cells = forms.MultipleChoiceField(
        label="网格", required=False, widget=forms.CheckboxSelectMultiple, error_messages=MISSING
    )
    community = forms.ChoiceField(label="接收社区（村）", required=False, error_messages=MISSING)

    def __init__(self, found: Any, home: int | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = territory.cells(home or found.from_district, found.on)
        planned = [(str(d.code), f"{d.name}（拟设）") for d in found.divisions.order_by("code") if d.code % 10**6]
        there = [(str(c.pk), territory.path_of(c.pk)) for c in territory.communities(found.to_district) if c.pk != home]
        cells: Any = self.fields["cells"]
        cells.choices = [(str(c.pk), c.name) for c in here]
        cells.initial = [str(c.pk) for c in here]
        community: Any = self.fields["community"]
        community.choices = [("", "请选择"), *planned, *there]

    def clean_community(self) -> int:
        return int(self.cleaned_data["community"] or 0)


class DivisionsForm(PlainForm):
    """New divisions, one a line: code and name."""

    named = _long("拟设区划", "一行一个，写“15 位代码 名称”，例如 430204005004000 新民新社区居委会。留空表示不新设。")

    def clean_named(self) -> dict[int, str]:
        found: dict[int, str] = {}
        for number, line in enumerate(self.cleaned_data["named"].splitlines(), 1):
            if not line.strip():
                continue
            code, _, name = line.strip().partition(" ")
            if not code.isdigit() or len(code) != 15 or not name.strip():
                raise forms.ValidationError(f"第 {number} 行“{line.strip()[:40]}”应写成“15 位代码 名称”。")
            found[int(code)] = name.strip()
        return found


class ItemForm(PlainForm):
    kind = forms.ChoiceField(label="清单", choices=list(terms.TRANSFER_LISTS.items()), error_messages=MISSING)
    title = text("事项", longest=100)
    owner = text("责任方", longest=100, help_text="哪一方的哪个单位负责。")
    text = _long("内容", rows=2)
    due_on = day("完成期限", required=False)


class SignForm(PlainForm):
    side = forms.ChoiceField(label="代表", choices=list(terms.TRANSFER_SIDES.items()), error_messages=MISSING)
    signer = text("签署人和单位", required=False, longest=100, help_text="对方未使用本系统时，按纸质签字件填写。")
    paper = forms.FileField(label="签字件", required=False, help_text="对方签字的备忘录扫描件（PDF 或照片）。")
