"""The form of a request about one's own data."""

from django import forms

from wangge.exchange import terms as exchange
from wangge.kernel.forms import MISSING, PlainForm
from wangge.kernel.forms import text as line
from wangge.registry import terms as registry


class RequestForm(PlainForm):
    """Who asks, for what, and about whom when not about themselves."""

    kind = forms.ChoiceField(
        label="您要求什么", choices=list(exchange.REQUESTS.items()), widget=forms.RadioSelect, error_messages=MISSING
    )
    text = forms.CharField(
        label="具体要求",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="例如：想看登记了哪些内容；电话写错了，应改成现在的号码；已搬离本区，要求删除。",
        error_messages={**MISSING, "max_length": "最多 1000 字，请缩短。"},
    )
    who = forms.ChoiceField(
        label="您是", choices=list(exchange.ASKERS.items()), widget=forms.RadioSelect, error_messages=MISSING
    )
    name = line("您的姓名", longest=50, autocomplete="name")
    id_type = forms.ChoiceField(
        label="您的证件", choices=list(registry.DOCUMENTS.items()), initial="111", error_messages=MISSING
    )
    id_number = line(
        "证件号码", longest=30, autocomplete="off", help_text="加密保存，只用来核对是不是您本人，办结后不作他用。"
    )
    phone = line("联系电话", longest=20, autocomplete="tel", inputmode="tel", help_text="只用于约定核验身份。")
    subject = line(
        "信息是谁的",
        required=False,
        longest=50,
        autocomplete="off",
        help_text="替子女、已故亲属或委托人提出的，填那个人的姓名。",
    )
    subject_number = line("那个人的证件号码", required=False, longest=30, autocomplete="off")
