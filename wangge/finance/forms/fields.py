"""Fields of the books: money, numbers, codes searched by number or name, lines of the budget, files."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from wangge.finance.budget import rules
from wangge.kernel.errors import Refusal
from wangge.kernel.forms import MISSING, PlainForm

SHOWN = 5


def plain(typed: str) -> str:
    """A number as typed, without the marks that people put between its digits."""
    return typed.translate(str.maketrans("，．－　", ",.- ")).replace(",", "").replace(" ", "")


class Yuan(forms.CharField):
    """Yuan with at most two decimals, commas allowed; `signed` takes negative ones."""

    def __init__(self, label: str, *, required: bool = True, signed: bool = False, help_text: str = "", **kwargs: Any):
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})
        super().__init__(
            label=label, required=required, help_text=help_text, widget=widget, error_messages=MISSING, **kwargs
        )
        self.signed = signed

    def clean(self, value: Any) -> Decimal | None:
        return self.judged(plain(super().clean(value)))

    def judged(self, typed: str) -> Decimal | None:
        found = rules.amount(typed, signed=self.signed) if typed else None
        if isinstance(found, Refusal):
            raise ValidationError(found.sentence)
        return found


class Number(Yuan):
    """A number from 0 to `most` with at most `digits` decimals."""

    def __init__(self, label: str, *, most: Decimal = rules.MOST, digits: int = 2, **kwargs: Any):
        super().__init__(label, **kwargs)
        self.most, self.digits = most, digits

    def judged(self, typed: str) -> Decimal | None:
        found = rules.number(typed, "number", self.most, self.digits) if typed else None
        if isinstance(found, Refusal):
            raise ValidationError(found.sentence)
        return found


def choice(label: str, choices: Any = (), *, required: bool = True, empty: str = "", help_text: str = "") -> Any:
    """A list to choose from; `empty` names the choice of nothing. A long one is searched by words."""
    options = [("", empty)] if empty else []
    widget = forms.Select(attrs={"data-search": "1"})
    return forms.ChoiceField(
        label=label,
        required=required,
        choices=[*options, *choices],
        help_text=help_text,
        widget=widget,
        error_messages=MISSING,
    )


def whole(label: str, *, required: bool = True, least: int = 0, most: int = 9999, help_text: str = "") -> Any:
    bounds = f"请填写 {least} 到 {most} 的整数。"
    return forms.IntegerField(
        label=label,
        required=required,
        min_value=least,
        max_value=most,
        help_text=help_text,
        error_messages={**MISSING, "invalid": bounds, "min_value": bounds, "max_value": bounds},
    )


def reason(label: str, *, required: bool = True, longest: int = 200) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=longest,
        error_messages={**MISSING, "max_length": f"最长 {longest} 字，请缩短。"},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def key() -> forms.UUIDField:
    """The hidden id of this act: sent twice, done once."""
    sentence = "页面内容不完整，没有保存。请刷新后再填。"
    return forms.UUIDField(
        initial=uuid4, widget=forms.HiddenInput, error_messages={"required": sentence, "invalid": sentence}
    )


class _Many(forms.FileInput):
    allow_multiple_selected = True


class _Papers(forms.FileField):
    def clean(self, data: Any, initial: Any = None) -> Any:
        return data  # what is wrong with a file is for `kernel.files` to say


class WithPapers(PlainForm):
    """A form that takes files (`uploads`), stored by `views.common.store`; `kept` are the hashes of all it has."""

    kept: list[str]

    def refuse(self, refusal: Refusal) -> None:
        if refusal.field == "files":
            self.add_error("uploads", refusal.sentence)
        elif refusal.field == "file":
            self.add_error("uploads", f"{refusal.value or ''}：{refusal.sentence}".lstrip("："))
        else:
            super().refuse(refusal)


def papers(label: str = "附件", help_text: str = "发票、审批单、照片等，可以一次选几个。") -> forms.FileField:
    """Files, stored by `views.common.store` before the service is called; a refusal does not lose them."""
    return _Papers(
        label=label, required=False, help_text=help_text, widget=_Many(attrs={"multiple": True}), error_messages=MISSING
    )


def coded(typed: str, names: Mapping[str, str], field: str, what: str) -> str:
    """The code behind what was typed: a code, a code with its name, or a name that only one code has.

    `names` are the codes one may choose from. What looks like a code is left for the rules to judge.
    """
    typed = typed.strip()
    first = typed.split()[0] if typed else ""
    if first.isdecimal() or not typed:
        return first
    found = [code for code, name in names.items() if name == typed] or [c for c, n in names.items() if typed in n]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refusal("no_code", f"{what}中没有“{typed}”。请填代码，或从列表中选择。", field=field, value=typed)
    listed = "、".join(f"{c} {names[c]}" for c in found[:SHOWN])
    more = f"等 {len(found)} 个" if len(found) > SHOWN else ""
    raise Refusal("code_unclear", f"“{typed}”对应{what}的 {listed}{more}。请填代码。", field=field, value=typed)
