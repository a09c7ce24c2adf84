"""Fixtures of the street: their codes (GB/T 30428.2-2013). Pure Python."""

import re

from wangge.kernel.errors import Refusal

MOST_SEQUENCE = 999_999


def code_of(county: int, kind: str, sequence: int) -> str:
    """6 digits of the county + 4 of class and kind + 6 of its own; `Refusal` when the numbers of the kind are used up."""
    if not 1 <= sequence <= MOST_SEQUENCE:
        raise Refusal("codes_used_up", "这一类部件的流水号已用完。请核对部件类别。", field="kind", value=kind)
    return f"{county:06d}{kind}{sequence:06d}"


def read_code(text: str) -> tuple[int, str, int]:
    """(county, kind, sequence) of a fixture code; `Refusal` when it is none."""
    plain = re.sub(r"\s", "", text)
    if not re.fullmatch(r"[1-9]\d{15}", plain):
        raise Refusal(
            "bad_code", "部件标识码应为 16 位数字：6 位区划、4 位类别、6 位流水号。", field="code", value=text
        )
    return int(plain[:6]), plain[6:10], int(plain[10:])


# What a check says of the fixture itself.
STATE_AFTER = {"found": "intact", "damaged": "damaged", "missing": "missing"}
