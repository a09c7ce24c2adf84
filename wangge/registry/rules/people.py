"""What may stand in a person's record: the 19 core fields of GB/T 31000-2015, judged one by one and against the document."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from wangge.registry.rules import identity, tables
from wangge.registry.rules.names import initials as initials
from wangge.registry.terms import CORE, DOCUMENTS, RIC_DOCUMENTS

FIELDS: dict[str, tables.Field] = {field.key: field for field in tables.core()}
TITLES: dict[str, str] = {"id_type": "证件类型"} | {key: field.title for key, field in FIELDS.items()}
KEYS = ("id_type", *CORE)
_LONGEST_NUMBER = 30
_SECRET = frozenset({"id_number", "phone", "religion"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field."""

    field: str
    value: str
    sentence: str


def clean(
    values: Mapping[str, Any], today: date, *, own: tables.Own | None = None, partial: bool = False
) -> tuple[dict[str, Any], list[Fault], list[str]]:
    """The values as they are kept, what is wrong, and what is doubtful.

    Codes are taken as code or label (`own`: the district's labels). `partial` judges only what is given; otherwise a name is
    needed. A citizen's number fills in birth and sex, and contradicting ones are faults. Unknown keys are faults too:
    nothing that was sent is dropped in silence. `birth_on` is kept as a date, everything else as text, nothing as "".
    """
    kept: dict[str, Any] = {}
    faults: list[Fault] = []
    warnings: list[str] = []
    for key, given in values.items():
        if key not in KEYS:
            faults.append(Fault(key, str(given), f"人员档案没有“{key}”这一项。请核对字段名称。"))
            continue
        kept[key], sentence = _one(key, given, today, own)
        if sentence:
            faults.append(Fault(key, "" if key in _SECRET else str(given), sentence))
    if (not partial or "name" in values) and not kept.get("name") and not any(f.field == "name" for f in faults):
        faults.append(Fault("name", "", "姓名不能为空。请填写证件上的姓名。"))
    _document(kept, values, today, own, faults, warnings)
    return kept, faults, warnings


def _document(
    kept: dict[str, Any],
    given: Mapping[str, Any],
    today: date,
    own: tables.Own | None,
    faults: list[Fault],
    warnings: list[str],
) -> None:
    number = kept.get("id_number")
    if not number:
        return
    id_type = kept.get("id_type") or identity.guess_type(number)
    if not id_type:
        faults.append(Fault("id_type", "", "请选择证件类型。身份证以外的证件须先写明类型。"))
        return
    checked = identity.check_document(id_type, number, today, tables.codes("2260", own))
    kept["id_type"], kept["id_number"] = id_type, checked.number
    if checked.error:
        faults.append(Fault("id_number", "", checked.error))
        return
    if checked.warning:
        warnings.append(checked.warning)
    if checked.birth_on is None:
        return
    for key, said, shown in (
        ("birth_on", checked.birth_on, f"{checked.birth_on:%Y-%m-%d}"),
        ("sex", checked.sex, {"1": "男", "2": "女"}.get(checked.sex, "")),
    ):
        if kept.get(key) and kept[key] != said:
            sentence = f"{TITLES[key]}与证件号码不一致，号码表示的是{shown}。请核对哪一项录错。"
            faults.append(Fault(key, str(given.get(key, "")), sentence))
        kept[key] = said


def _one(key: str, given: Any, today: date, own: tables.Own | None) -> tuple[Any, str]:
    """One value as it is kept, and what is wrong with it or ""."""
    if key == "birth_on":
        found, sentence = tables.check(FIELDS[key], given, today, own)
        return (date.fromisoformat(found) if found else None), sentence
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFC", str(given if given is not None else ""))).strip()
    if not text:
        return "", ""
    if not text.isprintable():
        return "", "含有不能显示的字符。请删去后重新录入。"
    if key == "id_type":
        found = text if text in DOCUMENTS else next((c for c, label in DOCUMENTS.items() if label == text), "")
        return found, "" if found else f"没有证件类型“{text}”。可填：{'、'.join(DOCUMENTS.values())}。"
    if key == "id_number":
        number = identity.plain(text)
        return number, "" if len(number) <= _LONGEST_NUMBER else f"证件号码最多 {_LONGEST_NUMBER} 位。请核对。"
    if key == "phone":
        return identity.check_phone(text)
    if key == "name":
        text, sentence = _name(text)
        if sentence:
            return "", sentence
    found, sentence = tables.check(FIELDS[key], text, today, own)
    return found or "", sentence


def _name(text: str) -> tuple[str, str]:
    # The dot of names like 阿依古丽·买买提 comes in half a dozen characters; blanks inside a Chinese name are slips.
    if not text.isascii():
        text = re.sub(r"[.．•・‧∙●]", "·", text).replace(" ", "")
    if re.search(r"[0-9０-９<>@#%&*=|\\/]", text):
        return "", "姓名中有数字或符号。请按证件上的姓名录入。"
    return text, ""


def missing(values: Mapping[str, Any]) -> list[str]:
    """The titles of the fields that the standard wants and the record does not hold yet."""
    return [field.title for key, field in FIELDS.items() if field.required and values.get(key) in (None, "")]


def age(birth_on: date | None, on: date) -> int | None:
    """Full years on the day (民法典 §17-20 count them by the birthday itself)."""
    if birth_on is None:
        return None
    return on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))


def born_between(lowest: int | None, highest: int | None, on: date) -> tuple[date | None, date | None]:
    """The births [first, last] of people who are at least `lowest` and at most `highest` years old on the day."""
    last = _years_before(on, lowest) if lowest is not None else None
    first = None
    if highest is not None:
        edge = _years_before(on, highest + 1)
        first = date.fromordinal(edge.toordinal() + 1)
    return first, last


def _years_before(on: date, years: int) -> date:
    try:
        return on.replace(year=max(on.year - years, 1))
    except ValueError:  # 29 February
        return on.replace(year=max(on.year - years, 1), day=28)


def ric(id_type: str) -> bool:
    return id_type in RIC_DOCUMENTS
