"""What people enter, checked once before anything is written: each fault a sentence that names the field."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from wangge.casework import terms
from wangge.kernel import files as stored
from wangge.kernel.errors import Refusal

_STEPS_AT_MOST = 2_000_000_000


def words(name: str, value: Any, most: int = terms.MAX_TEXT) -> str:
    """A text without surrounding blanks; refused when it is none, is too long or holds what cannot be kept."""
    label = terms.LABELS.get(name, "填写的内容")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refusal("not_text", f"“{label}”须为文字，请重新填写。", field=name, value=str(value)[:100])
    text = value.strip()
    try:
        text.encode()
    except UnicodeEncodeError:
        text = "\0"
    if "\0" in text:  # PostgreSQL keeps no such character
        raise Refusal("unprintable", f"“{label}”中有不能显示的字符，请删去后再提交。", field=name)
    if len(text) > most:
        raise Refusal(
            "text_long",
            f"“{label}”最多 {most} 个字，现为 {len(text)} 个字。请精简后再提交。",
            field=name,
            value=len(text),
        )
    return text


def given(values: dict[str, Any]) -> dict[str, Any]:
    """A command's further inputs, every text among them checked; lists stay lists."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, str):
            found[name] = words(name, value)
        elif isinstance(value, list | tuple):
            found[name] = [words(name, one) for one in value]
        elif value is None or isinstance(value, bool | int | date | datetime):
            found[name] = value
        else:
            raise Refusal("not_text", "填写的内容格式不对，请重新填写。", field=name, value=str(value)[:100])
    return found


def codes(values: Any, name: str) -> list[str]:
    """Several codes from a list, or one."""
    if values in (None, ""):
        return []
    listed = values if isinstance(values, list | tuple) else [values]
    return [str(one) for one in listed if one]


def files(hashes: Sequence[str]) -> list[str]:
    """Hashes of files that are stored here."""
    if not hashes:
        return []
    listed: list[Any] = list(hashes) if isinstance(hashes, list | tuple) else [hashes]
    for one in listed:
        if not isinstance(one, str) or len(one) != 64 or not one.isalnum() or not one.isascii():
            raise Refusal("unknown_file", "有照片或文件没有上传成功，请重新选择。", field="files", value=str(one)[:70])
    if absent := stored.missing(listed):
        raise Refusal("unknown_file", "有照片或文件尚未上传，请先上传再提交。", field="files", value=next(iter(absent)))
    return listed


def step(value: Any) -> int | None:
    """The step that somebody was looking at."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < _STEPS_AT_MOST):
        return value
    raise Refusal("bad_step", "页面已过期，请刷新后再操作。您填写的内容已保留。", field="seen_step", status=409)


def number(value: Any, name: str, most: int) -> int:
    """A whole number from 0 to 999 in plain or full-width digits."""
    raw = str(value).strip()
    if not raw.isdecimal() or len(raw) > 3:
        said = raw if len(raw) <= 20 else f"{raw[:20]}…"
        raise Refusal("bad_amount", f"“{said}”不是整数，请填写 1 至 {most}。", field=name, value=said)
    return int(raw)


def grade(value: Any) -> int:
    """One of the five grades."""
    raw = str(value).strip()
    if isinstance(value, bool) or len(raw) != 1 or not raw.isdecimal() or int(raw) not in terms.GRADES:
        raise Refusal("bad_grade", "请在五个等级中选择一个。", field="grade", value=raw[:20])
    return int(raw)


def day(value: Any, name: str) -> date:
    """A date, given as one or as `2026-01-31`."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value or ""))
    except ValueError:
        label, said = terms.LABELS.get(name, "日期"), str(value or "")[:20]
        raise Refusal(
            "bad_date", f"{label}“{said}”不是日期，请按 2026-01-31 的格式填写。", field=name, value=said
        ) from None
