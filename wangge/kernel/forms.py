"""What every form on screen shares: fields whose faults are sentences, and refusals that land beside their field."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from wangge.kernel import files, sniff
from wangge.kernel.errors import Refusal
from wangge.kernel.web import as_refusal

MEDIA = {ending: kind for kind, ending in sniff.EXTENSIONS.items()} | {
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
}
MISSING = {"required": "请填写这一项。", "invalid": "格式不正确，请核对。", "invalid_choice": "请从列表中选择。"}


def text(label: str, *, required: bool = True, longest: int = 80, help_text: str = "", **attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=longest,
        help_text=help_text,
        error_messages={**MISSING, "max_length": f"最长 {longest} 字，请缩短。"},
        widget=forms.TextInput(attrs=attrs),
    )


def offer(form: forms.BaseForm, name: str, choices: Iterable[Any]) -> None:
    """What the choice field of this name offers, known only when the form is made."""
    field: Any = form.fields[name]
    field.choices = list(choices)


def day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        error_messages={**MISSING, "invalid": "日期写作 2022-06-01 的样式。"},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class PlainForm(forms.Form):
    """A form that takes a refusal to the field it names."""

    def refuse(self, refusal: Refusal) -> None:
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.sentence)


def attempt(form: Any, act: Callable[[], Any]) -> Any:
    """Run a service; a refusal (or a constraint with a sentence) lands on the form and None comes back."""
    try:
        with transaction.atomic():
            return act()
    except (Refusal, IntegrityError) as error:
        refusal = as_refusal(error)
        if refusal is None:
            raise
        form.refuse(refusal)
        return None


def download(content: bytes, name: str, kind: str = "") -> HttpResponse:
    """A file to be saved under the name; without a `kind`, the ending of the name says its media type."""
    kind = kind or MEDIA.get(name.rpartition(".")[2], "application/octet-stream")
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def spreadsheet(content: bytes, name: str) -> HttpResponse:
    return download(content, f"{name}.xlsx")


def sent(file: files.StoredFile, name: str) -> HttpResponse:
    """A stored document of a few megabytes, byte for byte, to be saved under the name."""
    with files.open_derivative(file) as stream:
        return download(stream.read(), name, file.media_type)
