"""Forms of requests about one's own data."""

import uuid
from typing import Any

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
    subject = text(
        "信息是谁的", required=False, longest=50, autocomplete="off", help_text="替他人提出的，填那个人的姓名。"
    )
    subject_number = text("那个人的证件号码", required=False, longest=30, autocomplete="off")
    text = forms.CharField(
        label="请求内容",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="要查什么、哪里不对、为什么要删除。",
        error_messages=MISSING,
    )


class IdentifyForm(PlainForm):
    person_id = forms.IntegerField(
        label="本人档案", required=False, max_value=2**63 - 1, min_value=1, error_messages=MISSING
    )
    no_record = forms.BooleanField(label="本区没有此人的档案", required=False)
    method = forms.ChoiceField(
        label="核验身份的方式",
        choices=[("", "请选择"), *rules.METHODS.items()],
        help_text="不能拨打请求里留的电话来核验：冒名的人留的是自己的电话。",
        error_messages=MISSING,
    )
    how = text("核对了什么", required=False, longest=180, help_text="代办的必填，例如委托书和双方身份证。")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        none = said.pop("no_record", False)
        if "person_id" not in self.errors and none == (said.get("person_id") is not None):
            self.add_error("person_id", "请选定一份档案，或选“本区没有此人的档案”，二者选一。")
        return said


class AnswerForm(PlainForm):
    text = forms.CharField(
        label="答复内容", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}), error_messages=MISSING
    )
