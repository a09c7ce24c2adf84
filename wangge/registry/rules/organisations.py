"""What is kept of an organisation of each kind, and what is wrong with it.

Sources: GB/T 31000-2015 tables 23 (非公有制经济组织), 24 (社会组织), 29 (寄递物流), 31 (学校); GB 32100-2015 for credit codes.
The standard's mandatory fields are not demanded at registration: an officer at a shop door knows its name and its place, and the
rest is asked for later. What is still missing is always on the page, in the list and in the export's report.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pypinyin import Style, lazy_pinyin

from wangge.registry.rules import identity, tables
from wangge.registry.rules.tables import Fault, Field, Own

TABLES: dict[str, str] = {
    "enterprise": "T23",
    "social": "T24",
    "school": "T31",
    "courier": "T29",
    "public": "X1",
    "venue": "X2",
}
ROW = ("uscc", "name", "address", "phone", "lng", "lat")
GROUPS = ("基本情况", "责任人", "安全", "党群组织")
_PEOPLE = ("legal_", "head_", "guard_", "safety_name", "safety_phone", "police_")
_MEMBERS = frozenset(
    [
        "can_have_party",
        "has_party",
        "party_members",
        "has_union",
        "union_members",
        "has_league",
        "league_members",
        "has_women",
        "women",
    ]
)
_SAFETY = frozenset(
    [
        "safety_hazard",
        "attention",
        "is_hazardous",
        "checks_before_sealing",
        "checks_names",
        "checks_xray",
        "cameras",
        "xray",
        "guards",
        "is_foreign_backed",
    ]
)
# A count that stands only beside its “has”.
_COUNTED = (
    ("has_party", "party_members"),
    ("has_union", "union_members"),
    ("has_league", "league_members"),
)


@dataclass(slots=True)
class Checked:
    """`row` the organisation's own columns, `plain` its details, `sealed` the named persons' documents and telephones."""

    row: dict[str, Any] = field(default_factory=dict)
    plain: dict[str, Any] = field(default_factory=dict)
    sealed: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def initials(name: str) -> str:
    """The initials that find an organisation: words are read as words, so 商行 gives `sh` (a person's 行 would give `x`)."""
    return "".join(c for c in "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower() if c.isalnum())[:100]


def table_of(kind: str) -> tables.Table:
    """The table of a kind. Raises KeyError for an unknown kind."""
    return tables.table(TABLES[kind])


def clean(kind: str, values: Mapping[str, Any], today: date, own: Own | None = None) -> Checked:
    """Check values of a kind by key; only what is given is judged, and an empty value means that it is to be emptied."""
    known = {f.key: f for f in table_of(kind).fields}
    made = Checked()
    given, made.faults = tables.validate(
        TABLES[kind], {k: v for k, v in values.items() if k in known}, today, own=own, partial=True
    )
    made.faults += [(k, "", "这类组织没有这个项目。") for k in values if k not in known and k not in ROW]
    if values.get("uscc"):
        code, wrong = identity.check_uscc(str(values["uscc"]))
        made.faults = [f for f in made.faults if f[0] != "uscc"]
        if wrong:
            made.faults.append(("uscc", str(values["uscc"]), wrong))
        given["uscc"] = code
    for f in known.values():
        if f.key in given and f.kind == "C" and (f.key.endswith("_phone") or f.key == "phone"):
            number, wrong = identity.check_phone(str(given[f.key]))
            if wrong:
                made.faults.append((f.key, "", f"“{f.title}”：{wrong}"))
            given[f.key] = number
    _judge_document(known, given, made.faults, today)
    for has, count in _COUNTED:
        if given.get(has) == "0" and given.get(count):
            made.faults.append((count, str(given[count]), f"“{known[has].title}”为否，“{known[count].title}”应为 0。"))
    if ("lng" in given) != ("lat" in given) and ("lng" in values or "lat" in values):
        made.faults.append(("lng" if "lat" in given else "lat", "", "经度和纬度应同时填写。"))
    if "name" in values and not given.get("name"):
        made.faults.append(("name", "", "“名称”必填。"))
    wrong_keys = {key for key, _, _ in made.faults}
    for key in values:
        if key in wrong_keys:
            continue
        value = given.get(key)
        if key in ROW:
            made.row[key] = value if key in ("lng", "lat") else (value or None if key == "uscc" else value or "")
        elif known[key].sealed:
            made.sealed[key] = str(value or "")
        else:
            made.plain[key] = value
    return made


def _judge_document(known: Mapping[str, Field], given: dict[str, Any], faults: list[Fault], today: date) -> None:
    for who in ("legal", "head"):
        number = given.get(f"{who}_id_number")
        if not number or f"{who}_id_number" not in known:
            continue
        checked = identity.check_document(str(given.get(f"{who}_id_type") or "111"), str(number), today)
        if checked.error:
            faults.append((f"{who}_id_number", "", checked.error))
        given[f"{who}_id_number"] = checked.number


def group_of(one: Field) -> str:
    """Under which heading of the page a field stands."""
    if one.key in _MEMBERS:
        return "党群组织"
    if one.key in _SAFETY:
        return "安全"
    return "责任人" if one.key.startswith(_PEOPLE) else "基本情况"


def missing(kind: str, row: Mapping[str, Any], plain: Mapping[str, Any], sealed: Mapping[str, Any]) -> list[Field]:
    """The mandatory fields of the standard that are not held."""
    held = {**row, **plain, **sealed}
    return [f for f in table_of(kind).fields if f.required and held.get(f.key) in (None, "", [])]


def required_details(kind: str) -> list[str]:
    """Keys of the mandatory details that are kept in the open: a list can ask the database for rows that lack one."""
    return [f.key for f in table_of(kind).extra if f.required and not f.sealed]
