"""The form of a decision on a value that an officer brought back."""

from django import forms

from wangge.kernel.forms import PlainForm, text


class DecideForm(PlainForm):
    """采用 or 不采用; `value` corrects what a rule refused."""

    decision = forms.ChoiceField(
        label="核定", choices=[("take", "采用采集内容"), ("drop", "不采用")], widget=forms.RadioSelect
    )
    value = text(
        "更正后的内容", required=False, longest=100, help_text="采集内容不合规定时，向采集人核对后填写正确的内容"
    )
    reason = text("理由", required=False, longest=200, help_text="不采用时必填")
