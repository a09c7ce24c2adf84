"""Numbers that name a person or an organisation: identity documents, credit codes, telephones; and how they are masked.

Sources: GB 11643-1999 公民身份号码 §4-5 (and the 15-digit number it replaced); GB 32100-2015 法人和其他组织统一社会信用代码 §4-5;
GA/T 517 for the types of other documents, whose numbers have no common form and are never forced into one.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from wangge.registry.terms import DOCUMENTS, RIC_DOCUMENTS

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# Kept by the registry and public security organs for people: GB 11643 §4.1 (810000, 820000, 830000: 港澳台居民居住证申领发放办法 §8).
_RESIDENCE_CARD = ("81", "82", "83")
OLDEST = 130


@dataclass(frozen=True, slots=True)
class Checked:
    """A number as it is kept, what it says of its holder, and what is doubtful (`warning`) or wrong (`error`) about it."""

    number: str
    birth_on: date | None = None
    sex: str = ""
    warning: str = ""
    error: str = ""


def plain(text: str) -> str:
    """Half width, upper case, without blanks and dashes that people put between groups of digits."""
    return re.sub(r"[\s\-—–·]", "", unicodedata.normalize("NFKC", text or "")).upper()


def check_digit(first17: str) -> str:
    """The 18th place of a citizen's number (GB 11643 §5)."""
    return _CHECK[sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True)) % 11]


def extended(fifteen: str) -> str:
    """The 18-digit form of a 15-digit number: all of them were given to people born before 2000."""
    first17 = f"{fifteen[:6]}19{fifteen[6:]}"
    return first17 + check_digit(first17)


def id_forms(number: str) -> list[str]:
    """Every form under which a number may have been kept: as typed, and its 18-digit form."""
    typed = plain(number)
    return [typed, extended(typed)] if re.fullmatch(r"\d{15}", typed) else [typed]


def check_document(
    id_type: str, number: str, today: date | None = None, counties: Collection[str] | None = None
) -> Checked:
    """Judge a number of a document of this type (GA/T 517 code).

    Numbers of 18 digits are judged by form, date and check digit. A place code that `counties` does not know is only a
    warning: counties are abolished and renumbered, and their people keep the numbers they were given.
    """
    typed = plain(number)
    if id_type and id_type not in DOCUMENTS:
        return Checked(typed, error=f"没有证件类型“{id_type}”。请从列表中选择。")
    if id_type not in RIC_DOCUMENTS:
        if not re.fullmatch(r"[0-9A-Z()（）/]{4,30}", typed):
            return Checked(typed, error="证件号码应为 4 至 30 位字母和数字。请按证件重新录入。")
        return Checked(typed)
    if re.fullmatch(r"\d{15}", typed):
        typed = extended(typed)
    if not re.fullmatch(r"\d{17}[\dX]", typed):
        return Checked(
            typed,
            error=f"公民身份号码应为 18 位，前 17 位是数字，末位是数字或 X，现有 {len(typed)} 位。请按证件重新录入。",
        )
    if check_digit(typed[:17]) != typed[17]:
        return Checked(typed, error="校验码不符，号码中有一位或几位录错。请对照证件逐位核对。")
    try:
        birth = date(int(typed[6:10]), int(typed[10:12]), int(typed[12:14]))
    except ValueError:
        return Checked(typed, error="号码第 7 至 14 位不是日期。请对照证件核对。")
    if today is not None and (birth > today or today.year - birth.year > OLDEST):
        return Checked(typed, error=f"号码中的出生日期是 {birth:%Y-%m-%d}，不合理。请对照证件核对。")
    return Checked(typed, birth, "1" if int(typed[16]) % 2 else "2", _county_warning(typed, id_type, counties))


def _county_warning(number: str, id_type: str, counties: Collection[str] | None) -> str:
    if id_type == "818" and not number.startswith(_RESIDENCE_CARD):
        return "港澳台居民居住证号码一般以 81、82、83 开头，请核对证件类型。"
    if counties is None or number[:6] in counties or number.startswith(_RESIDENCE_CARD):
        return ""
    return "号码前 6 位不在现行区划代码中，可能是已撤销的区划。请核对，属实的照录。"


def document_key(id_type: str, number: str) -> str:
    """What stands for the document in a blind index: a citizen's number bare, others with their type before them."""
    typed = plain(number)
    return typed if id_type in RIC_DOCUMENTS or not id_type else f"{id_type}:{typed}"


def guess_type(number: str) -> str:
    """The type that the form of a bare number suggests: a citizen's card for 15 or 18 places, else none."""
    return "111" if re.fullmatch(r"\d{15}|\d{17}[\dX]", plain(number)) else ""


def check_phone(text: str) -> tuple[str, str]:
    """A telephone as kept (digits, `-` before an extension or after an area code) and a fault or ""."""
    typed = re.sub(r"\s", "", unicodedata.normalize("NFKC", text or "")).replace("—", "-").replace("－", "-")
    typed = re.sub(r"^(\+?86|0086)-?(?=1\d{10}$)", "", typed)
    if re.fullmatch(r"1\d{2}[- ]?\d{4}[- ]?\d{4}", typed):
        return typed.replace("-", ""), ""
    if re.fullmatch(r"(0\d{2,3}-?)?\d{7,8}(-\d{1,6})?", typed) or re.fullmatch(r"\+?\d[\d-]{6,24}", typed):
        return typed, ""
    return typed, "电话号码应为 11 位手机号，或带区号的固定电话。请核对后重新录入。"


def uscc_check_digit(first17: str) -> str:
    """The 18th place of a unified social credit code (GB 32100 §5)."""
    total = sum(_USCC.index(c) * pow(3, i, 31) for i, c in enumerate(first17))
    return _USCC[(31 - total % 31) % 31]


def check_uscc(text: str) -> tuple[str, str]:
    """A unified social credit code as kept, and a fault or ""."""
    code = plain(text)
    if len(code) != 18 or any(c not in _USCC for c in code):
        return code, "统一社会信用代码应为 18 位数字和大写字母（没有 I、O、S、V、Z）。请按证照重新录入。"
    if uscc_check_digit(code[:17]) != code[17]:
        return code, "统一社会信用代码的校验码不符，有一位或几位录错。请对照证照逐位核对。"
    return code, ""


def mask_id(text: str) -> str:
    """A document number with its middle hidden: six before and four after of a citizen's number, else two and two."""
    if not text:
        return ""
    head, tail = (6, 4) if len(text) >= 15 else (2, 2) if len(text) >= 7 else (1, 1)
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]


def mask_phone(text: str) -> str:
    """`142****0001`: the middle four of a mobile number, all but the last two digits of others."""
    if not text:
        return ""
    if re.fullmatch(r"1\d{10}", text):
        return f"{text[:3]}****{text[7:]}"
    return "*" * max(len(text) - 2, 3) + text[-2:]


def mask_name(text: str) -> str:
    """`张*`, `张**`: the family name only. Two characters of it where four or more stand."""
    if not text:
        return ""
    kept = 2 if len(text) >= 4 and not text.isascii() else 1
    return text[:kept] + "*" * min(max(len(text) - kept, 1), 3)
