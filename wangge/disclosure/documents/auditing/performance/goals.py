"""P15-P20, P22: goal forms of the budget: their money, their names, and whether a goal is one that can be measured."""

import re
from decimal import Decimal

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.phrases import number_of, plain
from wangge.disclosure.documents.auditing.narrative.wording import texts
from wangge.disclosure.documents.auditing.performance.sheets import (
    amounts_in,
    goals,
    indicators,
    level2,
    name_of_form,
    of_value,
    same_project,
    term,
    title,
)
from wangge.disclosure.documents.auditing.terms import Term, scale_of
from wangge.disclosure.documents.auditing.terms import plain as shown
from wangge.disclosure.documents.auditing.tolerance import IDENTITY, PRODUCT, SUM
from wangge.disclosure.documents.model import Place, Row, Severity, Table
from wangge.finance.terms import Fault, level1_of, lint_goal, measures

_FORM = "财预〔2015〕88号《中央部门预算绩效目标管理办法》及各地申报表填报说明"


def _field(check: Checker, form: Table, name: str) -> Term | None:
    value = form.fields.get(name)
    return of_value(check, form, name, value) if value is not None and value.number is not None else None


def _whole(check: Checker) -> Table | None:
    found = [t for t in check.document.tables if t.kind == "G1"]
    return found[0] if len(found) == 1 else None


# Money of the forms


@rule("P15", source=_FORM, formula="资金总额 = 基本支出 + 项目支出 = Σ按收入性质", tolerance=IDENTITY)
def whole_form_adds_up(check: Checker) -> None:
    form = _whole(check)
    total = _field(check, form, "资金总额") if form else None
    if form is None or total is None:
        return
    basic, project = _field(check, form, "基本支出"), _field(check, form, "项目支出")
    if basic and project:
        check.sum_of(total, [basic, project])
    sources = [_field(check, form, k) for k in ("一般公共预算拨款", "政府性基金拨款", "其他资金", "上年结转资金")]
    if any(sources):
        check.sum_of(total, sources)


@rule("P15", source=_FORM, formula="绩效目标表资金总额、基本支出、项目支出 = 部门收支总表", tolerance=IDENTITY)
def whole_form_repeats_the_budget(check: Checker) -> None:
    form, table = _whole(check), check.one("T1")
    if form is None or table is None:
        return
    for name, keys in (
        ("资金总额", ("支出总计", "本年支出合计")),
        ("基本支出", ("性质/基本支出", "基本支出")),
        ("项目支出", ("性质/项目支出", "项目支出")),
    ):
        mine = _field(check, form, name)
        cell = next((c for key in keys if (c := check.at(table, key, "金额"))), None)
        if mine is not None and cell is not None:
            check.same(mine, cell)


def _listed(table: Table) -> list[Row]:
    return [r for r in table.rows if r.level == 1]


@rule("P16", source=_FORM, formula="汇总表合计 = Σ各专项；专项 = Σ子项", tolerance=SUM)
def summary_adds_up(check: Checker) -> None:
    for table in check.tables("G2"):
        total = table.row("合计")
        rows = _listed(table)
        if total is not None and rows:
            more = total["金额"].amount > sum((r["金额"].amount for r in rows), Decimal(0))
            # Rows without numbers may be a choice of the funds, or one may have been lost.
            severity: Severity | None = "suspicious" if more and not all(plain(r["序号"].text) for r in rows) else None
            parts = [term(check, table, r, "金额") for r in rows]
            check.sum_of(term(check, table, total, "金额"), parts, severity=severity)
        for row in rows:
            under = [r for r in table.rows if r.level == 2 and r.section == row.key]
            if under:
                check.sum_of(term(check, table, row, "金额"), [term(check, table, r, "金额") for r in under])


@rule("P16", source=_FORM, formula="汇总表合计 = 部门整体支出绩效目标表项目支出", tolerance=SUM)
def summary_is_project_spending(check: Checker) -> None:
    form, table = _whole(check), check.one("G2")
    project = _field(check, form, "项目支出") if form else None
    if table is None or project is None:
        return
    total = table.row("合计")
    if total is not None:
        check.same(term(check, table, total, "金额"), project)
    elif rows := _listed(table):
        check.sum_of(project, [term(check, table, r, "金额") for r in rows])


def _matched(check: Checker, table: Table) -> list[tuple[Row, Table | None]]:
    """Each special fund of the summary with its own form, by name, then by amount; None when it has none."""
    forms = [f for f in check.document.tables if f.kind == "G3"]
    left = list(forms)
    pairs: dict[int, Table] = {}
    rows = _listed(table)
    for by in ("name", "amount"):
        for i, row in enumerate(rows):
            if i in pairs:
                continue
            for form in left:
                names = [plain(form.fields[k].text) for k in ("项目名称", "所属专项", "支出方向") if k in form.fields]
                amount = form.fields.get("资金总额")
                same = (
                    any(same_project(n, row.label or row.key) for n in names)
                    if by == "name"
                    else amount is not None and amount.number is not None and amount.number == row["金额"].number
                )
                if same:
                    pairs[i] = form
                    left.remove(form)
                    break
    return [(row, pairs.get(i)) for i, row in enumerate(rows)]


@rule("P16", source=_FORM, formula="Σ支出方向绩效目标表金额 = 汇总表金额；各方向表 = 汇总表该行", tolerance=SUM)
def forms_repeat_the_summary(check: Checker) -> None:
    table = check.one("G2")
    forms = [f for f in check.document.tables if f.kind == "G3"]
    if table is None or not forms:
        return
    pairs = _matched(check, table)
    for row, form in pairs:
        mine = _field(check, form, "资金总额") if form else None
        if form is not None and mine is not None:
            check.same(mine, term(check, table, row, "金额"))
    missing = [row for row, form in pairs if form is None]
    found = [f for f in forms if _field(check, f, "资金总额")]
    total = sum((r["金额"].amount for r in _listed(table)), Decimal(0))
    here = sum((f.fields["资金总额"].amount for f in found), Decimal(0))
    if not missing:
        return
    lost = "、".join(f"“{plain(r.label or r.key)}”{r['金额'].text.strip()}" for r in missing)
    check.flag(
        missing[0]["金额"],
        where="支出方向绩效目标表",
        printed=" + ".join(f.fields["资金总额"].text.strip() for f in found) + f" = {shown(here)}",
        expected=f"{shown(total)}（缺{lost}）",
        difference=shown(here - total),
        formula=f"Σ方向表 {shown(here)} ≠ Σ汇总表 {shown(total)}",
        quote=check.quotes.of(missing[0]["金额"].place),
        severity="suspicious",
        origin="either",
        places=tuple(f.fields["资金总额"].place for f in found),
        explanation="汇总表中的专项没有对应的支出方向绩效目标表，可能是漏填，也可能在转换时丢失。",
    )


# Names


@rule("P16n", source=_FORM, formula="汇总表、方向表、所属专项的名称一致", severity="suspicious")
def names_agree(check: Checker) -> None:
    table = check.one("G2")
    if table is None:
        return
    odd: list[tuple[Row, Table, str]] = []
    for row, form in _matched(check, table):
        if form is None:
            continue
        names = [plain(form.fields[k].text) for k in ("所属专项", "项目名称", "支出方向") if k in form.fields]
        mine = plain(row["支出名称"].text)
        direction = plain(row["支出方向"].text)
        if mine in names or (direction and direction in names and any(same_project(mine, n) for n in names)):
            check.passed()
        else:
            odd.append((row, form, names[0] if names else ""))
    if odd:
        row, form, _ = odd[0]
        check.flag(
            row["支出名称"],
            where="专项名称",
            printed=" / ".join(plain(r["支出名称"].text) for r, _, _ in odd),
            expected=" / ".join(
                f"{plain(f.fields['支出方向'].text)}（{n})" if "支出方向" in f.fields else n for _, f, n in odd
            ),
            quote=row["支出名称"].text,
            places=tuple(
                p
                for r, f, _ in odd
                for p in (r["支出名称"].place, *(f.fields[k].place for k in ("支出方向", "所属专项") if k in f.fields))
            ),
            explanation="同一专项在汇总表和方向表中的名称不同，只能按金额对应。",
        )


@rule(
    "P16n",
    source="地方各级人民代表大会和地方各级人民政府组织法第八十五条：街道办事处为派出机关，其下不设街道",
    formula="街道的下级只能是社区、村",
)
def a_street_has_no_streets(check: Checker) -> None:
    """`井龙街道、三个村、三个街道` in a document of that street: what else is listed with the villages?"""
    unit = plain(check.document.unit)
    if not re.search(r"街道(?:办事处)?$", unit):
        return
    communities: list[tuple[str, Place]] = []
    wrong: list[tuple[str, str, Place]] = []
    for text in texts(check.document):
        for m in re.finditer(r"(?P<n>[二两三四五六七八九十]|[2-9]\d?)个街道(?!办)", text.text):
            wrong.append(
                (m[0], text.raw.strip()[:120] if len(text.raw) < 200 else text.quote(m.start(), m.end()), text.place)
            )
        for m in re.finditer(r"[二两三四五六七八九十\d]+个社区", text.text):
            communities.append((m[0], text.place))
    for printed, quote, place in wrong:
        count = printed.removesuffix("个街道")
        fitting = [(c, p) for c, p in communities if c.startswith(count)]
        check.flag(
            place,
            where="责任单位",
            printed=quote if "、" in quote and len(quote) < 60 else printed,
            expected=(quote if "、" in quote and len(quote) < 60 else printed).replace(printed, f"{count}个社区"),
            formula=f"{unit}下不设街道" + (f"；本文件他处为“{fitting[0][0]}”" if fitting else ""),
            quote=quote,
            places=tuple(p for _, p in fitting[:5]),
            explanation="街道之下不可能再有街道，应为社区。",
        )
    if not wrong:
        check.passed()


# Quantity, price, cost


@rule("P17", source=_FORM, formula="数量 × 单价 = 金额", tolerance=PRODUCT)
def quantity_times_price(check: Checker) -> None:
    for form in goals(check):
        total = _field(check, form, "资金总额")
        if form.kind != "G3" or total is None:
            continue
        for row in indicators(form):
            text = plain(row["指标值"].text)
            monthly = re.search(r"(?P<n>\d{1,2})个月.{0,6}?每月(?P<p>\d+(?:\.\d+)?)万", text)
            each = re.search(r"(?P<p>\d+(?:\.\d+)?)万元?/(?P<unit>[人户个件次月年])", text)
            if monthly:
                price, digits = number_of(monthly["p"])
                _product(check, form, total, Decimal(monthly["n"]), "个月", price, digits, row, row["指标值"].place)
            elif each:
                quantity = [
                    (t.number, r)
                    for r in indicators(form)
                    if r is not row
                    for t in measures(r["指标值"].text)
                    if t.unit == each["unit"] and level2(r) == "数量指标"
                ]
                if len(quantity) == 1:
                    price, digits = number_of(each["p"])
                    _product(
                        check,
                        form,
                        total,
                        quantity[0][0],
                        each["unit"],
                        price,
                        digits,
                        row,
                        quantity[0][1]["指标值"].place,
                    )


def _product(
    check: Checker, form: Table, total: Term, n: Decimal, unit: str, price: Decimal, digits: int, row: Row, place: Place
) -> None:
    quantity = Term(
        f"{title(form)} 数量", f"{shown(n)}{unit}", n, 0, place, (form.id, place, "数量"), coarse=0, exact=True
    )
    one = Term(
        f"{title(form)} 单价",
        f"{price}万元",
        price,
        digits,
        row["指标值"].place,
        (form.id, row["指标值"].place, "单价"),
        scale=scale_of("万元"),
    )
    check.product(total, quantity, one)


@rule("P18", source=_FORM, formula="Σ产出成本 = 项目金额", tolerance=IDENTITY)
def costs_make_the_amount(check: Checker) -> None:
    for form in goals(check):
        total = _field(check, form, "资金总额")
        rows = [r for r in indicators(form) if level2(r) == "成本指标" and plain(r["指标值"].text)]
        if total is None or not rows:
            continue
        costs: list[Term] = []
        for row in rows:
            value = row["指标值"]
            found = list(amounts_in(value.text))
            if value.number is not None and not found and not value.unit:
                found = [(value.number, value.digits, "")]
            if len(found) != 1 or found[0][2] or re.search(r"每[月年人季]|[≤≥<>]|不超过|以内", plain(value.text)):
                break
            number, digits, _ = found[0]
            costs.append(
                Term(
                    f"{title(form)} {row.label}",
                    plain(value.text),
                    number,
                    digits,
                    value.place,
                    (form.id, value.place, row.key),
                    scale=scale_of("万元"),
                )
            )
        if len(costs) == len(rows):
            check.sum_of(total, costs, note="各项产出成本之和与项目金额不符。")
            _other_costs(check, form, total, costs)


def _other_costs(check: Checker, form: Table, total: Term, costs: list[Term]) -> None:
    """A fund that is called 人员经费 and is for the most part something else."""
    table = check.one("G2")
    name = name_of_form(form)
    listed = next((plain(row["支出名称"].text) for row, f in _matched(check, table) if f is form), "") if table else ""
    called = listed or name
    other = [c for c in costs if "人员" not in c.name.rpartition(" ")[2]]
    amount = sum((c.amount for c in other), Decimal(0))
    if "人员经费" not in called or "运转" in called or not total.amount or len(other) == len(costs):
        return
    check.judge(
        amount * 2 < total.amount,
        total,
        printed=f"{called}{total.show()}",
        expected="；".join(f"{c.name.rpartition(' ')[2]}{c.text}" for c in costs),
        difference=f"{shown(amount)}（{amount / total.amount * 100:.1f}%）非人员",
        formula=" + ".join(c.text for c in costs) + f" = {shown(sum((c.amount for c in costs), Decimal(0)))}",
        severity="suspicious",
        places=tuple(c.place for c in costs),
        explanation="名称为“人员经费”，一半以上是其他支出。",
    )


# Whether a goal can be measured


def _faults(check: Checker, form: Table) -> list[tuple[Row, Fault]]:
    found: list[tuple[Row, Fault]] = []
    for row in indicators(form):
        named = "指标值" in row.values and plain(row["三级指标"].text) != plain(row["指标值"].text)
        target = row["指标值"].text if "指标值" in row.values else row["三级指标"].text
        name = row["三级指标"].text if named else ""
        column = row["二级指标"].text if level1_of(row["二级指标"].text) else ""
        found.extend((row, f) for f in lint_goal(column, name, target, check.document.year, named=named))
    return found


def _tell(check: Checker, form: Table, hits: list[tuple[Row, Fault]], extra: str = "", explanation: str = "") -> None:
    rows = [r for r, _ in hits]
    # A blank row is shown at its second level, where something is printed.
    places = tuple(dict.fromkeys(r["三级指标" if plain(_value(r)) else "二级指标"].place for r in rows)) or (
        form.place,
    )
    told = "；".join(dict.fromkeys(f.sentence for _, f in hits))
    check.flag(
        places[0],
        where=title(form),
        table=form,
        printed="；".join(filter(None, [extra, *dict.fromkeys(plain(_value(r)) for r in rows if plain(_value(r)))]))[
            :200
        ]
        or extra
        or "空白",
        expected="；".join(dict.fromkeys(f.suggestion for _, f in hits))[:300],
        quote=_value(rows[0]).strip()[:300] if rows and _value(rows[0]).strip() else check.quotes.of(places[0]),
        places=places,
        explanation=explanation or told[:400],
    )


def _value(row: Row) -> str:
    return row["指标值"].text if "指标值" in row.values and row["指标值"].text.strip() else row["三级指标"].text


@rule("P19", source=_FORM, formula="比率目标值在 0～100% 之间，方向有意义", severity="suspicious")
def percentages(check: Checker) -> None:
    for form in goals(check):
        hits = [
            (r, f) for r, f in _faults(check, form) if f.code in ("over_hundred", "satisfaction_full", "always_true")
        ]
        if hits:
            _tell(check, form, hits)
        else:
            check.passed()


_UNMEASURED = ("vague", "blank", "wrong_column", "no_base", "copy_of_name")


@rule(
    "P20",
    source=_FORM,
    formula="每表至少各有一项数量、质量、时效、成本指标和效益、满意度指标，且可衡量、填在所属栏内",
    severity="suspicious",
)
def measurable(check: Checker) -> None:
    for form in goals(check):
        rows = indicators(form)
        if not rows and not form.damage:
            continue
        hits = [(r, f) for r, f in _faults(check, form) if f.code in _UNMEASURED]
        here = {level2(r) for r in rows if plain(_value(r))}
        columns = {level2(r) for r in rows}
        missing = []
        if any(columns) and not form.damage:
            missing = [n for n in ("数量指标", "质量指标", "时效指标", "成本指标") if n not in here]
            if not any(level1_of(n) == "效益指标" for n in here):
                missing.append("效益指标")
            if "服务对象满意度指标" not in here:
                missing.append("满意度指标")
        elif not form.damage and not any(measures(_value(r)) for r in rows):
            missing = ["可衡量的指标值"]
        if not hits and not missing:
            check.passed()
            continue
        extra = f"缺{'、'.join(missing)}" if missing else ""
        told = "；".join(
            dict.fromkeys([*((f"没有{'、'.join(missing)}",) if missing else ()), *(f.sentence for _, f in hits)])
        )
        if hits:
            _tell(check, form, hits, extra, told[:400])
        else:
            check.flag(
                rows[0]["三级指标"].place if rows else form.place,
                where=title(form),
                table=form,
                printed=extra,
                expected="补齐各类指标，写明方向、数量和单位",
                explanation=f"没有{'、'.join(missing)}。",
            )


@rule("P22", source=_FORM, formula="目标申报表写本年度预期，不写已发生的结果", severity="suspicious")
def goals_lie_ahead(check: Checker) -> None:
    for form in goals(check):
        hits = [(r, f) for r, f in _faults(check, form) if f.code in ("past_year", "already_done")]
        if hits:
            _tell(check, form, hits)
        else:
            check.passed()
