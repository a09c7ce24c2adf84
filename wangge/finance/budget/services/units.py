"""Who has a budget and by which codes: units, projects, codes and standards of a district."""

import re
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from wangge.finance import terms
from wangge.finance.budget import queries, rules
from wangge.finance.budget.models import BudgetUnit, LocalCode, Project, Standard
from wangge.finance.budget.services import ledger
from wangge.identity import queries as identity
from wangge.kernel import audit
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal

CHART = "finance.chart"
_DISTRICT = 10**9


@transaction.atomic
def register_unit(*, actor: Actor, code: str, name: str, department_id: int, nature: str) -> BudgetUnit:
    """Give an office a budget of its own; its place is the office's. `nature` is a word of `rules.NATURES`."""
    actor.must(CHART)
    if nature not in rules.NATURES:
        listed = "、".join(rules.NATURES.values())
        raise Refusal("unit_nature", f"单位性质须为{listed}之一。", field="nature", value=nature)
    if not re.fullmatch(r"[0-9A-Za-z-]{1,30}", code.strip()):
        raise Refusal("bad_code", "预算单位代码须由字母、数字和短横组成，最多 30 个。", field="code", value=code[:60])
    office = identity.office(department_id)
    if not actor.is_system and not actor.covers(office.place_code):
        raise NotHere("部门")
    if BudgetUnit.objects.filter(code=code.strip()).exists():
        raise Refusal("unit_code_taken", "这个预算单位代码已被使用。请换一个代码。", field="code", value=code)
    made = BudgetUnit.objects.create(
        code=ledger.checked_text(code, "预算单位代码", "code", 30),
        name=ledger.checked_text(name, "预算单位名称", "name", 80),
        department=office,
        place_code=office.place_code,
        nature=nature,
    )
    audit.record(actor, "finance.unit_registered", "budget_unit", made.code)
    return made


@transaction.atomic
def register_project(
    *,
    actor: Actor,
    unit_code: str,
    code: str,
    name: str,
    purpose: str = "",
    first_year: int,
    last_year: int | None = None,
    event_limit: Decimal | None = None,
) -> Project:
    """Add a project to the unit's library. `event_limit` makes it a fund for events: the most one event may cost."""
    actor.must(rules.PREPARE)
    unit = queries.unit(actor, unit_code)
    if Project.objects.filter(unit=unit, code=code.strip()).exists():
        raise Refusal(
            "a_project_has_its_own_code", "本单位已有同一代码的项目。请换一个项目代码。", field="code", value=code
        )
    made = Project.objects.create(
        unit=unit,
        code=ledger.checked_text(code, "项目代码", "code", 30),
        name=ledger.checked_text(name, "项目名称", "name", 80),
        purpose=purpose.strip(),
        first_year=ledger.checked_year(first_year),
        last_year=None if last_year is None else ledger.checked_year(last_year),
        event_limit=None if event_limit is None else ledger.checked_amount(event_limit, "event_limit"),
    )
    audit.record(actor, "finance.project_registered", "project", f"{unit.code}/{made.code}")
    return made


@transaction.atomic
def edit_project(
    *,
    actor: Actor,
    unit_code: str,
    code: str,
    name: str,
    purpose: str,
    last_year: int | None,
    event_limit: Decimal | None,
) -> Project:
    """Change what a project is called, what it is for, until when it runs and what one event may cost."""
    actor.must(rules.PREPARE)
    unit = queries.unit(actor, unit_code)
    found = Project.objects.select_for_update().filter(unit=unit, code=code).first()
    if found is None:
        raise NotHere("项目")
    found.name, found.purpose = ledger.checked_text(name, "项目名称", "name", 80), purpose.strip()
    found.last_year = None if last_year is None else ledger.checked_year(last_year)
    found.event_limit = None if event_limit is None else ledger.checked_amount(event_limit, "event_limit")
    found.save(update_fields=["name", "purpose", "last_year", "event_limit"])
    audit.record(actor, "finance.project_edited", "project", f"{unit.code}/{code}")
    return found


@transaction.atomic
def add_code(
    *,
    actor: Actor,
    place_code: int,
    kind: str,
    code: str,
    name: str,
    first_year: int,
    last_year: int | None = None,
) -> LocalCode:
    """Add a code to the chart of a district. Its parent must exist, and it must not change what a code already means."""
    actor.must(CHART)
    district = place_code - place_code % _DISTRICT
    if not actor.is_system and not actor.covers(district):
        raise NotHere("区")
    if kind not in terms.KIND_NAMES:
        raise Refusal("bad_kind", "请选择科目类别。", field="kind", value=kind)
    lengths = terms.LENGTHS[kind]
    if not code.isdecimal() or len(code) not in lengths:
        wanted = "、".join(str(n) for n in lengths)
        raise Refusal("bad_code", f"{terms.KIND_NAMES[kind]}代码须为 {wanted} 位数字。", field="code", value=code)
    known = queries.chart(district, ledger.checked_year(first_year))[kind]
    if code in known:
        raise Refusal("code_exists", f"“{code} {known[code]}”已在科目表中。请换一个代码。", field="code", value=code)
    parent = code[: lengths[lengths.index(len(code)) - 1]] if len(code) > lengths[0] else ""
    if parent and parent not in known:
        raise Refusal("no_parent", f"上级科目“{parent}”不在科目表中。请先增设上级科目。", field="code", value=code)
    made = LocalCode.objects.create(
        place_code=district,
        kind=kind,
        code=code,
        name=ledger.checked_text(name, "科目名称", "name", 60),
        first_year=first_year,
        last_year=None if last_year is None else ledger.checked_year(last_year),
    )
    audit.record(actor, "finance.code_added", "chart", code, classification=kind, place=district)
    return made


@transaction.atomic
def set_standard(
    *,
    actor: Actor,
    place_code: int,
    year: int,
    nature: str,
    economic: str,
    measure: str,
    amount: Decimal,
    base: Sequence[str] = (),
    document: str,
) -> Standard:
    """Set what a person or post costs a year (yuan), or a percentage of other lines (`base`), by which document."""
    actor.must(CHART)
    district = place_code - place_code % _DISTRICT
    if not actor.is_system and not actor.covers(district):
        raise NotHere("区")
    if nature not in rules.NATURES or measure not in rules.MEASURES:
        raise Refusal("bad_standard", "请选择单位性质和计算方法。", field="measure", value=measure)
    known = queries.chart(district, ledger.checked_year(year))["economic"]
    for code in (economic, *base):
        if code not in known or len(code) != 5:
            raise Refusal("bad_code", f"没有经济分类款级科目“{code}”。请核对代码。", field="economic", value=code)
    if measure == "percent" and (not base or economic in base):
        raise Refusal("bad_base", "按比例计算的标准须写明以哪些科目为基数，且不含本科目。", field="base")
    made, _ = Standard.objects.update_or_create(
        place_code=district,
        year=year,
        nature=nature,
        economic=economic,
        defaults={
            "measure": measure,
            "amount": ledger.checked_number(amount, "amount", Decimal(100) if measure == "percent" else rules.MOST, 4),
            "base": list(base) if measure == "percent" else [],
            "document": ledger.checked_text(document, "标准的文件依据", "document", 120),
        },
    )
    audit.record(actor, "finance.standard_set", "chart", f"{year}/{economic}", amount=str(amount), nature=nature)
    return made
