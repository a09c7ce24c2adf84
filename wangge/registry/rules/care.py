"""The further fields of each care group, as data, and what a value must be to stand in one. Sources: data/care.yaml."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from wangge.registry.rules import tables


@lru_cache(maxsize=1)
def _told() -> dict[str, Any]:
    text = files("wangge.registry").joinpath("data", "care.yaml").read_text(encoding="utf-8")
    told: dict[str, Any] = yaml.safe_load(text)
    return told


@lru_cache(maxsize=32)
def fields(kind: str) -> tuple[tables.Field, ...]:
    """The fields of the group, in the order of its page. Raises KeyError for a group that is none."""
    return tuple(tables.read_field(key, text) for key, text in _told()["groups"][kind].items())


def choices(name: str) -> dict[str, str]:
    """{code: label} of a code table of the care groups; empty when there is none of this name."""
    return dict(_told()["codes"].get(name, {}))


def written(field: tables.Field, value: Any) -> str:
    """A kept value as a person reads it."""
    return "" if value in (None, "") else choices(field.codes).get(str(value), str(value))


def validate(
    kind: str, values: Mapping[str, Any], today: date, *, partial: bool = False
) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """(clean, faults) as `tables.validate`; a code may be given as code or label."""
    clean: dict[str, Any] = {}
    faults: list[tuple[str, str, str]] = []
    known = {field.key: field for field in fields(kind)}
    for key, value in values.items():
        if key not in known:
            faults.append((key, "", f"这一类别没有“{key}”这一项。请核对。"))
            continue
        result, sentence = _check(known[key], value, today)
        if sentence:
            faults.append((key, "" if known[key].sealed else str(value), sentence))
        elif result not in (None, ""):
            clean[key] = result
    wrong = {key for key, _, _ in faults}
    if not partial:
        lost = [f for f in known.values() if f.required and f.key not in clean and f.key not in wrong]
        faults += [(f.key, "", f"“{f.title}”必填。") for f in lost]
    return clean, faults


def _check(field: tables.Field, value: Any, today: date) -> tuple[Any, str]:
    if not field.codes:
        return tables.check(field, value, today)
    text, listed = str(value if value is not None else "").strip(), choices(field.codes)
    if not text or text in listed:
        return text, ""
    code = next((code for code, label in listed.items() if label == text), "")
    return code, "" if code else f"“{field.title}”只能填：{'、'.join(listed.values())}。"
