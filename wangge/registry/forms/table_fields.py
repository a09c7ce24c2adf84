"""Form fields for the fields of a standard table: text, codes to choose from, days, numbers, several codes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from wangge.kernel.forms import MISSING
from wangge.registry.rules import tables
from wangge.registry.rules.tables import Field, Own

LONG = 200


class NamedCode(forms.CharField):
    """A code out of more than one can choose from: shown by its name where no other code has it, written as either."""

    def __init__(self, listed: Mapping[str, str], **given: Any) -> None:
        super().__init__(**given)
        often = Counter(listed.values())
        self.names = {code: name for code, name in listed.items() if often[name] == 1}

    def prepare_value(self, value: Any) -> Any:
        return self.names.get(str(value), value)


def form_field(one: Field, own: Own | None = None, *, required: bool = False, held: str = "") -> forms.Field:
    """A form field for a field of a table. `held` is the mask of a sealed value that is on record: left empty, it stays."""
    help_text = f"已登记 {held}。不改动时留空。" if held else ""
    given: dict[str, Any] = {
        "label": one.title, "required": required, "help_text": help_text, "error_messages": dict(MISSING),
    }  # fmt: skip
    if one.kind == "multi":
        box = forms.CheckboxSelectMultiple(attrs={"class": "checks"})
        return forms.MultipleChoiceField(choices=list(tables.codes(one.codes, own).items()), widget=box, **given)
    if one.codes:
        listed = tables.codes(one.codes, own)
        if len(listed) > 100:
            given["help_text"] = given["help_text"] or f"填名称或 {one.length} 位代码。"
            return NamedCode(listed, max_length=60, **given)
        return forms.ChoiceField(choices=[("", "未登记"), *listed.items()], **given)
    if one.kind == "D":
        return forms.CharField(widget=forms.DateInput(attrs={"type": "date"}), **given)
    if one.kind == "N":
        step = "any" if one.decimals else "1"
        return forms.CharField(widget=forms.NumberInput(attrs={"step": step, "inputmode": "decimal"}), **given)
    widget = forms.Textarea(attrs={"rows": 3}) if one.length > LONG else forms.TextInput(attrs={"autocomplete": "off"})
    given["error_messages"]["max_length"] = f"最长 {one.length} 字，请缩短。"
    return forms.CharField(max_length=one.length, widget=widget, **given)


def form_fields(
    fields: Sequence[Field], own: Own | None = None, held: Mapping[str, str] | None = None
) -> dict[str, forms.Field]:
    """Form fields by key; `held` gives the masks of sealed values on record."""
    made = {f.key: form_field(f, own, held=(held or {}).get(f.key, "") if f.sealed else "") for f in fields}
    for f in fields:
        # What the standard demands may be entered later: the page marks it, the form does not insist.
        made[f.key].is_demanded = f.required  # type: ignore[attr-defined]
    return made
