"""The data tables and code tables of GB/T 31000-2015, as data, and what a value must be to stand in a field of one.

Source: GB/T 31000-2015 chapters 4 and 5, and the standards that its fields name (data/tables.yaml, data/codes.yaml). A district
may call a code by its own name, and may add codes of its own: such labels come in as `own`, {table: {code: label}}.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

Own = Mapping[str, Mapping[str, str]]
Fault = tuple[str, str, str]
"""(key, value as given, sentence). The value of a sealed field is not repeated."""

_FUTURE = frozenset({"leaves_on", "due_on"})
# Two days of one table that stand in this order.
_ORDER: dict[str, tuple[tuple[str, str], ...]] = {
    "T13": (("registered_on", "permit_until"),),
    "T15": (("arrived_on", "leaves_on"),),
    "T17": (("released_on", "met_on"),),
    "T18": (("sentence_from", "sentence_until"), ("correction_from", "correction_until")),
    "T19": (("first_ill_on", "last_harmed_on"),),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `kind` is C text, N number, D day or `multi` (several codes); `origin` says where its value is kept: `details`
    of the row itself, else `row`, `person`, `household` or `place`."""

    key: str
    title: str
    kind: str
    length: int
    required: bool
    codes: str = ""
    sealed: bool = False
    decimals: int = 0
    origin: str = "details"

    @property
    def type(self) -> str:
        """As the standard writes it: C18, N8,2, D."""
        letter = "C" if self.kind == "multi" else self.kind
        return letter if letter == "D" else f"{letter}{self.length}" + (f",{self.decimals}" if self.decimals else "")


@dataclass(frozen=True, slots=True)
class Table:
    """One data table. `basis`: V read in the standard, S from products that implement it, K only its title is known, X our own."""

    code: str
    title: str
    fields: tuple[Field, ...]
    basis: str = "V"

    @property
    def extra(self) -> tuple[Field, ...]:
        """The fields that are kept with the row itself (`details`, or its sealed part)."""
        return tuple(f for f in self.fields if f.origin == "details")

    def field(self, key: str) -> Field:
        """Raises KeyError."""
        return next((f for f in self.fields if f.key == key), None) or _missing(self.code, key)


@dataclass(frozen=True, slots=True)
class CodeTable:
    """One code table. `pattern`: further codes that are accepted unlisted; `outward`: own codes and what they are exported as."""

    name: str
    title: str
    source: str
    codes: Mapping[str, str]
    pattern: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)
    outward: Mapping[str, str] = field(default_factory=dict)


def table(code: str) -> Table:
    """`table("T13")`. Raises KeyError."""
    return _tables()[code]


def tables() -> Sequence[Table]:
    """T1 to T35 in the standard's order, then the district's own (X1, X2)."""
    return tuple(_tables().values())


def core() -> tuple[Field, ...]:
    """The 19 starred fields of a person."""
    return table("T12").fields[:19]


def code_table(name: str) -> CodeTable:
    """`code_table("5.11")`. Raises KeyError."""
    return _codes()[name]


def code_tables() -> Sequence[CodeTable]:
    return tuple(_codes().values())


def codes(name: str, own: Own | None = None) -> dict[str, str]:
    """{code: label} of a code table, with the district's own labels and codes. Raises KeyError."""
    listed = dict(code_table(name).codes)
    return listed | dict(own[name]) if own and name in own else listed


def code_name(name: str, code: str | None, own: Own | None = None) -> str:
    """The label of a code; the code itself where it has no name (a retired place, a finer level); "" for none."""
    if not code:
        return ""
    if own and code in own.get(name, {}):
        return own[name][code]
    return code_table(name).codes.get(code, code)


def find_code(name: str, text: str, own: Own | None = None) -> str | None:
    """The code that a text means: itself a code, a label, or an alias. None when it means none, or more than one."""
    known = code_table(name)
    listed = codes(name, own)
    width = len(next(iter(listed), ""))
    text = _plain(text)
    if text in listed:
        return text
    # A spreadsheet drops the leading zero of a code that it takes for a number.
    if text.isdigit() and text.zfill(width) in listed and len(text) < width:
        return text.zfill(width)
    labels = _by_label(name) if not (own and name in own) else _labels(listed)
    found = labels.get(text) or [known.aliases[t] for t in (text,) if t in known.aliases]
    if len(found) == 1:
        return found[0]
    return text if known.pattern and re.fullmatch(known.pattern, text) else None


def outward(name: str, code: str, stands_for: Mapping[tuple[str, str], str] | None = None) -> str:
    """The code of the standard for a code of the district's own; the code itself when it is the standard's."""
    if stands_for and (name, code) in stands_for:
        return stands_for[name, code]
    return code_table(name).outward.get(code, code)


def validate(
    code: str,
    values: Mapping[str, Any],
    today: date,
    *,
    own: Own | None = None,
    partial: bool = False,
    origins: frozenset[str] = frozenset({"details"}),
) -> tuple[dict[str, Any], list[Fault]]:
    """Check values by key against a table: (clean, faults).

    A code may be given as code or label. Clean values can be kept as JSON: text, whole number or float, a day as "2026-03-10",
    several codes as a list; empty ones are left out. Fields of the given `origins` are demanded where the standard demands them
    (none when `partial`); any other field of the table is checked when it is given.
    """
    clean: dict[str, Any] = {}
    faults: list[Fault] = []
    known = {f.key: f for f in table(code).fields}
    for key, value in values.items():
        if key not in known:
            faults.append((key, _shown(value), f"{table(code).title}没有这个项目。"))
            continue
        result, sentence = check(known[key], value, today, own)
        if sentence:
            faults.append((key, "" if known[key].sealed else _shown(value), sentence))
        elif result not in (None, "", []):
            clean[key] = result
    wrong = {f[0] for f in faults}
    if not partial:
        for f in known.values():
            if f.required and f.origin in origins and f.key not in clean and f.key not in wrong:
                faults.append((f.key, "", f"“{f.title}”必填。"))
    for first, then in _ORDER.get(code, ()):
        if first in clean and then in clean and clean[then] < clean[first]:
            faults.append(
                (then, clean[then], f"“{known[then].title}”早于“{known[first].title}”{clean[first]}，请核对两个日期。")
            )
    return clean, faults


def check(field: Field, value: Any, today: date, own: Own | None = None) -> tuple[Any, str]:
    """(clean value, "") or (None, what is wrong and what to write). An empty value is (None, "")."""
    if value is None or (isinstance(value, str) and not value.strip()) or value == []:
        return None, ""
    if field.kind == "multi":
        return _several(field, value, own)
    if field.codes:
        text = _shown(value)
        found = find_code(field.codes, text, own)
        return (found, "") if found else (None, _choices(field, own))
    if field.kind == "D":
        return _day(field, value, today)
    if field.kind == "N":
        return _number(field, value)
    text = _shown(value)
    if len(text) > field.length:
        return None, f"“{field.title}”最多 {field.length} 个字，现有 {len(text)} 个。"
    return text, ""


def written(field: Field, value: Any, own: Own | None = None) -> str:
    """A clean value as a person reads it: labels instead of codes."""
    if value in (None, "", []):
        return ""
    if field.kind == "multi":
        return "、".join(code_name(field.codes, v, own) for v in value)
    return code_name(field.codes, str(value), own) if field.codes else str(value)


def exported(field: Field, value: Any, stands_for: Mapping[tuple[str, str], str] | None = None) -> str:
    """A clean value as the standard's tables carry it: codes, several of them with commas between, days as 20260310."""
    if value in (None, "", []):
        return ""
    if field.kind == "multi":
        return ",".join(dict.fromkeys(outward(field.codes, str(v), stands_for) for v in value))
    if field.codes:
        return outward(field.codes, str(value), stands_for)
    if field.kind == "D":
        return value.strftime("%Y%m%d") if isinstance(value, date) else str(value).replace("-", "")
    if field.kind == "N" and field.decimals:
        return f"{Decimal(str(value)):.{field.decimals}f}".rstrip("0").rstrip(".")
    return str(value)


def exporter(
    code: str, stands_for: Mapping[tuple[str, str], str] | None = None
) -> Callable[[Mapping[str, Any]], list[str]]:
    """What turns a row by key into the cells of its table, as `exported` would; each code and day is worked out once."""
    made = [(f.key, _printer(f, stands_for)) for f in table(code).fields]

    def cells(row: Mapping[str, Any]) -> list[str]:
        held = [(row.get(key), told) for key, told in made]
        return [told(value) if value or value == 0 else "" for value, told in held]

    return cells


def _printer(field: Field, stands_for: Mapping[tuple[str, str], str] | None) -> Callable[[Any], str]:
    if field.kind != "multi" and (field.codes or field.kind in "ND"):
        return lru_cache(maxsize=20_000)(lambda value: exported(field, value, stands_for))
    return (lambda value: exported(field, value, stands_for)) if field.kind == "multi" else str


# ---- values ---------------------------------------------------------------------------------------------------------


def _several(field: Field, value: Any, own: Own | None) -> tuple[list[str] | None, str]:
    parts = value if isinstance(value, list | tuple) else [p for p in re.split(r"[,，、;；|\s]+", _shown(value)) if p]
    listed = codes(field.codes, own)
    if len(parts) == 1 and parts[0].isdigit() and len(parts[0]) > 2:
        parts = re.findall("..?", parts[0])
    found = [find_code(field.codes, _shown(p), own) for p in parts]
    if None in found:
        return None, _choices(field, own)
    return [c for c in listed if c in found], ""


def _day(field: Field, value: Any, today: date) -> tuple[str | None, str]:
    if isinstance(value, datetime):
        day: date | None = value.date()
    elif isinstance(value, date):
        day = value
    else:
        m = re.fullmatch(
            r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?", _shown(value)
        ) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", _shown(value))
        try:
            day = date(*map(int, m.groups())) if m else None
        except ValueError:
            day = None
    if day is None or not 1850 <= day.year <= 2200:
        return None, f"“{field.title}”不是日期，应写成 2026-03-10。"
    if field.key.endswith("_on") and field.key not in _FUTURE and day > today:
        return None, f"“{field.title}”晚于今天，请核对。"
    return day.isoformat(), ""


def _number(field: Field, value: Any) -> tuple[int | float | None, str]:
    text = _shown(value).replace(",", "").replace("，", "")
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        return None, f"“{field.title}”应为数字，例如 12。"
    if not field.decimals and number != number.to_integral_value():
        return None, f"“{field.title}”应为整数。"
    if number < 0 and field.key not in ("lng", "lat"):
        return None, f"“{field.title}”不能为负数。"
    if abs(number) >= 10 ** (field.length - field.decimals):
        return None, f"“{field.title}”最多 {field.length - field.decimals} 位整数。"
    return (float(round(number, field.decimals)) if field.decimals else int(number)), ""


def _choices(field: Field, own: Own | None) -> str:
    listed = codes(field.codes, own)
    title = f"“{field.title}”"
    if not listed:
        return f"{title}应填 {field.length} 位代码。"
    if len(listed) > 12:
        return f"{title}不在代码表“{code_table(field.codes).title}”内，或名称对应多个代码。请填代码，或在数据字典中查找名称。"
    finer = f"，或 {field.length} 位代码" if code_table(field.codes).pattern else ""
    return f"{title}只能填：{'、'.join(listed.values())}{finer}。"


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).replace("“", "").replace("”", "")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str("" if value is None else value).strip()


# ---- reading the tables -----------------------------------------------------------------------------------------------


def _data(name: str) -> str:
    return files("wangge.registry").joinpath("data", name).read_text(encoding="utf-8")


def _missing(code: str, key: str) -> Field:
    raise KeyError(f"{code}.{key}")


@lru_cache(maxsize=1)
def _tables() -> dict[str, Table]:
    told = yaml.safe_load(_data("tables.yaml"))
    starred = [read_field(key, text) for key, text in told["core"].items()]
    result = {}
    for code, one in told["tables"].items():
        first = starred if one.get("core") == "all" else []
        optional = set(one.get("optional", ()))
        fields = [_loosened(f) if f.key in optional else f for f in first]
        fields += [read_field(key, text) for key, text in one["fields"].items()]
        result[code] = Table(code, one["title"], tuple(fields), one["basis"])
    return result


def read_field(key: str, text: str) -> Field:
    """A field as a data file writes it: `title type length,decimals [*] [!] [code table] [sealed] [@origin]`."""
    title, type_, *rest = text.split()
    m = re.fullmatch(r"([CND])(\d*)(?:,(\d+))?(\*?)(!?)", type_)
    if not m:
        raise ValueError(f"{key}: {text}")
    letter, length, decimals, star, must = m.groups()
    origin = next((r[1:] for r in rest if r.startswith("@")), "details")
    named = next((r for r in rest if r != "sealed" and not r.startswith("@")), "")
    return Field(
        key, title, "multi" if star else letter, int(length or 8), bool(must), named, "sealed" in rest,
        int(decimals or 0), origin,
    )  # fmt: skip


def _loosened(f: Field) -> Field:
    return Field(f.key, f.title, f.kind, f.length, False, f.codes, f.sealed, f.decimals, f.origin)


@lru_cache(maxsize=1)
def _codes() -> dict[str, CodeTable]:
    told = yaml.safe_load(_data("codes.yaml"))["tables"]
    return {name: _code_table(name, one) for name, one in told.items()}


def _code_table(name: str, one: Mapping[str, Any]) -> CodeTable:
    listed = one.get("codes") or {}
    if "file" in one:
        listed = {row["code"]: row["name"] for row in csv.DictReader(io.StringIO(_data(one["file"])))}
    return CodeTable(
        name,
        one["title"],
        one["source"],
        listed,
        one.get("pattern", ""),
        one.get("aliases", {}),
        one.get("outward", {}),
    )


@lru_cache(maxsize=128)
def _by_label(name: str) -> dict[str, list[str]]:
    return _labels(code_table(name).codes)


def _labels(listed: Mapping[str, str]) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    for code, label in listed.items():
        result.setdefault(_plain(label), []).append(code)
    return result
