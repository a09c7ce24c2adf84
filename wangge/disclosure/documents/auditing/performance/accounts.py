"""P09, P10, P14, P21, P23, P25: self-evaluations beside the accounts and the report."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.amounts import agree
from wangge.disclosure.documents.auditing.narrative.phrases import Amount, Passage, number_of, passages, subject
from wangge.disclosure.documents.auditing.narrative.phrases import term as said
from wangge.disclosure.documents.auditing.narrative.shares import Part, parts, share_of_whole
from wangge.disclosure.documents.auditing.performance.sheets import (
    evaluations,
    money,
    name_of_form,
    same_project,
    term,
    title,
)
from wangge.disclosure.documents.auditing.terms import Term
from wangge.disclosure.documents.auditing.terms import plain as shown
from wangge.disclosure.documents.auditing.tolerance import IDENTITY, PERCENT, SUM
from wangge.disclosure.documents.model import Place, Table
from wangge.disclosure.documents.words import PROJECT, TOTAL

_REPORT = "部门整体支出绩效评价报告口径"


@dataclass(frozen=True, slots=True)
class Told:
    """A project as the report tells it: `年初预算项目“X”金额A万元，年中执行调增B万元，实际支出C万元，结余结转D万元`."""

    name: str
    added: bool  # 年中追加: nothing was planned at the start of the year
    amount: Term
    more: Term | None
    spent: Term
    left: Term | None
    passage: Passage
    end: int


_MONEY = r"[\d,.]+(?:亿元|万元|元)"
_PROJECT = re.compile(
    rf"(?P<kind>年初预算|年中追加)(?:的)?(?:项目“?(?P<name>[^”，。；\d]{{0,40}})”?|(?P<other>[^“”，。；\d]{{2,20}}项目))，?(?:金额)?(?P<amount>{_MONEY})[，；](?:年中(?:执行)?调增(?P<more>{_MONEY})，)?"
    rf"(?:年中(?:执行)?调减{_MONEY}，)?实际支出(?P<spent>{_MONEY})(?:，结余结转(?P<left>{_MONEY}))?"
)


def projects(check: Checker) -> Iterator[Told]:
    for passage in passages(check.document):
        for m in _PROJECT.finditer(passage.text):
            here = {
                key: passage.amounts(m.start(key), m.end(key)) for key in ("amount", "more", "spent", "left") if m[key]
            }
            if not all(here.values()):
                continue
            made = {key: said(passage, found[0], f"{m['name'] or m['other']}{key}") for key, found in here.items()}
            yield Told(
                m["name"] or m["other"] or "",
                m["kind"] == "年中追加",
                made["amount"],
                made.get("more"),
                made["spent"],
                made.get("left"),
                passage,
                m.end(),
            )


@rule("P21", source=_REPORT, formula="结余结转 = 预算金额 + 年中调增 − 实际支出", tolerance=IDENTITY)
def projects_balance(check: Checker) -> None:
    for told in projects(check):
        if told.left is not None:
            check.signed(
                told.left, [(1, told.amount), (1, told.more), (-1, told.spent)], note="项目结余与预算、支出之差不符。"
            )


@rule("P21", source=_REPORT, formula="项目支出 = Σ子项目支出", tolerance=SUM)
def parts_of_projects(check: Checker) -> None:
    """`（1）…项目 项目支出29.85万元` under a project of the report."""
    everything = list(passages(check.document))
    found = list(projects(check))
    for i, told in enumerate(found):
        last = found[i + 1].passage if i + 1 < len(found) else None
        start = everything_index(everything, told.passage)
        stop = everything_index(everything, last) if last else min(start + 12, len(everything))
        spent: list[Term] = []
        for passage in everything[start : max(stop, start + 1)]:
            begin = told.end if passage is told.passage or passage.text == told.passage.text else 0
            end = len(passage.text)
            if i + 1 < len(found) and passage.text == found[i + 1].passage.text:
                nxt = _PROJECT.search(passage.text, begin)
                end = nxt.start() if nxt else end
            for m in re.finditer(rf"(?<!预算)项目支出(?P<money>{_MONEY})，主要用于", passage.text[begin:end]):
                at = passage.amounts(begin + m.start("money"), begin + m.end("money"))
                if at:
                    spent.append(said(passage, at[0], "子项目支出"))
        if len(spent) == 1:
            check.same(spent[0], told.spent)
        elif spent:
            total = sum((t.amount for t in spent), Decimal(0))
            check.judge(
                abs(total - told.spent.amount) <= Decimal("0.02"),
                told.spent,
                expected=shown(total),
                difference=f"{told.spent.amount - total:+}",
                formula=" + ".join(t.show() for t in spent) + f" = {shown(total)}",
                places=tuple(t.place for t in spent),
                explanation="各子项目支出之和与项目实际支出不符。",
            )


def everything_index(everything: list[Passage], passage: Passage) -> int:
    return next((i for i, p in enumerate(everything) if p.text == passage.text and p.section == passage.section), 0)


def report(check: Checker) -> dict[str, Term]:
    """Income and spending as the report tells them: 预算收入, 年初预算, 调整追加, 其他资金来源, 支出, 结余结转."""
    found: dict[str, Term] = {}
    names = {
        "预算收入": r"预算收入",
        "年初预算": r"年初预算",
        "调整追加": r"(?:年中)?调整追加|追加(?:预算)?|年中追加",
        "其他资金来源": r"其他资金来源|其他资金",
        "支出": r"支出|总支出",
        "结余结转": r"结余结转|结转结余|年末结转结余",
    }
    for passage in passages(check.document):
        if not passage.under("预算收支"):
            continue
        for amount in passage.amounts():
            name = subject(passage.text, amount.start)
            for key, words in names.items():
                if key not in found and re.fullmatch(words, name):
                    found[key] = said(passage, amount, f"报告 {key}")
    return found if "预算收入" in found else {}


@rule("P21", source=_REPORT, formula="预算收入 = 年初预算 + 调整追加 + 其他资金来源", tolerance=SUM)
def income_of_report(check: Checker) -> None:
    told = report(check)
    if {"年初预算", "调整追加"} <= set(told):
        check.sum_of(told["预算收入"], [told.get(k) for k in ("年初预算", "调整追加", "其他资金来源")])


@rule("P21", source=_REPORT, formula="结余结转 = 预算收入 − 支出", tolerance=IDENTITY)
def balance_of_report(check: Checker) -> None:
    told = report(check)
    if not {"支出", "结余结转"} <= set(told):
        return
    income, spent, left = told["预算收入"], told["支出"], told["结余结转"]
    difference = left.amount - (income.amount - spent.amount)
    check.judge(
        abs(difference) <= Decimal("0.02"),
        left,
        expected=shown(income.amount - spent.amount),
        difference=f"{difference:+}",
        formula=f"预算收入 {income.show()} − 支出 {spent.show()} = {shown(income.amount - spent.amount)}",
        places=(income.place, spent.place),
        explanation="报告中的结余结转不等于预算收入与支出之差。",
    )


@rule(
    "P09",
    source=_REPORT + "；自评表与决算、报告一致",
    formula="自评表年初预算数、全年预算数、全年执行数 = 报告、决算表",
    tolerance=IDENTITY,
)
def whole_form(check: Checker) -> None:
    forms = [f for f in evaluations(check) if f.kind == "E1"]
    row = money(forms[0]) if len(forms) == 1 else None
    if row is None:
        return
    form, told = forms[0], report(check)
    spending = check.one("F03")
    spent = term(check, form, row, "全年执行数")
    cell = check.at(spending, "合计", TOTAL) if spending else None
    if spent is not None and spent.number is not None and cell is not None:
        _same(check, spent, cell)
    elif spent is not None and "支出" in told:
        _same(check, spent, told["支出"])
    for column, key in (("年初预算数", "年初预算"), ("全年预算数", "预算收入")):
        mine = term(check, form, row, column)
        if mine is not None and mine.number is not None and key in told:
            _same(check, mine, told[key])


def _same(check: Checker, mine: Term, other: Term) -> None:
    """Compares, and blames the form: what it repeats is printed in several other places."""
    difference = mine.amount - other.amount
    if abs(difference) <= max(mine.unit, other.unit) or other.number is None:
        check.same(mine, other)
        return
    check.flag(
        mine,
        expected=other.show(),
        difference=f"{'+' if difference > 0 else ''}{difference.normalize():f}",
        formula=f"{mine.name.rpartition(' ')[2]} {mine.show()} ≠ {other.name} {other.show()}",
        places=(other.place,),
        explanation="自评表的数与所填报的决算、报告不一致。" + _swapped(mine, other),
    )


def _swapped(mine: Term, other: Term) -> str:
    one, two = (t.text.strip().replace(",", "") for t in (mine, other))
    if len(one) == len(two) and sorted(one) == sorted(two) and one != two:
        return "两数所用数字相同，疑为录入时换位。"
    return ""


@rule(
    "P09",
    source=_REPORT + "；项目自评表与报告一致",
    formula="项目自评表预算数、执行数 = 报告该项目；年中追加项目的年初预算数 = 0",
    tolerance=IDENTITY,
)
def project_forms(check: Checker) -> None:
    told = [p for p in projects(check) if p.name]
    for form in evaluations(check):
        row = money(form)
        mine = next((p for p in told if same_project(p.name, name_of_form(form))), None)
        if form.kind != "E2" or row is None or mine is None:
            continue
        first, year, spent = (term(check, form, row, c) for c in ("年初预算数", "全年预算数", "全年执行数"))
        if first is not None and first.number is not None:
            if mine.added:
                check.judge(
                    not first.number,
                    first,
                    expected="0",
                    difference=first.show(),
                    formula=f"报告：年中追加项目“{mine.name}”{mine.amount.show()}",
                    places=(mine.amount.place,),
                    explanation="年中追加的项目没有年初预算，自评表却填了年初预算数。",
                )
            else:
                _same(check, first, mine.amount)
        if year is not None and year.number is not None and (mine.more is None or not mine.more.amount):
            _same(check, year, mine.amount)
        if spent is not None and spent.number is not None:
            _same(check, spent, mine.spent)


@rule("P10", source=_REPORT, formula="Σ项目自评表全年执行数 = 支出决算表项目支出合计", tolerance=SUM)
def forms_make_project_spending(check: Checker) -> None:
    forms = [f for f in evaluations(check) if f.kind == "E2"]
    spending = check.one("F03")
    cell = check.at(spending, "合计", PROJECT) if spending else None
    spent = [
        t
        for f in forms
        if (row := money(f)) and (t := term(check, f, row, "全年执行数")) is not None and t.number is not None
    ]
    if cell is None or len(spent) != len(forms) or not forms:
        return
    stated = _stated_forms(check)
    total = sum((t.amount for t in spent), Decimal(0))
    fine = abs(total - cell.amount) <= Decimal("0.02")
    if not fine and total < cell.amount and stated != len(forms):
        return  # not every project need be published
    check.judge(
        fine,
        spent[0],
        where="项目支出绩效自评表",
        printed=f"{total}",
        expected=cell.show(),
        difference=f"{total - cell.amount:+}",
        formula=" + ".join(t.show() for t in spent) + f" = {total}；{cell.name} {cell.show()}",
        severity=None if stated == len(forms) else "suspicious",
        places=(cell.place, *(t.place for t in spent)),
        explanation="各项目自评表的执行数之和与支出决算表的项目支出不符。",
    )


def _stated_forms(check: Checker) -> int | None:
    """How many projects the narrative says were evaluated."""
    for passage in passages(check.document):
        if m := re.search(r"一级项目(\d+)个，二级项目(\d+)个", passage.text):
            return int(m[1]) + int(m[2])
    return None


@dataclass(frozen=True, slots=True)
class Summary:
    """`X绩效自评综述：…自评得分为100分。项目全年预算数为A万元，执行数为B万元，完成预算的p%`."""

    name: str
    passage: Passage
    start: int
    end: int
    score: tuple[Decimal, int] | None
    budget: Amount
    spent: Amount
    rate: tuple[Decimal, int] | None


_SUMMARY = re.compile(
    r"(?:^|[。；\n：])(?:\d+[.、．])?(?P<name>[^。；：\n]{2,60}?)(?:项目)?(?:支出)?绩效自评综述：?(?P<body>(?:(?!绩效自评综述)[\s\S]){0,160}?)全年预算数(?:为)?(?P<budget>[\d,.]+(?:万元|元))，"
    r"(?:全年)?执行数(?:为)?(?P<spent>[\d,.]+(?:万元|元))，完成(?:全年)?预算(?:数)?的(?P<rate>[\d.]+)%"
)


def summaries(check: Checker) -> Iterator[Summary]:
    for passage in passages(check.document):
        for m in _SUMMARY.finditer(passage.text):
            score = re.search(r"得分(?:为)?(\d+(?:\.\d+)?)分?", m["body"])
            budget, spent = (
                passage.amounts(m.start("budget"), m.end("budget")),
                passage.amounts(m.start("spent"), m.end("spent")),
            )
            if budget and spent:
                yield Summary(
                    m["name"],
                    passage,
                    m.start("budget"),
                    m.end(),
                    number_of(score[1]) if score else None,
                    budget[0],
                    spent[0],
                    number_of(m["rate"].rstrip(".")),
                )


@rule(
    "P14",
    source=_REPORT + "；综述与项目自评表一致",
    formula="综述的预算数、执行数、完成率、得分 = 项目自评表",
    tolerance=IDENTITY,
)
def summaries_repeat_forms(check: Checker) -> None:
    forms = [f for f in evaluations(check) if name_of_form(f)]
    for one in summaries(check):
        form = next(
            (f for f in forms if same_project(f"{one.name}", name_of_form(f)) or name_of_form(f) in one.name), None
        )
        row = money(form) if form else None
        if form is None or row is None:
            continue
        _summary(check, one, form)


def _summary(check: Checker, one: Summary, form: Table) -> None:
    row = money(form)
    assert row is not None
    printed: list[str] = []
    expected: list[str] = []
    differences: list[str] = []
    places: list[Place] = []
    for name, amount, column in (("预算", one.budget, "全年预算数"), ("执行", one.spent, "全年执行数")):
        cell = term(check, form, row, column)
        if cell is None or cell.number is None:
            continue
        here = said(one.passage, amount)
        if abs(here.amount - cell.amount) > max(here.unit, cell.unit):
            printed.append(f"全年{name}{amount.text}")
            expected.append(f"全年{name}{cell.show()}万元")
            differences.append(f"{name}{here.amount - cell.amount:+}")
            places.append(cell.place)
        else:
            agree(check, cell, here)
    rate, total = row["执行率"], form.fields.get("总分/得分")
    budget, spent = row["全年预算数"].amount, row["全年执行数"].amount
    certain = rate.number is not None and bool(budget) and abs(spent / budget * 100 - rate.amount) <= 1
    if one.rate and certain and abs(one.rate[0] - rate.amount) > Decimal("0.5"):
        printed.append(f"{one.rate[0]}%")
        expected.append(f"{rate.number}%")
        places.append(rate.place)
    if one.score and total is not None and total.number is not None and one.score[0] != total.number:
        printed.append(f"{one.score[0]}分")
        expected.append(f"{total.text.strip()}分")
        differences.append(f"得分{one.score[0] - total.number:+}")
        places.append(total.place)
    begin, _ = one.passage.sentence_at(one.start)
    check.judge(
        not printed,
        one.passage.place(one.start),
        where=f"{one.name}绩效自评综述",
        printed="、".join(printed),
        expected="、".join(expected),
        difference="；".join(differences),
        formula=f"综述应与《{title(form)}》一致",
        quote=one.passage.quote(begin, one.end),
        places=tuple(places),
        explanation="综述与项目自评表不符，疑沿用其他年度的文字。",
    )


@rule(
    "P14", source=_REPORT + "；评价的项目均应有综述", formula="综述个数 = 开展部门评价的项目数", severity="suspicious"
)
def every_project_is_summed_up(check: Checker) -> None:
    found = list(summaries(check))
    for passage in passages(check.document):
        m = re.search(r"(?P<list>(?:“[^”]+”、?)+)?等(?P<n>\d+)个项目开展了?部门评价", passage.text)
        if not m or not found:
            continue
        names = re.findall(r"“([^”]+)”", m["list"] or "")
        missing = [n for n in names if not any(same_project(n, one.name) for one in found)]
        check.judge(
            int(m["n"]) == len(found),
            passage.place(m.start()),
            where="部门评价项目",
            printed=f"{len(found)}个综述",
            expected=f"{m['n']}个",
            difference=str(int(m["n"]) - len(found)),
            quote=passage.quote(m.start("n") - 1, m.end()),
            places=tuple(one.passage.place(one.start) for one in found),
            explanation="开展评价的项目没有全部公开综述" + (f"：缺“{'”“'.join(missing)}”。" if missing else "。"),
        )


@rule(
    "P23",
    source="预算绩效情况说明口径：自评覆盖率 = 自评项目资金 ÷ 所称总额",
    formula="覆盖率 = 自评涉及资金 ÷ 所称项目支出总额 ≤ 100%",
    tolerance=PERCENT,
)
def coverage(check: Checker) -> None:
    for passage in passages(check.document):
        for part in parts(passage):
            begin = passage.sentence_at(part.start)[0]
            if re.search(r"自评|评价", passage.text[begin : part.start]) and part.whole:
                _coverage(check, part)


def _coverage(check: Checker, part: Part) -> None:
    """The money of evaluated projects may be their budget: beside what was spent it is certain only when it was spent, too."""
    spending = check.one("F03")
    spent = check.at(spending, "合计", PROJECT) if spending else None
    fiscal = check.at(check.one("F05"), "合计", PROJECT)
    certain = any(cell is not None and cell.amount == part.amount.wan for cell in (spent, fiscal))
    share_of_whole(check, part, None if certain else "suspicious")


@rule(
    "P25",
    source=_REPORT,
    formula="自评表当年财政拨款 ≤ 财政拨款项目支出决算",
    tolerance=IDENTITY,
    severity="suspicious",
)
def sources_of_projects(check: Checker) -> None:
    """All forms say that all their money is fiscal; then it cannot be more than the fiscal project spending."""
    forms = [f for f in evaluations(check) if f.kind == "E2"]
    general = check.one("F05")
    fund = check.one("F08")
    cell = check.at(general, "合计", PROJECT) if general else None
    if cell is None or not forms or (fund is not None and not fund.empty):
        return
    spent = Decimal(0)
    places = []
    for form in forms:
        row, other = money(form), money(form, "其他资金")
        if row is None or row["全年执行数"].number is None or (other is not None and other["全年预算数"].amount):
            return
        spent += row["全年执行数"].amount
        places.append(row["全年执行数"].place)
    check.judge(
        spent <= cell.amount + Decimal("0.02"),
        places[0],
        where="项目支出绩效自评表",
        printed=f"{spent}",
        expected=f"不大于 {cell.show()}",
        difference=f"{spent - cell.amount:+}",
        formula=f"Σ全年执行数（均填财政拨款）= {spent}；财政拨款项目支出 {cell.show()}",
        places=(*places, cell.place),
        explanation="各表均填列为财政拨款，合计却大于财政拨款项目支出，含有其他资金。",
    )
