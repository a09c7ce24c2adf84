"""Performance forms as printed: targets (three forms) and self-evaluations, from the forms of the books."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from wangge.disclosure.documents.filling.books import Books, Row
from wangge.disclosure.documents.filling.cells import Cell, Filled
from wangge.disclosure.documents.forms import performance as layout
from wangge.disclosure.documents.forms.budget import BASIC, GENERAL, INITIAL, PROJECT
from wangge.disclosure.documents.forms.shapes import Pick
from wangge.finance.terms import (
    FISCAL,
    EvaluatedIndicator,
    GoalForm,
    GoalIndicator,
    SelfEvaluation,
    Source,
    level2_of,
    wan,
)

Line = list[Cell | None]
FINE = 4


def plain(number: Decimal | None) -> str:
    """A number without idle zeros; nothing as nothing."""
    if number is None:
        return ""
    return f"{number.normalize():f}" if number else "0"


def in_wan(yuan: Decimal | None, digits: int = 2) -> str:
    """万元 with `digits` decimals at most, as forms print them: 21.7, 1618.17, 0."""
    return "" if yuan is None else plain(wan(yuan, digits))


def _wide(text: str, spread: int, look: str = "label", **more: object) -> Line:
    return [Cell(text, look, columns=spread, **more), *(None,) * (spread - 1)]  # type: ignore[arg-type]


def _money(yuan: Decimal | None, key: str, digits: int, suffix: str = "", rows: tuple[Row, ...] = ()) -> Cell:
    text = in_wan(yuan, digits)
    return Cell(text + suffix if text else "", "figure", key, "金额", yuan, rows)


def _backed(books: Books, yuan: Decimal | None, pick: Pick) -> tuple[Row, ...]:
    """The rows of the books that make up an amount of a form; none when the form says another amount than the books."""
    for sources in (None, FISCAL, frozenset(Source) - FISCAL):
        found = books.pick(pick & Pick(sources=sources))
        if yuan and found.yuan == yuan:
            return found.rows
    return ()


# ---- targets ------------------------------------------------------------------------------------------------------


def targets(goals: Sequence[GoalForm], books: Books) -> list[Filled]:
    """The forms of a year's targets in printed order: whole unit, summary, directions."""
    year = books.year
    whole = [g for g in goals if g.kind == "whole"]
    summary = [g for g in goals if g.kind == "summary"]
    directions = [g for g in goals if g.kind == "direction"]
    digits = FINE if books.precise else 2
    if year <= 2020:
        found = [_whole_2020(g, books, digits) for g in whole]
        found += [_summary(g, books, layout.SUMMARY_2020) for g in summary]
        if directions:
            found.append(_directions_2020(directions, books))
        return found
    found = [_whole_2021(g, books, digits) for g in whole]
    found += [_summary(g, books, layout.SUMMARY_2021) for g in summary]
    return found + [_direction_2021(g, books, n) for n, g in enumerate(directions, 1)]


def _said(indicators: Iterable[GoalIndicator]) -> str:
    """Indicators in one cell, as the form of 2020 has them."""
    said = [f"{i.level3}：{i.target}" if i.level3 and i.target else i.level3 or i.target for i in indicators]
    return "；".join(s.rstrip("。；") for s in said if s) + ("。" if any(said) else "")


def _whole_2020(goal: GoalForm, books: Books, digits: int) -> Filled:
    levels = {i.level1: [j for j in goal.indicators if j.level1 == i.level1] for i in goal.indicators}
    grid: list[Line] = [
        [Cell("部门名称", "head"), *_wide(goal.unit_name, 2, "words", row="部门名称", column="值")],
        [
            Cell("年度预算申请", "head", lines=4),
            Cell("资金总额："),
            _money(goal.amount, "资金总额", digits, "万元", _backed(books, goal.amount, INITIAL)),
        ],
        [None, Cell("按支出性质分："), Cell("", "words")],
        [
            None,
            Cell("其中：基本支出："),
            _money(goal.basic, "基本支出", digits, "万元", _backed(books, goal.basic, INITIAL & BASIC)),
        ],
        [
            None,
            Cell("项目支出："),
            _money(goal.projects, "项目支出", digits, "万元", _backed(books, goal.projects, INITIAL & PROJECT)),
        ],
        [Cell("整体绩效目标", "head"), *_wide(goal.goal_year or goal.goal_period, 2, "words")],
    ]
    for n, (level, rows) in enumerate(levels.items()):
        first = Cell("部门整体支出年度绩效指标", "head", lines=len(levels)) if n == 0 else None
        grid.append([first, Cell(level), Cell(_said(rows), "words", level, "指标", rows=tuple(rows))])
    return _form("G1", "附件1", f"{goal.year}年部门整体支出绩效申报表", grid, (3, 4, 11), goal.unit_name)


def _whole_2021(goal: GoalForm, books: Books, digits: int) -> Filled:
    """Five columns: a label of the block, then four."""
    total = in_wan(goal.amount, digits)
    name = _wide(goal.unit_name, 4, "words", row="部门名称", column="值")
    whole = _backed(books, goal.amount, INITIAL)
    amount = _wide(f"资金总额：{total}", 4, "figure", row="资金总额", column="金额", yuan=goal.amount, rows=whole)
    grid: list[Line] = [
        [Cell("部门名称", "head"), *name],
        [Cell("年度预算申请（万元）", "head", lines=5), *amount],
        [None, *_wide("按收入性质分", 2), *_wide("按支出性质分", 2)],
        [
            None,
            Cell("其中：一般公共预算拨款"),
            _money(goal.general, "一般公共预算拨款", digits, rows=_backed(books, goal.general, GENERAL)),
            Cell("其中：基本支出"),
            _money(goal.basic, "基本支出", digits, rows=_backed(books, goal.basic, INITIAL & BASIC)),
        ],
        [
            None,
            Cell("政府性基金拨款"),
            _money(goal.fund, "政府性基金拨款", digits),
            Cell("项目支出"),
            _money(goal.projects, "项目支出", digits, rows=_backed(books, goal.projects, INITIAL & PROJECT)),
        ],
        [None, Cell("其他资金"), _money(goal.other, "其他资金", digits), *_wide("", 2)],
        [Cell("部门职责概述", "head"), *_wide(goal.duties, 4, "words")],
    ]
    plans = [line for line in goal.lines if line.kind == "priority"]
    head = [Cell("事项", "head"), Cell("责任单位/科室", "head"), *_wide("工作目标", 2, "head")]
    block: list[Line] = [head]
    for line in plans:
        block.append([Cell(line.number), Cell(line.name, "words"), *_wide(line.goal_year, 2, "words")])
    grid += _block("年度重点工作计划", block)
    return _form(
        "G1",
        "附件1",
        f"{goal.year}年部门整体支出绩效目标表",
        grid + _indicator_block(goal.indicators, spread=4),
        (2.4, 4, 4.2, 4, 3.4),
        goal.unit_name,
        "填报单位：",
    )


def _block(label: str, rows: list[Line]) -> list[Line]:
    """Rows with one label spreading down their left."""
    return [[Cell(label, "head", lines=len(rows)) if n == 0 else None, *row] for n, row in enumerate(rows)]


def _indicator_block(indicators: Sequence[GoalIndicator], spread: int) -> list[Line]:
    """一级, 二级, 三级, 指标值 (and 备注 when there is room) with the first two levels merged downwards."""
    titles = layout.INDICATORS_2021[:spread]
    rows: list[Line] = [[Cell(t, "head") for t in titles]]
    # The form of 2021 prints satisfaction among the effects.
    kept = [replace(i, level1="效益指标") if i.level1 == "满意度指标" else i for i in indicators]
    seen1 = seen2 = ""
    for at, one in enumerate(kept):
        level2 = layout.LEVEL2_2021.get(level2_of(one.level2), one.level2)
        first = second = None
        if one.level1 != seen1:
            seen1, seen2 = one.level1, ""
            first = Cell(one.level1, lines=_run(kept, at, lambda i: i.level1))
        if level2 != seen2:
            seen2 = level2
            second = Cell(level2, lines=_run(kept, at, lambda i: (i.level1, i.level2)))
        row: Line = [first, second, Cell(one.level3, "words", one.level3, "三级指标")]
        row.append(Cell(one.target, "words", one.level3, "指标值", rows=(one,)))
        if spread > 4:
            row.append(Cell(one.note, "words"))
        rows.append(row)
    return _block("年度绩效指标", rows)


def _run(rows: Sequence[GoalIndicator], at: int, key: Callable[[GoalIndicator], object]) -> int:
    """How many rows from `at` on share the key of the first."""
    first = key(rows[at])
    n = at
    while n < len(rows) and key(rows[n]) == first:
        n += 1
    return n - at


def _of_project(books: Books, goal: GoalForm) -> tuple[Row, ...]:
    return _backed(books, goal.amount, INITIAL & Pick(name=goal.project_code)) if goal.project_code else ()


def _summary(goal: GoalForm, books: Books, titles: tuple[str, ...]) -> Filled:
    grid: list[Line] = [[Cell(t, "head") for t in titles]]
    lines = [line for line in goal.lines if line.kind == "summary"]
    codes = {name: code for code, name in books.projects(INITIAL)}
    has_total = titles == layout.SUMMARY_2021
    if has_total:
        total = _money(goal.amount, "合计", 2, rows=_backed(books, goal.amount, INITIAL & PROJECT))
        grid.append([Cell(""), Cell("合计", "label", "合计"), total, Cell("", "words"), Cell("", "words")])
    for line in lines:
        name = line.name or line.direction
        row: Line = [Cell(line.number, "code"), Cell(name, "label", name)]
        if not has_total:
            row.append(Cell(line.direction, "words"))
        code = codes.get(name)
        rows = _backed(books, line.amount, INITIAL & Pick(name=code)) if code else ()
        row += [_money(line.amount, name, 2, rows=rows), Cell(line.goal_period, "words"), Cell(line.goal_year, "words")]
        grid.append(row)
    scope = "区级专项资金" if not has_total else "专项资金"
    widths = (1.2, 3.2, 4, 2, 6, 6) if not has_total else (1.2, 4.4, 2.2, 6, 6)
    title = f"{goal.year}年{scope}预算绩效目标汇总表"
    label = "项目主管部门：" if has_total else "单位名称："
    return _form("G2", "附件2", title, grid, widths, goal.unit_name, label, unit="万元", head=1, wide=True)


def _directions_2020(goals: Sequence[GoalForm], books: Books) -> Filled:
    """One table of all directions; the indicators of a second level share one cell."""
    fixed = ("主管部门", "支出方向", "所属专项名称", "专项实施期", "支出方向年度金额", "实施期绩效目标", "年度绩效目标")
    columns = [level2 for _, below in layout.DIRECTION_COLUMNS for level2 in below]
    first: Line = [*(Cell(t, "head", lines=3) for t in fixed), *_wide("绩效指标", len(columns), "head")]
    second: Line = [None] * len(fixed)
    for level1, below in layout.DIRECTION_COLUMNS:
        second += _wide(level1, len(below), "head")
    grid: list[Line] = [first, second, [*(None,) * len(fixed), *(Cell(c, "head") for c in columns)]]
    for goal in goals:
        name = goal.special
        row: Line = [
            Cell(goal.office or goal.unit_name, "words"),
            Cell(goal.direction, "words"),
            Cell(name, "label", name),
        ]
        row += [Cell(goal.period, "words"), _money(goal.amount, name, 2, rows=_of_project(books, goal))]
        row += [Cell(goal.goal_period, "words"), Cell(goal.goal_year, "words")]
        for column in columns:
            of = [i for i in goal.indicators if level2_of(i.level2) == column]
            row.append(Cell(_said(of).rstrip("。"), "words", name, column, rows=tuple(of)))
        grid.append(row)
    title = f"{books.year}年区级专项资金支出方向绩效目标表"
    return _form("G3", "附件3", title, grid, layout.DIRECTION_WIDTHS, books.unit_name, unit="万元", head=3, wide=True)


def _direction_2021(goal: GoalForm, books: Books, n: int) -> Filled:
    def pair(label: str, value: Cell, other: str, second: Cell) -> Line:
        return [Cell(label, "head"), value, None, Cell(other, "head"), second, None]

    grid: list[Line] = [
        pair(
            "支出方向（子项）",
            Cell(goal.direction, "words", "支出方向", "值", columns=2),
            "所属专项",
            Cell(goal.special, "words", "所属专项", "值", columns=2),
        ),
        pair(
            "项目金额",
            Cell(in_wan(goal.amount), "figure", "项目金额", "金额", goal.amount, _of_project(books, goal), columns=2),
            "项目实施期",
            Cell(goal.period, "words", "项目实施期", "值", columns=2),
        ),
        [Cell("实施期绩效目标", "head"), *_wide(goal.goal_period, 5, "words")],
        [Cell("年度绩效目标", "head"), *_wide(goal.goal_year, 5, "words")],
        *_indicator_block(goal.indicators, spread=5),
    ]
    number = f"附件3-{n}"
    title = f"{goal.year}年专项资金支出方向绩效目标表"
    widths = (2.4, 2.2, 2.8, 5, 3.4, 2)
    return _form("G3", number, title, grid, widths, goal.unit_name, "项目主管部门：", unit="万元", id=f"G3.{n}")


# ---- self-evaluations ---------------------------------------------------------------------------------------------


def evaluations(forms: Sequence[SelfEvaluation], books: Books) -> list[Filled]:
    """The whole unit first, then a form for each project."""
    whole = [f for f in forms if f.kind == "whole"]
    projects = [f for f in forms if f.kind == "project"]
    return [_evaluation(f, books, "E1", "附件1", "E1") for f in whole] + [
        _evaluation(f, books, "E2", f"附件2-{n}", f"E2.{n}") for n, f in enumerate(projects, 1)
    ]


def _evaluation(form: SelfEvaluation, books: Books, kind: str, number: str, id: str) -> Filled:
    grid: list[Line] = [[Cell("部门名称", "head"), *_wide(form.unit_name, 8, "words", row="部门名称", column="值")]]
    if kind == "E2":
        grid += _project_rows(form, books)
    grid += _fund_rows(form, books)
    grid += [
        [Cell("年度总体目标", "head", lines=2), *_wide("预期目标", 4, "head"), *_wide("实际完成情况", 4, "head")],
        [None, *_wide(form.expected, 4, "words"), *_wide(form.achieved, 4, "words")],
    ]
    grid += _result_rows(form)
    grid.append(
        [
            *_wide("总分", 6, "head"),
            Cell(plain(form.weight), "figure", "总分", "分值"),
            Cell(plain(form.score), "figure", "总分", "得分"),
            Cell(f"等级：{form.grade}", "words", "总分", "等级"),
        ]
    )
    title = f"{form.year}年度{'部门整体' if kind == 'E1' else '项目'}支出绩效自评表"
    return _form(
        kind, number, title, grid, layout.EVALUATION_WIDTHS, form.unit_name, notes=layout.EVALUATION_NOTES, id=id
    )


def _project_rows(form: SelfEvaluation, books: Books) -> list[Line]:
    def pair(label: str, value: str, money: str, yuan: Decimal | None) -> Line:
        rows = _backed(books, yuan, Pick("adjusted", name=form.project_code)) if form.project_code else ()
        figure = Cell(in_wan(yuan), "figure", money, "金额", yuan, rows, columns=2)
        return [*_wide(label, 2), *_wide(value, 2, "words", row=label, column="值"), *_wide(money, 2), figure, None]

    name = form.special or form.direction
    return [
        [
            Cell("项目支出名称", "head", lines=2),
            *pair("专项名称", name, "项目总投资（万元）", form.investment),
        ],
        [
            None,
            *pair("支出方向名称（子项目）", form.direction or name, "其中：财政拨款", form.investment_fiscal),
        ],
        _wide(f"项目总实施期：{form.period}", 9),
    ]


def _fund_rows(form: SelfEvaluation, books: Books) -> list[Line]:
    rows: list[Line] = [
        [
            *_wide("年度资金总额", 2, "head"),
            *(
                Cell(t, "head")
                for t in ("年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分（分值×执行率）")
            ),
        ]
    ]
    by_kind = {f.kind: f for f in form.funds}
    for kind, label in layout.FUND_ROWS:
        fund, key = by_kind.get(kind), label.split("：")[-1]
        row: Line = _wide(label, 2, "label", row=key)
        for column, ledger, yuan in (
            ("年初预算数", INITIAL, fund.initial if fund else None),
            ("全年预算数", Pick("adjusted"), fund.budget if fund else None),
            ("全年执行数", Pick("spent"), fund.spent if fund else None),
        ):
            this = ledger & Pick(name=form.project_code)
            known = form.kind == "whole" or form.project_code
            row.append(Cell(in_wan(yuan), "figure", key, column, yuan, _backed(books, yuan, this) if known else ()))
        if kind == "total":
            rate = "" if form.rate is None else f"{plain(form.rate)}%"
            row.append(Cell(plain(form.execution_weight), "figure", key, "分值"))
            row.append(Cell(rate, "figure", key, "执行率"))
            row.append(Cell(plain(form.execution_score), "figure", key, "得分"))
        else:
            row += [Cell("", "words"), Cell("", "words"), Cell("", "words")]
        rows.append(row)
    label = "资金情况（万元）" if form.kind == "whole" else "年度项目资金（万元）"
    return _block(label, rows)


def _result_rows(form: SelfEvaluation) -> list[Line]:
    titles = ("一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差原因分析及改进措施")
    rows: list[Line] = [[Cell(t, "head") for t in titles]]
    kept = list(form.indicators)
    for at, one in enumerate(kept):
        first = at == 0 or kept[at - 1].level1 != one.level1
        again = not first and kept[at - 1].level2 == one.level2
        same = [i for i in kept if i.level1 == one.level1]
        points = sum((i.weight for i in same), Decimal(0))
        row: Line = [
            Cell(f"{one.level1}（{plain(points)}分）", lines=_same(kept, at, ("level1",))) if first else None,
            None if again else Cell(one.level2, lines=_same(kept, at, ("level1", "level2"))),
        ]
        continues = not one.level3 and not one.target and at > 0
        for column, text in (("三级指标", one.level3), ("年度指标值", one.target)):
            if continues:
                row.append(None)
            else:
                row.append(Cell(text, "words", one.level3, column, lines=_continued(kept, at)))
        row += [
            Cell(one.actual, "words", one.level3, "实际完成值", rows=(one,)),
            Cell(plain(one.weight), "figure", one.level3, "分值"),
            Cell(plain(one.score), "figure", one.level3, "得分"),
            Cell(one.reason, "words", one.level3, "偏差原因"),
        ]
        rows.append(row)
    return _block("绩效指标", rows)


def _same(rows: Sequence[EvaluatedIndicator], at: int, names: tuple[str, ...]) -> int:
    first = tuple(getattr(rows[at], n) for n in names)
    n = at
    while n < len(rows) and tuple(getattr(rows[n], k) for k in names) == first:
        n += 1
    return n - at


def _continued(rows: Sequence[EvaluatedIndicator], at: int) -> int:
    n = at + 1
    while n < len(rows) and not rows[n].level3 and not rows[n].target:
        n += 1
    return n - at


def _form(
    kind: str,
    number: str,
    title: str,
    grid: list[Line],
    widths: tuple[float, ...],
    unit_name: str,
    label: str = "单位名称：",
    *,
    unit: str = "",
    notes: tuple[str, ...] = (),
    head: int = 0,
    wide: bool = False,
    id: str = "",
) -> Filled:
    return Filled(
        id=id or kind,
        kind=kind,
        number=number,
        title=title,
        grid=tuple(tuple(row) for row in grid),
        head=head,
        widths=widths,
        unit=unit,
        unit_label=label,
        unit_name=unit_name,
        notes=notes,
        wide=wide,
    )
