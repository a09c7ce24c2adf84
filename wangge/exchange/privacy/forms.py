"""Forms of requests about one's own data."""

import uuid

from django import forms

from wangge.exchange.privacy import rules
from wangge.kernel.forms import MISSING, PlainForm, text
from wangge.registry import terms


class ReceiveForm(PlainForm):
    """A request as it was made at a counter, by telephone or by letter."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    kind = forms.ChoiceField(label="请求", choices=list(rules.KINDS.items()), error_messages=MISSING)
    who = forms.ChoiceField(label="请求人是", choices=list(rules.WHO.items()), error_messages=MISSING)
    name = text("请求人姓名", longest=50, autocomplete="off")
    id_type = forms.ChoiceField(
        label="证件类型", choices=list(terms.DOCUMENTS.items()), initial="111", error_messages=MISSING
    )
    id_number = text("证件号码", required=False, longest=30, autocomplete="off", help_text="加密保存，只用来核对身份。")
    phone = text("联系电话", longest=20, autocomplete="off")
    text = forms.CharField(
        label="请求内容",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="要查什么、哪里不对、为什么要删除。",
        error_messages=MISSING,
    )


class IdentifyForm(PlainForm):
    person_id = forms.IntegerField(label="本人档案", error_messages=MISSING)
    how = text("核验身份的方式", longest=200, help_text="例如当面核对身份证原件；代办的另核对委托书。")


class AnswerForm(PlainForm):
    text = forms.CharField(
        label="答复内容", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}), error_messages=MISSING
    )
