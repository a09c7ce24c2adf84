"""The budget set in the layouts of several provinces, with its narrative, from random books."""

from decimal import ROUND_HALF_UP, Decimal

from wangge.disclosure.tests.variants.books import CAPITAL, FUND, GENERAL, OWN, Books
from wangge.disclosure.tests.variants.paper import Box, Paper, Printed, head_of
from wangge.disclosure.tests.variants.style import Printer, Style, header

NUMERALS = "一二三四五六七八九十"


def percent(part: int, whole: int) -> str:
    return str((Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def wan(n: int) -> str:
    """万元 in a sentence."""
    return f"{n / 100:.2f}万元"


def change(now: int, before: int, what: str = "") -> str:
    """`增加…万元，增长…%` in the words of published documents."""
    if now == before:
        return "与上年持平"
    words = ("增加", "增长") if now > before else ("减少", "下降")
    rate = f"，{words[1]}{percent(abs(now - before), before)}%" if before else ""
    return f"{what}{words[0]}{wan(abs(now - before))}{rate}"


def paper(b: Books, s: Style) -> Paper:
    p = Printer(b, s)
    made = Paper([f"{b.unit}{b.year}年部门预算", "目录", "第一部分 部门概况", "第二部分 部门预算表", "第三部分 部门预算情况说明", "第四部分 名词解释"])  # fmt: skip
    made.blocks += ["第一部分 部门概况", "一、主要职责", f"{b.unit}负责本行政区域内有关工作的组织实施。"]
    made.blocks += ["第二部分 部门预算表"]
    made.blocks += _tables(p)
    made.blocks += ["第三部分 部门预算情况说明", *narrative(b)]
    made.blocks += ["第四部分 名词解释", "一、一般公共预算拨款收入：指财政当年拨付的资金。"]
    return made


def _tables(p: Printer) -> list[str | Printed]:
    out: list[str | Printed] = [balance(p), income(p), spending(p), fiscal(p), general(p), basic(p), public(p)]
    out += [fund(p, FUND), fund(p, CAPITAL), projects(p), purchases(p)]
    return out


def _sides(
    p: Printer, left: list[tuple[str, int, str]], right: list[tuple[str, int, str]], section: str
) -> list[list[Box | None]]:
    """Rows of two sides; a label without amount is a blank row of its side."""
    s = p.style
    rows: list[list[Box | None]] = []
    for i in range(max(len(left), len(right))):
        row: list[Box | None] = []
        for side, name in ((left, "收入"), (right, section)):
            if i < len(side):
                label, n, key = side[i]
                row += [Box(label), s.box(n, name, key, "金额")]
            else:
                row += [Box(""), Box("")]
        rows.append(row)
    return rows


def _classes(b: Books, own: bool) -> dict[str, int]:
    """Amounts by class."""
    out: dict[str, int] = {}
    for line in b.lines:
        out[line.code[:3]] = out.get(line.code[:3], 0) + (line.total if own else line.paid)
    return out


def balance(p: Printer) -> Printed:
    b, s = p.books, p.style
    left = [
        (
            "一般公共预算拨款收入" if s.layout != "guangdong" else "一般公共预算拨款",
            b.paid(GENERAL),
            "一般公共预算拨款",
        ),
        ("政府性基金预算拨款收入" if s.layout != "guangdong" else "政府性基金预算拨款", b.paid(FUND), "政府性基金拨款"),
        ("国有资本经营预算拨款收入", b.paid(CAPITAL), "国有资本经营预算拨款"),
        ("财政专户管理资金收入", 0, "纳入专户管理的非税收入拨款"),
        ("事业收入", b.own("事业收入"), "事业收入"),
        ("上级补助收入", 0, "上级补助收入"),
        ("附属单位上缴收入", 0, "附属单位上缴收入"),
        ("事业单位经营收入", 0, "事业单位经营收入"),
        ("其他收入", b.own("其他收入"), "其他收入"),
    ]
    left = [(f"{NUMERALS[i]}、{label}", n, key) for i, (label, n, key) in enumerate(left)]
    classes = _classes(b, True)
    shown = classes if s.layout == "shanghai" else {**dict.fromkeys(("201", "204", "205", "208", "210", "212", "213", "221"), 0), **classes}  # fmt: skip
    right = [(f"{_numeral(i)}、{b.names[code]}", n, b.names[code]) for i, (code, n) in enumerate(sorted(shown.items()))]
    carried = b.own("上年结转")
    height = max(len(left), len(right))
    left += [("", 0, "")] * (height - len(left))
    right += [("", 0, "")] * (height - len(right))
    left += [("本年收入合计", b.total - carried, "本年收入合计"), ("上年结转结余", carried, "上年结转"), ("收入总计", b.total, "收入总计")]  # fmt: skip
    right += [("本年支出合计", b.total, "本年支出合计"), ("年终结转结余", 0, "年末结转"), ("支出总计", b.total, "支出总计")]  # fmt: skip
    head = head_of([("收入", 2, 1), None, ("支出", 2, 1), None], ["项目", "预算数", "项目", "预算数"])
    if s.layout == "shanghai":
        head = head_of([("本年收入", 2, 1), None, ("本年支出", 2, 1), None], ["项目", "预算数", "项目", "预算数"])
    rows = _sides(p, left, right, "功能")
    rows = [[box if box is None or box.at is None or box.at[1] else Box("") for box in row] for row in rows]
    title = {"shanghai": "部门财务收支预算总表", "guangdong": "收支总体情况表"}.get(s.layout, "部门收支总表")
    return p.table("T1", title, head, rows)


def _numeral(i: int) -> str:
    return NUMERALS[i] if i < 10 else f"十{NUMERALS[i - 10]}"


def income(p: Printer) -> Printed:
    b, s = p.books, p.style
    title = {"shanghai": "部门收入预算总表", "guangdong": "收入总体情况表"}.get(s.layout, "部门收入总表")
    columns = [
        "合计",
        "一般公共预算",
        "政府性基金预算",
        "国有资本经营预算",
        "财政专户",
        "事业收入",
        "其他收入",
        "上年结转",
    ]
    items = {
        line.code: {"合计": line.total, {GENERAL: "一般公共预算", FUND: "政府性基金预算", CAPITAL: "国有资本经营预算"}[line.fund]: line.paid, **line.own}
        for line in b.lines
    }  # fmt: skip
    words = (
        "合计",
        "一般公共预算拨款收入",
        "政府性基金预算拨款收入",
        "国有资本经营预算拨款收入",
        "财政专户管理资金收入",
        "事业收入",
        "其他收入",
        "上年结转",
    )
    if s.layout in ("ministry", "beijing"):
        total = {c: sum(v.get(c, 0) for v in items.values()) for c in columns}
        if s.layout == "ministry":
            head = head_of(list(words))
            return p.table("T2", title, head, [[s.box(n, "", "合计", c) for c, n in total.items()]])
        head = head_of([("部门（单位）名称", 1, 2), ("合计", 1, 2), ("本年收入", 6, 1), *[None] * 5, ("上年结转", 1, 2)],
                       [None, None, *words[1:-1], None])  # fmt: skip
        rows: list[list[Box | None]] = [[Box("合计"), *[s.box(n, "", "合计", c) for c, n in total.items()]], [Box(b.unit), *[s.box(n, "", b.unit, c) for c, n in total.items()]]]  # fmt: skip
        return p.table("T2", title, head, rows)
    head = header(p.code_head(), *words)
    return p.table("T2", title, head, p.coded(items, b.names, columns, p.function_parents))


def spending(p: Printer) -> Printed:
    b, s = p.books, p.style
    title = {"shanghai": "部门支出预算总表", "guangdong": "支出总体情况表"}.get(s.layout, "部门支出总表")
    columns = ["合计", "基本支出", "项目支出"]
    words = ["合计", "基本支出", "项目支出"]
    if s.layout != "shanghai":
        columns += ["上缴上级支出", "经营支出", "对附属单位补助支出"]
        words += ["上缴上级支出", "事业单位经营支出", "对附属单位补助支出"]
    items = {
        line.code: {"合计": line.total, "基本支出": line.basic, "项目支出": line.total - line.basic} for line in b.lines
    }
    head = header(p.code_head(), *words)
    return p.table("T3", title, head, p.coded(items, b.names, columns, p.function_parents))


def fiscal(p: Printer) -> Printed:
    b, s = p.books, p.style
    title = {"shanghai": "部门财政拨款收支预算总表", "guangdong": "财政拨款收支总体情况表"}.get(
        s.layout, "财政拨款收支总表"
    )
    by: dict[str, dict[str, int]] = {f: {} for f in (GENERAL, FUND, CAPITAL)}
    for line in b.lines:
        by[line.fund][line.code[:3]] = by[line.fund].get(line.code[:3], 0) + line.paid
    total = sum(b.paid(f) for f in by)
    left: list[tuple[str, int, str, str]] = [
        ("一、本年收入", total, "收入", "本年收入合计"),
        ("（一）一般公共预算拨款", b.paid(GENERAL), "收入", "一般公共预算拨款"),
        ("（二）政府性基金预算拨款", b.paid(FUND), "收入", "政府性基金拨款"),
        ("（三）国有资本经营预算拨款", b.paid(CAPITAL), "收入", "国有资本经营预算拨款"),
        ("二、上年结转", 0, "收入", "上年结转"),
    ]
    if s.layout in ("shanghai", "guangdong"):
        left = [
            ("一、一般公共预算资金", b.paid(GENERAL), "收入", "一般公共预算拨款"),
            ("二、政府性基金", b.paid(FUND), "收入", "政府性基金拨款"),
            ("三、国有资本经营预算", b.paid(CAPITAL), "收入", "国有资本经营预算拨款"),
        ]
    codes = sorted({c for values in by.values() for c in values})
    right = [
        (f"{'（' + _numeral(i) + '）' if left[0][0] == '一、本年收入' else _numeral(i) + '、'}{b.names[c]}", b.names[c], [by[f].get(c, 0) for f in by])
        for i, c in enumerate(codes)
    ]  # fmt: skip
    sums = [b.paid(f) for f in by]
    if left[0][0] == "一、本年收入":
        right = [("一、本年支出", "本年支出合计", sums), *right, ("二、结转下年", "年末结转", [0, 0, 0])]
    height = max(len(left), len(right))
    rows: list[list[Box | None]] = []
    for i in range(height):
        row: list[Box | None] = []
        row += (
            [Box(left[i][0]), s.box(left[i][1], left[i][2], left[i][3], "金额")]
            if i < len(left)
            else [Box(""), Box("")]
        )
        if i < len(right):
            label, key, values = right[i]
            row += [Box(label), *[s.box(n, "支出", key, c) for c, n in zip(("合计", "一般公共预算", "政府性基金预算", "国有资本经营预算"), [sum(values), *values], strict=True)]]  # fmt: skip
        else:
            row += [Box("")] * 5
        rows.append(row)
    rows.append(
        [
            Box(s.word("收入总计")),
            s.box(total, "收入", "收入总计", "金额"),
            Box(s.word("支出总计")),
            *[s.box(n, "支出", "支出总计", c) for c, n in zip(("合计", "一般公共预算", "政府性基金预算", "国有资本经营预算"), [sum(sums), *sums], strict=True)],
        ]
    )  # fmt: skip
    head = head_of(
        [("收入", 2, 1), None, ("支出", 5, 1), None, None, None, None],
        ["项目", "预算数", "项目", "合计", "一般公共预算", "政府性基金预算", "国有资本经营预算"],
    )
    return p.table("T10", title, head, rows)


def general(p: Printer) -> Printed:
    b, s = p.books, p.style
    title = {
        "shanghai": "部门一般公共预算支出功能分类预算表",
        "guangdong": "一般公共预算支出情况表（按功能分类科目）",
    }.get(s.layout, "一般公共预算支出表")
    lines = b.of(GENERAL)
    columns = ["合计", "基本支出合计", "项目支出合计"]
    items = {line.code: {"合计": line.paid, "基本支出合计": line.basic, "项目支出合计": line.project} for line in lines}
    if s.layout not in ("ministry", "beijing"):
        head = header(p.code_head(), "合计", "基本支出", "项目支出")
        return p.table("T11", title, head, p.coded(items, b.names, columns, p.function_parents))
    # Last year's figure and the growth beside this year's.
    last = f"{b.year - 1}年执行数"
    for line in lines:
        items[line.code][last] = line.last
    rows = p.coded(items, b.names, [last, *columns], p.function_parents)
    for row in rows:
        figures = [box for box in row if box and box.at]
        now, before = (
            round(float((box.text.replace(",", "") or "0").replace("-", "0")) * 100) for box in (figures[1], figures[0])
        )
        assert figures[0].at
        key = figures[0].at[1]
        same = "" if not before else percent(now - before, before)
        row.append(Box(s.money((now - before) if s.unit == "万元" else (now - before) // 10000), ("", key, "增减额")))
        row.append(Box(f"{same}%" if same else "", ("", key, "增减%")))
    head = header(
        p.code_head(),
        last,
        (f"{b.year}年预算数", ["合计", "基本支出", "项目支出"]),
        (f"{b.year}年预算数比{b.year - 1}年执行数", ["增减额", "增减%"]),
    )
    return p.table("T11", title, head, rows)


def basic(p: Printer) -> Printed:
    b, s = p.books, p.style
    title = {
        "shanghai": "部门一般公共预算基本支出部门预算经济分类预算表",
        "guangdong": "一般公共预算基本支出情况表（按经济分类科目）",
    }.get(s.layout, "一般公共预算基本支出表")
    columns = ["合计", "人员经费", "公用经费"]
    items = {
        code: {"合计": n, "人员经费" if code[:3] in ("301", "303") else "公用经费": n} for code, n in b.economic.items()
    }
    left = p.code_head("部门预算支出经济分类科目")
    rows = p.coded(items, b.economic_names, columns, p.economic_parents)
    if s.codes == "parts":  # two cells are enough for the economic classification
        left = ([("科目编码", 2, 1), None, ("科目名称", 1, 2)], ["类", "款", None])
        rows = [[*row[:2], *row[3:]] for row in rows]
    return p.table("T17", title, header(left, ("本年一般公共预算基本支出", ["合计", "人员经费", "公用经费"])), rows)


def public(p: Printer) -> Printed:
    b, s = p.books, p.style
    title = "部门“三公”经费和机关运行经费预算表" if s.layout == "shanghai" else "一般公共预算“三公”经费支出表"
    now, before = b.public, b.public_last
    cars, cars_before = now["购置"] + now["运行"], before["购置"] + before["运行"]
    keys = [
        "“三公”经费小计",
        "因公出国（境）费",
        "公务用车购置及运行费",
        "公务用车购置费",
        "公务用车运行费",
        "公务接待费",
    ]
    figures = [sum(now.values()), now["出国"], cars, now["购置"], now["运行"], now["接待"]]
    old = [sum(before.values()), before["出国"], cars_before, before["购置"], before["运行"], before["接待"]]
    parts = [
        ("合计", 1, 2),
        ("因公出国（境）费", 1, 2),
        ("公务用车购置及运行费", 3, 1),
        None,
        None,
        ("公务接待费", 1, 2),
    ]
    if s.layout == "guangdong":
        labels = [
            "“三公”经费",
            "（一）因公出国（境）支出",
            "（二）公务用车购置及运行维护支出",
            "1.公务用车购置",
            "2.公务用车运行维护费",
            "（三）公务接待费支出",
        ]
        rows: list[list[Box | None]] = [[Box(label), s.box(n, "", key, "金额")] for label, n, key in zip(labels, figures, keys, strict=True)]  # fmt: skip
        return p.table("T9", title, head_of(["项目", "本年预算数"]), rows)
    if s.layout == "ministry":
        head = head_of(
            [(f"{b.year - 1}年预算数", 6, 1), *[None] * 5, (f"{b.year}年预算数", 6, 1), *[None] * 5],
            [*[(w[0], w[1], 2) if w and w[1] == 1 else w for w in parts]] * 2,
            [None, None, "小计", "公务用车购置费", "公务用车运行费", None] * 2,
        )
        cells = [s.box(n, "", key, f"{b.year - 1}年") for key, n in zip(keys, old, strict=True)]
        cells += [s.box(n, "", key, "金额") for key, n in zip(keys, figures, strict=True)]
        return p.table("T9", title, head, [list(cells)])
    if s.layout == "beijing":
        head = head_of(
            [("部门（单位）名称", 1, 2), *parts],
            [None, None, None, "小计", "公务用车购置费", "公务用车运行维护费", None],
        )
        rows = [[Box("合计"), *[s.box(n, "", key, "金额") for key, n in zip(keys, figures, strict=True)]]]
        rows.append([Box(b.unit), *[Box(s.money(n)) for n in figures]])  # the same again: the only unit
        return p.table("T9", title, head, rows)
    head = head_of(
        [("“三公”经费预算数", 6, 1), *[None] * 5, ("机关运行经费预算数", 1, 3)],
        [*parts, None],
        [None, None, "小计", "购置费", "运行费", None, None],
    )
    cells = [s.box(n, "", key, "金额") for key, n in zip(keys, figures, strict=True)]
    return p.table("T9", title, head, [[*cells, s.box(b.operating, "", "机关运行经费预算数", "金额")]])


def fund(p: Printer, kind: str) -> Printed:
    b, s = p.books, p.style
    name = "政府性基金预算" if kind == FUND else "国有资本经营预算"
    title = (
        f"部门{name}支出功能分类预算表"
        if s.layout == "shanghai"
        else f"{name}支出情况表"
        if s.layout == "guangdong"
        else f"{name}支出表"
    )
    head = header(p.code_head(), (f"本年{name}支出", ["合计", "基本支出", "项目支出"]))
    items = {line.code: {"合计": line.paid, "基本支出": line.basic, "项目支出": line.project} for line in b.of(kind)}
    if not items:
        return p.empty("T15" if kind == FUND else "T18", title, head, f"{name}安排的支出")
    return p.table("T15" if kind == FUND else "T18", title, head, p.coded(items, b.names, ["合计", "基本支出", "项目支出"], p.function_parents))  # fmt: skip


def projects(p: Printer) -> Printed:
    b, s = p.books, p.style
    money = {
        "一般公共预算": sum(line.project for line in b.of(GENERAL)),
        "政府性基金预算": b.paid(FUND),
        "国有资本经营预算": b.paid(CAPITAL),
    }
    money |= {"单位资金": sum(b.own(source) for source in OWN)}
    rows: list[list[Box | None]] = []
    left = dict(money)
    for name, n in b.projects.items():
        row: list[Box | None] = [Box("特定目标类"), Box(name), Box(b.unit), s.box(n, "", name, "合计")]
        for column in money:
            part = min(left[column], n)
            left[column] -= part
            n -= part
            row.append(s.box(part, "", name, column))
        rows.append(row)
    total: list[Box | None] = [Box("合计"), Box(""), Box(""), s.box(sum(money.values()), "", "合计", "合计"), *[s.box(n, "", "合计", c) for c, n in money.items()]]  # fmt: skip
    rows = [*rows, total] if s.total == "last" else [total, *rows]
    head = head_of(
        [
            ("类型", 1, 2),
            ("项目名称", 1, 2),
            ("项目单位", 1, 2),
            ("合计", 1, 2),
            ("财政拨款", 3, 1),
            None,
            None,
            ("单位资金", 1, 2),
        ],
        [None, None, None, None, "一般公共预算", "政府性基金预算", "国有资本经营预算", None],
    )
    return p.table("T8", "项目支出表", head, rows)


def purchases(p: Printer) -> Printed:
    b, s = p.books, p.style
    names = [("货物类采购", b.goods), ("工程类采购", b.works), ("服务类采购", b.services)]
    rows: list[list[Box | None]] = [[Box(name), s.box(n, "", name, "金额")] for name, n in names]
    rows.append([Box("合计"), s.box(sum(n for _, n in names), "", "合计", "金额")])
    return p.table("T19", "政府采购预算表", head_of(["采购项目", "采购预算金额"]), rows)


def narrative(b: Books) -> list[str | Printed]:
    """Sentences as published documents have them; every number is computed."""
    y, unit = b.year, b.unit
    general = b.of(GENERAL)
    paid, last = b.paid(GENERAL), sum(line.last for line in general)
    basic = sum(line.basic for line in b.lines)
    sources = [("一般公共预算拨款收入", paid), ("政府性基金预算拨款收入", b.paid(FUND)), ("国有资本经营预算拨款收入", b.paid(CAPITAL)), *((name if name != "上年结转" else "上年结转", b.own(name)) for name in OWN)]  # fmt: skip
    shown = "；".join(f"{name}{wan(n)}，占{percent(n, b.total)}%" for name, n in sources if n)
    classes: dict[str, int] = {}
    for line in general:
        classes[line.code[:3]] = classes.get(line.code[:3], 0) + line.paid
    out = [
        f"一、关于{unit}{y}年收支预算情况的总体说明",
        f"按照综合预算的原则，{unit}所有收入和支出均纳入部门预算管理。{y}年收支总预算{wan(b.total)}。",
        f"二、关于{unit}{y}年收入预算情况说明",
        f"{unit}{y}年收入预算{wan(b.total)}，其中：{shown}。",
        f"三、关于{unit}{y}年支出预算情况说明",
        f"{unit}{y}年支出预算{wan(b.total)}，其中：基本支出{wan(basic)}，占{percent(basic, b.total)}%；项目支出{wan(b.total - basic)}，占{percent(b.total - basic, b.total)}%。",
        f"四、关于{unit}{y}年财政拨款收支预算情况的总体说明",
        f"{unit}{y}年财政拨款收支总预算{wan(sum(b.paid(f) for f in (GENERAL, FUND, CAPITAL)))}。",
        f"五、关于{unit}{y}年一般公共预算当年拨款情况说明",
        "（一）一般公共预算当年拨款规模变化情况。",
        f"{unit}{y}年一般公共预算当年拨款{wan(paid)}，比{y - 1}年执行数{change(paid, last)}。主要是工作任务有所调整。",
        "（二）一般公共预算当年拨款结构情况。",
        "；".join(f"{b.names[c]}（类）支出{wan(n)}，占{percent(n, paid)}%" for c, n in sorted(classes.items())) + "。",
        "（三）一般公共预算当年拨款具体使用情况。",
    ]
    for i, line in enumerate(general, 1):
        name = f"{b.names[line.code[:3]]}（类）{b.names[line.code[:5]]}（款）{b.names[line.code]}（项）"
        moved = "与上年持平" if line.paid == line.last else f"比{y - 1}年执行数{change(line.paid, line.last)}"
        out.append(f"{i}.{name}{y}年预算数为{wan(line.paid)}，{moved}。")
    staff = "、".join(b.economic_names[c] for c in b.economic if c[:3] in ("301", "303"))
    goods = "、".join(b.economic_names[c] for c in b.economic if c[:3] == "302")
    three, three_last = sum(b.public.values()), sum(b.public_last.values())
    cars = b.public["购置"] + b.public["运行"]
    bought = b.goods + b.works + b.services
    out += [
        f"六、关于{unit}{y}年一般公共预算基本支出情况说明",
        f"{unit}{y}年一般公共预算基本支出{wan(basic)}，其中：",
        f"人员经费{wan(b.staff)}，主要包括：{staff}；",
        f"公用经费{wan(b.operating)}，主要包括：{goods}。",
        f"七、关于{unit}{y}年“三公”经费预算情况说明",
        f"{unit}{y}年“三公”经费预算数为{wan(three)}，其中：因公出国（境）费{wan(b.public['出国'])}，公务用车购置及运行费{wan(cars)}（其中，公务用车购置费{wan(b.public['购置'])}，公务用车运行费{wan(b.public['运行'])}），公务接待费{wan(b.public['接待'])}。{y}年“三公”经费预算比{y - 1}年{change(three, three_last)}。",
        f"八、关于{unit}{y}年政府性基金预算支出情况说明",
        f"{unit}{y}年政府性基金预算支出{wan(b.paid(FUND))}。" if b.paid(FUND) else f"{unit}{y}年没有政府性基金预算拨款安排的支出。",
        "九、其他重要事项的情况说明",
        "（一）机关运行经费。",
        f"{y}年机关运行经费财政拨款预算{wan(b.operating)}，比{y - 1}年预算{change(b.operating, b.operating_last)}。",
        "（二）政府采购情况。",
        f"{y}年政府采购预算总额{wan(bought)}，其中：政府采购货物预算{wan(b.goods)}、政府采购工程预算{wan(b.works)}、政府采购服务预算{wan(b.services)}。",
        "（三）国有资产占有使用情况。",
        f"截至{y - 1}年12月31日，{unit}共有车辆{b.counts['车']}辆。",
        "（四）预算绩效情况。",
        f"{y}年{unit}实行绩效目标管理的项目{len(b.projects)}个，涉及预算资金{wan(sum(b.projects.values()))}。",
    ]  # fmt: skip
    return list(out)
