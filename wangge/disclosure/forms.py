"""Forms of the auditor's pages."""

from django import forms

from wangge.kernel.forms import PlainForm, day, text


class LetterForm(PlainForm):
    """To whom, from whom, by when; the findings are those accepted at that moment."""

    to = text("收函单位", longest=120)
    sender = text("发函单位", longest=120)
    due_on = day("请于此日前答复")
    words = forms.CharField(
        label="补充说明",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写在问题清单之后，可不填。",
        error_messages={"max_length": "最长 2000 字，请缩短。"},
    )
