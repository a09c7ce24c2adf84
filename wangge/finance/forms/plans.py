"""Forms of the preparation and of adjustments."""

from django import forms

from wangge.finance.budget import rules
from wangge.finance.forms import fields
from wangge.kernel.forms import MISSING, PlainForm, day, text


class EmptyForm(PlainForm):
    """An act that needs no words."""


class OpinionForm(PlainForm):
    note = fields.reason("意见", required=False)


class SendBackForm(PlainForm):
    note = fields.reason("退回意见")


class IssueForm(PlainForm):
    document = text("批复文号", longest=60, help_text="如 株石财预〔2022〕3号。")
    on = day("批复日期")


class BaselineForm(PlainForm):
    function = text("功能分类", longest=80, help_text="填代码，或从列表中选择。", list="functions", autocomplete="off")


class SheetForm(PlainForm):
    file = forms.FileField(label="表格", error_messages=MISSING, widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}))


class AdjustmentForm(PlainForm):
    kind = forms.ChoiceField(label="类别", choices=list(rules.ADJUSTMENTS.items()), error_messages=MISSING)
    on = day("日期", help_text="记入指标账的日期。")
    document = text("文号", required=False, longest=60, help_text="审批同意前须有；可由审批人补填。")
    reason = fields.reason("调整原因", longest=500)


class GrantForm(PlainForm):
    document = text("文号", required=False, longest=60, help_text="申请时已填的可不填。")
    note = fields.reason("意见", required=False)


class RefuseForm(PlainForm):
    note = fields.reason("不同意的理由")
