"""What is good data: each row judged field by field, and the score of an intake from the tallies. Pure.

Source: GB/T 36344-2018 《信息技术 数据质量评价指标》 (completeness, standardness, accuracy, consistency, uniqueness, timeliness).
Sentences name the field and what to do; they never repeat the value, which may be personal.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from wangge.exchange import terms

MAX_TEXT = 500
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T].*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")


class Field(NamedTuple):
    """A field of a source. `means` is what it says of a person, `codes` the table its codes belong to, `level` how
    sensitive it is (1-4)."""

    key: str
    title: str
    kind: str = "text"
    means: str = ""
    required: bool = False
    codes: str = ""
    level: int = 3


class Rule(NamedTuple):
    """One check; `refuses`: a row that fails is not taken in."""

    field: str
    check: str
    parameter: str = ""
    weight: int = 1
    refuses: bool = False

    @property
    def name(self) -> str:
        return f"{self.field}.{self.check}"


@dataclass(frozen=True, slots=True)
class Tools:
    """What the rules of numbers and codes say: `document(type, number)` → (number, birth, sex, fault); `phone(text)` → (number,
    fault); `code(field, text)` → our code or None."""

    document: Callable[[str, str], tuple[str, date | None, str, str]]
    phone: Callable[[str], tuple[str, str]]
    code: Callable[[Field, str], str | None]


class Fault(NamedTuple):
    field: str
    check: str
    sentence: str
    refuses: bool


@dataclass(slots=True)
class Judged:
    """A row as it is kept: `values` by key (texts), the core by meaning, what is wrong, codes without a meaning."""

    values: dict[str, str]
    core: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)
    unmapped: list[tuple[str, str]] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        return any(f.refuses for f in self.faults)


def fields_of(raw: Sequence[Mapping[str, Any]]) -> list[Field]:
    return [Field(**{k: f[k] for k in Field._fields if k in f}) for f in raw]


def check_fields(fields: Sequence[Field]) -> str:
    """The sentence of what is wrong with the description of a source's rows, or ""."""
    keys = [f.key for f in fields]
    if not fields:
        return "请至少登记一个字段。"
    if double := next((k for k in keys if keys.count(k) > 1), ""):
        return f"字段编码“{double}”重复。请改用不同的编码。"
    if bad := next((k for k in keys if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", k)), ""):
        return f"字段编码“{bad}”应由小写字母、数字和下划线组成，以字母开头。"
    for known, names in (("means", terms.MEANINGS), ("kind", terms.FIELD_KINDS), ("level", terms.LEVELS)):
        if wrong := next((f for f in fields if getattr(f, known) not in names), None):
            return f"字段“{wrong.title}”的设置“{getattr(wrong, known)}”不在可选范围内。"
    meant = [f.means for f in fields if f.means]
    if double := next((m for m in meant if meant.count(m) > 1), ""):
        return f"有两个字段都表示“{terms.MEANINGS[double]}”。请只保留一个。"
    if open_ := next((f for f in fields if f.means in ("id_number", "phone") and f.level < 4), None):
        return f"字段“{open_.title}”是证件号码或电话，敏感程度应为“{terms.LEVELS[4]}”。"
    return ""


def usual(fields: Sequence[Field]) -> list[Rule]:
    """The rules that a description of fields suggests: what is required, what its meaning says."""
    made = []
    for f in fields:
        if f.required:
            made.append(Rule(f.key, "required", "", 3, True))
        if f.means == "id_number":
            made += [Rule(f.key, "document", "", 3), Rule(f.key, "unique", "", 2)]
        if f.means == "phone":
            made.append(Rule(f.key, "phone"))
        if f.means in ("sex", "birth_on") and any(x.means == "id_number" for x in fields):
            made.append(Rule(f.key, "agrees", "", 2))
        if f.kind == "date":
            made.append(Rule(f.key, "date", "", 2))
        if f.kind == "number":
            made.append(Rule(f.key, "number"))
        if f.codes:
            made.append(Rule(f.key, "code", "", 2))
    return [*made, Rule("", "fresh", "", 1)]


def check_rule(rule: Rule, fields: Sequence[Field]) -> str:
    """The sentence of what is wrong with a rule, or ""."""
    if rule.check not in terms.CHECKS:
        return "请从列表中选择检查方式。"
    if rule.check != "fresh" and rule.field not in {f.key for f in fields}:
        return f"没有字段“{rule.field}”。请从本数据源的字段中选择。"
    if rule.check == "pattern":
        try:
            re.compile(rule.parameter)
        except re.error:
            return "格式须是正则表达式，例如 \\d{6}。"
        if not rule.parameter or len(rule.parameter) > 100:
            return "请填写格式，最长 100 个字符。"
    if rule.check == "length" and not rule.parameter.isdigit():
        return "字数上限应为整数，例如 30。"
    if rule.check == "range" and not re.fullmatch(r"-?\d+(\.\d+)?~-?\d+(\.\d+)?", rule.parameter):
        return "数值范围写作“下限~上限”，例如 0~120。"
    return ""


def day(text: str) -> date | None:
    """A day as people write it: 2026-03-05, 2026/3/5, 20260305, 2026年3月5日."""
    found = _COMPACT.fullmatch(text) or _DAY.fullmatch(text)
    try:
        return date(*(int(g) for g in found.groups())) if found else None
    except ValueError:
        return None


def judge(raw: Mapping[str, Any], fields: Sequence[Field], rules: Sequence[Rule], tools: Tools, today: date) -> Judged:
    """The row cleaned and judged. Keys that the source does not describe are left out."""
    one = Judged({}, {})
    for f in fields:
        value = raw.get(f.key)
        text = "" if value is None else str(value).strip()[:MAX_TEXT].replace("\0", "")
        if f.codes and text:
            ours = tools.code(f, text)
            if ours is None:
                one.unmapped.append((f.key, text[:80]))
            else:
                text = ours
        if f.kind == "date" and text and (found := day(text)):
            text = found.isoformat()
        one.values[f.key] = text
        if f.means:
            one.core[f.means] = text
    _core(one, tools)
    titles = {f.key: f for f in fields}
    for rule in rules:
        if rule.check in ("unique", "fresh"):  # judged over the whole intake
            continue
        about = titles[rule.field]
        text = one.values[rule.field]
        if not text and rule.check != "required":
            continue
        one.checked.append(rule.name)
        if sentence := _CHECKS[rule.check](one, about, text, rule, today):
            one.faults.append(Fault(rule.field, rule.check, f"{about.title}：{sentence}", rule.refuses))
    return one


def _core(one: Judged, tools: Tools) -> None:
    """The document decides over sex and birth where the row does not say; telephones and numbers in the form we keep."""
    core = one.core
    number, _, core["document_fault"] = core.get("id_number", ""), None, ""
    core["document_birth"], core["document_sex"] = None, ""
    if number:
        kept, birth, sex, fault = tools.document(core.get("id_type", ""), number)
        core["id_number"], core["document_fault"] = kept, fault
        if not fault:
            core["document_birth"], core["document_sex"] = birth, sex
    core["birth_on"] = day(core.get("birth_on", "")) or core["document_birth"]
    core["sex"] = core.get("sex", "") or core["document_sex"]
    core["phone_fault"] = ""
    if phone := core.get("phone", ""):
        core["phone"], core["phone_fault"] = tools.phone(phone)


Check = Callable[[Judged, Field, str, Rule, date], str]


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def _range(one: Judged, f: Field, text: str, rule: Rule, today: date) -> str:
    low, _, high = rule.parameter.partition("~")
    value = _number(text)
    return "" if value is not None and float(low) <= value <= float(high) else f"应在 {low} 到 {high} 之间。"


def _agrees(one: Judged, f: Field, text: str, rule: Rule, today: date) -> str:
    if any(key == f.key for key, _ in one.unmapped):
        return ""  # what the code means is not known yet: that is a fault of its own
    said = one.core["document_birth"] if f.means == "birth_on" else one.core["document_sex"]
    own = day(text) if f.means == "birth_on" else text
    return "" if not said or said == own else "与证件号码中的不一致，请核对后由来源单位更正。"


def _date(one: Judged, f: Field, text: str, rule: Rule, today: date) -> str:
    found = day(text)
    if found is None:
        return "日期无法识别，应写成 2026-05-06。"
    return "" if date(1880, 1, 1) <= found <= today or (f.means == "" and found > today) else "日期在将来或过早。"


_CHECKS: dict[str, Check] = {
    "required": lambda one, f, text, rule, today: "" if text else "必填，不能为空。",
    "document": lambda one, f, text, rule, today: one.core["document_fault"],
    "phone": lambda one, f, text, rule, today: one.core["phone_fault"],
    "date": _date,
    "number": lambda one, f, text, rule, today: "" if _number(text) is not None else "应为数字，例如 12.5。",
    "length": lambda one, f, text, rule, today: (
        "" if len(text) <= int(rule.parameter) else f"最多 {rule.parameter} 个字。"
    ),
    "pattern": lambda one, f, text, rule, today: "" if re.fullmatch(rule.parameter, text) else "不符合规定的格式。",
    "code": lambda one, f, text, rule, today: (
        "代码没有对照，请在代码对照中登记。" if any(k == f.key for k, _ in one.unmapped) else ""
    ),
    "range": _range,
    "agrees": _agrees,
}


@dataclass(frozen=True, slots=True)
class Share:
    """How a rule came out: of `checked` values `failed` did not hold; `score` is what is left of 100."""

    rule: Rule
    checked: int
    failed: int

    @property
    def score(self) -> float:
        return 100.0 if not self.checked else round(100 * (1 - self.failed / self.checked), 2)


def score(shares: Sequence[Share]) -> float:
    """0-100: the weighted mean of what each rule that judged anything left of 100."""
    judged = [s for s in shares if s.checked]
    total = sum(s.rule.weight for s in judged)
    return round(sum(s.score * s.rule.weight for s in judged) / total, 2) if total else 100.0


def by_dimension(shares: Sequence[Share]) -> dict[str, float]:
    """The same for each dimension of GB/T 36344 that was judged."""
    return {
        name: score(own)
        for code, name in terms.DIMENSIONS.items()
        if (own := [s for s in shares if s.checked and terms.CHECKS[s.rule.check][1] == code])
    }


def is_fresh(last: date | None, today: date, refresh: str) -> bool:
    """Did the data before this come within the period agreed? The first delivery is."""
    days = terms.REFRESH_DAYS.get(refresh)
    return last is None or days is None or (today - last).days <= days
