"""What may stand in a person's record: the 19 core fields of GB/T 31000-2015, judged one by one and against the document."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from wangge.registry.rules import identity
from wangge.registry.rules.names import initials as initials
from wangge.registry.terms import CORE, DOCUMENTS, RIC_DOCUMENTS

Codes = Mapping[str, str]
Look = Callable[[str], Codes]


class Core(NamedTuple):
    """A core field: its title and length in the standard, and the code table its values come from ("" when none)."""

    title: str
    length: int
    codes: str = ""
    wanted: bool = True


# GB/T 31000-2015, the starred fields of tables 12 and following. `wanted`: marked mandatory there; a record may be opened
# without them, and shows as incomplete until they are known.
FIELDS: dict[str, Core] = {
    "id_number": Core("公民身份号码", 30),
    "name": Core("姓名", 50),
    "former_name": Core("曾用名", 50, wanted=False),
    "sex": Core("性别", 1, "2261.1"),
    "birth_on": Core("出生日期", 10),
    "ethnic": Core("民族", 2, "3304"),
    "native_place": Core("籍贯", 6, "2260"),
    "marriage": Core("婚姻状况", 2, "2261.2"),
    "politics": Core("政治面貌", 2, "4762"),
    "education": Core("学历", 2, "4658"),
    "religion": Core("宗教信仰", 2, "214.12", wanted=False),
    "occupation_class": Core("职业类别", 5, "6565"),
    "occupation": Core("职业", 30),
    "employer": Core("服务处所", 100, wanted=False),
    "phone": Core("联系方式", 50),
    "hukou_area": Core("户籍地", 6, "2260"),
    "hukou_address": Core("户籍门（楼）详址", 80),
    "home_area": Core("现住地", 6, "2260"),
    "home_address": Core("现住门（楼）详址", 80),
}
TITLES: dict[str, str] = {"id_type": "证件类型"} | {key: field.title for key, field in FIELDS.items()}
KEYS = ("id_type", *CORE)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field."""

    field: str
    value: str
    sentence: str


def clean(
    values: Mapping[str, Any], today: date, look: Look, *, partial: bool = False
) -> tuple[dict[str, Any], list[Fault], list[str]]:
    """The values as they are kept, what is wrong, and what is doubtful.

    Codes are taken as code or label (`look` gives a table's code → label). `partial` judges only what is given; otherwise
    a name is needed. A citizen's number fills in birth and sex, and contradicting ones are faults. Unknown keys are
    faults too: nothing that was sent is dropped in silence.
    """
    kept: dict[str, Any] = {}
    faults: list[Fault] = []
    warnings: list[str] = []
    for key, given in values.items():
        if key not in KEYS:
            faults.append(Fault(key, str(given), f"人员档案没有“{key}”这一项。请核对字段名称。"))
            continue
        try:
            kept[key] = _one(key, given, look)
        except ValueError as wrong:
            faults.append(Fault(key, "" if key in ("id_number", "phone", "religion") else str(given), str(wrong)))
    if (not partial or "name" in values) and not kept.get("name") and not any(f.field == "name" for f in faults):
        faults.append(Fault("name", "", "姓名不能为空。请填写证件上的姓名。"))
    if kept.get("birth_on") and kept["birth_on"] > today:
        faults.append(Fault("birth_on", f"{kept['birth_on']:%Y-%m-%d}", "出生日期在今天之后。请核对。"))
    _document(kept, values, today, look, faults, warnings)
    return kept, faults, warnings


def _document(
    kept: dict[str, Any],
    given: Mapping[str, Any],
    today: date,
    look: Look,
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
    checked = identity.check_document(id_type, number, today, look("2260"))
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


def _one(key: str, given: Any, look: Look) -> Any:
    """One value as it is kept. Raises `ValueError` with the sentence."""
    if key == "birth_on":
        return _day(given)
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFC", str(given if given is not None else ""))).strip()
    if not text.isprintable():
        raise ValueError("含有不能显示的字符。请删去后重新录入。")
    if not text:
        return ""
    if key == "id_type":
        return _coded(text, DOCUMENTS, "证件类型")
    field = FIELDS[key]
    if key == "phone":
        text, fault = identity.check_phone(text)
        if fault:
            raise ValueError(fault)
    elif key == "id_number":
        text = identity.plain(text)
    elif key == "name":
        text = _name(text)
    elif field.codes:
        return _coded(text, look(field.codes), field.title)
    if len(text) > field.length:
        raise ValueError(f"{field.title}最多 {field.length} 个字，现有 {len(text)} 个。请缩短。")
    return text


def _name(text: str) -> str:
    # The dot of names like 阿依古丽·买买提 comes in half a dozen characters; blanks inside a Chinese name are slips.
    text = re.sub(r"[.．•・‧∙●]", "·", text) if not text.isascii() else text
    text = text if text.isascii() else text.replace(" ", "")
    if re.search(r"[0-9０-９<>@#%&*=|\\/]", text):
        raise ValueError("姓名中有数字或符号。请按证件上的姓名录入。")
    return text


def _coded(text: str, codes: Codes, title: str) -> str:
    if text in codes:
        return text
    for code, label in codes.items():
        if text == label:
            return code
    # 汉 for 汉族, 男性 for 男: what people write beside what the table prints.
    for code, label in codes.items():
        if text + "族" == label or text == label + "性" or text == label + "族":
            return code
    some = "、".join(list(codes.values())[:6])
    raise ValueError(
        f"{title}“{text}”不在代码表中。可填：{some}等，或其代码。" if some else f"{title}的代码表尚未载入。"
    )


def _day(given: Any) -> date | None:
    if isinstance(given, date):
        return given
    text = str(given or "").strip()
    if not text:
        return None
    found = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", text)
    try:
        return date(*(int(part) for part in found.groups())) if found else _no_day()
    except ValueError:
        return _no_day()


def _no_day() -> date:
    raise ValueError("日期无法识别，应写成 1986-05-06 的样式。")


def missing(values: Mapping[str, Any]) -> list[str]:
    """The titles of the fields that the standard wants and the record does not hold yet."""
    return [field.title for key, field in FIELDS.items() if field.wanted and values.get(key) in (None, "")]


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
