"""The accounts set in its yearly shapes, with its narrative, from random books."""

from wangge.disclosure.tests.variants.books import CAPITAL, FUND, GENERAL, OWN, Books
from wangge.disclosure.tests.variants.budget import _numeral as numeral
from wangge.disclosure.tests.variants.budget import change, percent, wan
from wangge.disclosure.tests.variants.paper import Box, Paper, Printed, head_of
from wangge.disclosure.tests.variants.style import Printer, Style, header

FUNDS = (GENERAL, FUND, CAPITAL)
_CLASSES = (
    "201",
    "202",
    "203",
    "204",
    "205",
    "206",
    "207",
    "208",
    "210",
    "211",
    "212",
    "213",
    "214",
    "221",
    "223",
    "229",
)


class Money:
    """What came in and went out, by line and source, so that every balance holds."""

    def __init__(self, b: Books) -> None:
        self.b = b
        self.opening, self.closing = b.opening, b.closing
        own = sum(sum(line.own.values()) for line in b.lines)
        self.opening_own = b.opening_own if own > b.opening_own else 0
        self.closing_own = b.closing_own if own else 0
        largest = max(b.of(GENERAL), key=lambda line: line.paid)
        self.opening = min(self.opening, largest.paid // 2)
        self.fiscal = {line.code: line.paid for line in b.lines}
        self.fiscal[largest.code] += self.closing - self.opening
        self.business = {line.code: line.own.get("事业收入", 0) for line in b.lines}
        self.other = {line.code: line.own.get("其他收入", 0) + line.own.get("上年结转", 0) for line in b.lines}
        if own:
            rich = max(b.lines, key=lambda line: sum(line.own.values()))
            self.opening_own = min(self.opening_own, self.other[rich.code])
            self.other[rich.code] += self.closing_own - self.opening_own

    @property
    def income(self) -> int:
        return sum(self.fiscal.values()) + sum(self.business.values()) + sum(self.other.values())

    @property
    def whole(self) -> int:
        return self.income + self.opening + self.opening_own

    def fiscal_of(self, fund: str) -> int:
        return sum(self.fiscal[line.code] for line in self.b.of(fund))


def paper(b: Books, s: Style) -> Paper:
    p, m = Printer(b, s), Money(b)
    made = Paper([f"{b.unit}{b.year}年度部门决算", "目录", "第一部分 部门概况", "第二部分 部门决算表", "第三部分 部门决算情况说明", "第四部分 名词解释"])  # fmt: skip
    made.blocks += [
        "第一部分 部门概况",
        "一、部门职责",
        f"{b.unit}负责本行政区域内有关工作的组织实施。",
        "第二部分 部门决算表",
    ]
    made.blocks += [balance(p, m), income(p, m), spending(p), fiscal(p, m), general(p), basic(p), public(p), fund(p)]
    if b.year >= 2019 or b.paid(CAPITAL):
        made.blocks.append(capital(p))
    made.blocks += [
        "第三部分 部门决算情况说明",
        *narrative(b, m),
        "第四部分 名词解释",
        "一、财政拨款收入：指财政当年拨付的资金。",
    ]
    return made


def _class_names(b: Books) -> list[str]:
    used = {line.code[:3] for line in b.lines}
    return [code for code in _CLASSES if code in b.names] if b.year % 2 else sorted(used)


def _label(i: int, name: str) -> str:
    return f"{numeral(i)}、{name}"


def balance(p: Printer, m: Money) -> Printed:
    b, s = p.books, p.style
    if b.year >= 2019:
        left = [
            ("一般公共预算财政拨款收入", m.fiscal_of(GENERAL)),
            ("政府性基金预算财政拨款收入", m.fiscal_of(FUND)),
            ("国有资本经营预算财政拨款收入", m.fiscal_of(CAPITAL)),
        ]
        odd = "使用非财政拨款结余（含专用结余）" if b.year >= 2023 else "使用非财政拨款结余"
    else:
        left = [("财政拨款收入", sum(m.fiscal.values()))]
        odd = "用事业基金弥补收支差额"
    left += [
        ("上级补助收入", 0),
        ("事业收入", sum(m.business.values())),
        ("经营收入", 0),
        ("附属单位上缴收入", 0),
        ("其他收入", sum(m.other.values())),
    ]
    items: list[tuple[str, int, str]] = [(_label(i, name), n, name) for i, (name, n) in enumerate(left)]
    classes = _class_names(b)
    sums = {c: sum(line.total for line in b.lines if line.code[:3] == c) for c in classes}
    # From 2019 on the names of the classes carry 支出.
    right = [
        (_label(i, b.names[c] if b.year >= 2019 else b.names[c].removesuffix("支出")), sums[c], b.names[c])
        for i, c in enumerate(classes)
    ]
    height = max(len(items), len(right))
    items += [("", 0, "")] * (height - len(items))
    right += [("", 0, "")] * (height - len(right))
    items += [
        ("本年收入合计", m.income, "本年收入合计"),
        (odd, 0, odd),
        ("年初结转和结余", m.opening + m.opening_own, "年初结转和结余"),
        ("总计", m.whole, "收入总计"),
    ]
    right += [
        ("本年支出合计", b.total, "本年支出合计"),
        ("结余分配", 0, "结余分配"),
        ("年末结转和结余", m.closing + m.closing_own, "年末结转和结余"),
        ("总计", m.whole, "支出总计"),
    ]
    lined = s.layout != "shanghai"
    rows: list[list[Box | None]] = []
    for i, (one, other) in enumerate(zip(items, right, strict=True)):
        row: list[Box | None] = []
        for side, (label, n, key), line in (("收入", one, i + 1), ("支出", other, i + 1 + len(items))):
            row.append(Box(s.word(label)))
            if lined:
                row.append(Box(str(line)))
            row.append(s.box(n, side, key, "金额") if label else Box(""))
        rows.append(row)
    if lined:
        head = head_of(
            [("收入", 3, 1), None, None, ("支出", 3, 1), None, None],
            ["项目", "行次", "决算数"] * 2,
            ["栏次", "", "1", "栏次", "", "2"],
        )
    else:
        head = head_of([("收入", 2, 1), None, ("支出", 2, 1), None], ["项目", "决算数"] * 2)
    return p.table("F01", "收入支出决算总表", head, rows, ["注：本表反映部门本年度的总收支和年末结转结余情况。"])


def _code_head(p: Printer) -> tuple[list[str | tuple[str, int, int] | None], list[str | None]]:
    match p.style.codes:
        case "whole":
            return [("项目", 2, 1), None], ["功能分类科目编码", "科目名称"]
        case "parts":
            return [("项目", 4, 1), None, None, None], ["类", "款", "项", "科目名称"]
        case _:
            return [("项目", 1, 2)], [None]


def income(p: Printer, m: Money) -> Printed:
    b = p.books
    columns = ["合计", "财政拨款", "上级补助收入", "事业收入", "经营收入", "附属单位上缴收入", "其他收入"]
    items = {}
    for line in b.lines:
        got = {"财政拨款": m.fiscal[line.code], "事业收入": m.business[line.code], "其他收入": m.other[line.code]}
        items[line.code] = {"合计": sum(got.values()), **got}
    head = header(_code_head(p), "本年收入合计", "财政拨款收入", *columns[2:])
    return p.table(
        "F02",
        "收入决算表",
        head,
        p.coded(items, b.names, columns, p.function_parents),
        ["注：本表反映部门本年度取得的各项收入情况。"],
    )


def spending(p: Printer) -> Printed:
    b = p.books
    columns = ["合计", "基本支出", "项目支出", "上缴上级支出", "经营支出", "对附属单位补助支出"]
    items = {
        line.code: {"合计": line.total, "基本支出": line.basic, "项目支出": line.total - line.basic} for line in b.lines
    }
    head = header(_code_head(p), "本年支出合计", *columns[1:])
    return p.table(
        "F03",
        "支出决算表",
        head,
        p.coded(items, b.names, columns, p.function_parents),
        ["注：本表反映部门本年度各项支出情况。"],
    )


def fiscal(p: Printer, m: Money) -> Printed:
    b, s = p.books, p.style
    three = b.year >= 2019 or bool(b.paid(CAPITAL))
    funds = FUNDS if three else FUNDS[:2]
    names = {GENERAL: "一般公共预算财政拨款", FUND: "政府性基金预算财政拨款", CAPITAL: "国有资本经营预算财政拨款"}
    keys = ("合计", "一般公共预算", "政府性基金预算", "国有资本经营预算")[: len(funds) + 1]
    items: list[tuple[str, int, str, str]] = [
        (_label(i, names[f]), m.fiscal_of(f), "收入", names[f]) for i, f in enumerate(funds)
    ]
    classes = _class_names(b)
    right = []
    for i, c in enumerate(classes):
        by = [sum(line.paid for line in b.of(f) if line.code[:3] == c) for f in funds]
        right.append((_label(i, b.names[c] if b.year >= 2019 else b.names[c].removesuffix("支出")), b.names[c], by))
    height = max(len(items), len(right))
    items += [("", 0, "", "")] * (height - len(items))
    right += [("", "", [0] * len(funds))] * (height - len(right))
    total = sum(m.fiscal_of(f) for f in funds)
    spent = [b.paid(f) for f in funds]
    items += [
        ("本年收入合计", total, "收入", "本年收入合计"),
        ("年初财政拨款结转和结余", m.opening, "收入", "年初财政拨款结转和结余"),
    ]
    right += [
        ("本年支出合计", "本年支出合计", spent),
        ("年末财政拨款结转和结余", "年末财政拨款结转和结余", [m.closing, *[0] * (len(funds) - 1)]),
    ]
    for i, f in enumerate(funds):
        label = names[f] if s.layout != "guangdong" else _label(i, names[f])
        items.append((label, m.opening if f == GENERAL else 0, "收入/年初结转", names[f]))
        right.append(("", "", [0] * len(funds)))
    items.append(("总计", total + m.opening, "收入", "收入总计"))
    right.append(("总计", "支出总计", [spent[0] + m.closing, *spent[1:]]))
    lined = s.layout != "shanghai"
    rows: list[list[Box | None]] = []
    for i, (one, other) in enumerate(zip(items, right, strict=True)):
        row: list[Box | None] = [Box(s.word(one[0]))]
        if lined:
            row.append(Box(str(i + 1)))
        row.append(s.box(one[1], one[2], one[3], "金额") if one[0] else Box(""))
        row.append(Box(s.word(other[0])))
        if lined:
            row.append(Box(str(i + 1 + len(items))))
        row += [
            s.box(n, "支出", other[1], k) if other[0] else Box("")
            for k, n in zip(keys, [sum(other[2]), *other[2]], strict=True)
        ]
        rows.append(row)
    words = ["合计", *[names[f] for f in funds]]
    if lined:
        head = head_of(
            [("收入", 3, 1), None, None, ("支出", 2 + len(words), 1), *[None] * (1 + len(words))],
            ["项目", "行次", "金额", "项目", "行次", *words],
        )
    else:
        head = head_of(
            [("收入", 2, 1), None, ("支出", 1 + len(words), 1), *[None] * len(words)],
            ["项目", "决算数", "项目", *words],
        )
    return p.table("F04", "财政拨款收入支出决算总表", head, rows)


def general(p: Printer) -> Printed:
    b = p.books
    items = {line.code: {"合计": line.paid, "基本支出": line.basic, "项目支出": line.project} for line in b.of(GENERAL)}
    head = header(_code_head(p), ("本年支出", ["小计" if b.year >= 2017 else "合计", "基本支出", "项目支出"]))
    return p.table(
        "F05",
        "一般公共预算财政拨款支出决算表",
        head,
        p.coded(items, b.names, ["合计", "基本支出", "项目支出"], p.function_parents),
    )


def basic(p: Printer) -> Printed:
    b, s = p.books, p.style
    groups: list[list[tuple[str, int]]] = []
    for heads in (("301", "303"), ("302",), ("307", "310", "399")):
        group: list[tuple[str, int]] = []
        for code in heads:
            codes = {c: n for c, n in b.economic.items() if c.startswith(code)}
            group.append((code, sum(codes.values())))
            group.extend(sorted(codes.items()))
        groups.append(group)
    height = max(len(group) for group in groups)
    rows: list[list[Box | None]] = []
    for i in range(height):
        row: list[Box | None] = []
        for group in groups:
            if i < len(group):
                code, n = group[i]
                row += [Box(code), Box(b.economic_names[code]), s.box(n, "", code, "金额")]
            else:
                row += [Box("")] * 3
        rows.append(row)
    rows.append(
        [
            Box("人员经费合计", None, 2, 1),
            None,
            s.box(b.staff, "", "人员经费合计", "金额"),
            Box("公用经费合计", None, 5, 1),
            *[None] * 4,
            s.box(b.operating, "", "公用经费合计", "金额"),
        ]
    )
    head = head_of(
        [("人员经费", 3, 1), None, None, ("公用经费", 6, 1), *[None] * 5],
        ["科目编码" if b.year > 2017 else "经济分类科目编码", "科目名称", "决算数" if b.year > 2016 else "金额"] * 3,
    )
    return p.table(
        "F06",
        "一般公共预算财政拨款基本支出决算明细表" if b.year >= 2021 else "一般公共预算财政拨款基本支出决算表",
        head,
        rows,
    )


def public(p: Printer) -> Printed:
    b, s = p.books, p.style
    keys = [
        "合计",
        "因公出国（境）费",
        "公务用车购置及运行费/小计",
        "公务用车购置及运行费/公务用车购置费",
        "公务用车购置及运行费/公务用车运行费",
        "公务接待费",
    ]

    def six(x: dict[str, int]) -> list[int]:
        return [sum(x.values()), x["出国"], x["购置"] + x["运行"], x["购置"], x["运行"], x["接待"]]

    cells = [
        s.box(n, "", f"数{''}", f"{half}/{k}")
        for half, x in (("预算数", b.public_last), ("决算数", b.public))
        for k, n in zip(keys, six(x), strict=True)
    ]
    one: list[str | tuple[str, int, int] | None] = [
        ("合计", 1, 2),
        ("因公出国（境）费", 1, 2),
        ("公务用车购置及运行费" if b.year < 2022 else "公务用车购置及运行维护费", 3, 1),
        None,
        None,
        ("公务接待费", 1, 2),
    ]
    head = head_of(
        [("预算数", 6, 1), *[None] * 5, ("决算数", 6, 1), *[None] * 5],
        one * 2,
        [None, None, "小计", "公务用车购置费", "公务用车运行费" if b.year < 2022 else "公务用车运行维护费", None] * 2,
        [str(i) for i in range(1, 13)],
    )
    title = "一般公共预算财政拨款“三公”经费支出决算表" if b.year < 2022 else "财政拨款“三公”经费支出决算表"
    return p.table("F07", title, head, [list(cells)], ["注：本表反映部门本年度“三公”经费支出预决算情况。"])


def fund(p: Printer) -> Printed:
    b = p.books
    head = header(
        _code_head(p), "年初结转和结余", "本年收入", ("本年支出", ["小计", "基本支出", "项目支出"]), "年末结转和结余"
    )
    items = {line.code: {"本年收入": line.paid, "合计": line.paid, "项目支出": line.paid} for line in b.of(FUND)}
    title = "政府性基金预算财政拨款收入支出决算表"
    if not items:
        return p.empty("F08", title, head, "政府性基金预算财政拨款收入，也没有使用政府性基金预算财政拨款安排的支出")
    return p.table(
        "F08",
        title,
        head,
        p.coded(
            items,
            b.names,
            ["年初结转和结余", "本年收入", "合计", "基本支出", "项目支出", "年末结转和结余"],
            p.function_parents,
        ),
    )


def capital(p: Printer) -> Printed:
    b = p.books
    head = header(_code_head(p), ("本年支出", ["合计", "基本支出", "项目支出"]))
    items = {line.code: {"合计": line.paid, "项目支出": line.paid} for line in b.of(CAPITAL)}
    title = "国有资本经营预算财政拨款支出决算表"
    if not items:
        return p.empty("F09", title, head, "国有资本经营预算财政拨款支出")
    return p.table("F09", title, head, p.coded(items, b.names, ["合计", "基本支出", "项目支出"], p.function_parents))


def narrative(b: Books, m: Money) -> list[str | Printed]:
    y = b.year
    general = b.of(GENERAL)
    paid, begin = b.paid(GENERAL), sum(line.begin for line in general)
    basic = sum(line.basic for line in b.lines)
    fiscal_in = sum(m.fiscal.values())
    whole_fiscal = fiscal_in + m.opening
    business, other = sum(m.business.values()), sum(m.other.values())
    parts = [
        ("财政拨款收入", fiscal_in),
        ("上级补助收入", 0),
        ("事业收入", business),
        ("经营收入", 0),
        ("附属单位上缴收入", 0),
        ("其他收入", other),
    ]
    classes: dict[str, int] = {}
    for line in general:
        classes[line.code[:3]] = classes.get(line.code[:3], 0) + line.paid
    spent = sum(b.paid(f) for f in FUNDS)
    three, three_plan = sum(b.public.values()), sum(b.public_last.values())
    cars = b.public["购置"] + b.public["运行"]
    cars_plan = b.public_last["购置"] + b.public_last["运行"]
    bought = b.goods + b.works + b.services

    def done(now: int, plan: int) -> str:
        return f"，完成预算的{percent(now, plan)}%" if plan else ""

    last = b.last_total
    same = last == m.whole
    out = [
        "一、收入支出决算总体情况说明",
        f"{y}年度收、支总计{wan(m.whole)}。与{y - 1}年相比，收、支总计各{change(m.whole, last)}，主要原因是项目安排有变化。"
        if not same
        else f"{y}年度收、支总计{wan(m.whole)}。",
        "二、收入决算情况说明",
        f"本年收入合计{wan(m.income)}，其中："
        + "；".join(f"{name}{wan(n)}，占{percent(n, m.income)}%" for name, n in parts)
        + "。",
        "三、支出决算情况说明",
        f"本年支出合计{wan(b.total)}，其中：基本支出{wan(basic)}，占{percent(basic, b.total)}%；项目支出{wan(b.total - basic)}，占{percent(b.total - basic, b.total)}%；上缴上级支出0.00万元，占0.00%；经营支出0.00万元，占0.00%；对附属单位补助支出0.00万元，占0.00%。",
        "四、财政拨款收入支出决算总体情况说明",
        f"{y}年度财政拨款收、支总计{wan(whole_fiscal)}。与{y - 1}年相比，财政拨款收、支总计各{change(whole_fiscal, b.last_income)}，主要原因是项目安排有变化。",
        "五、一般公共预算财政拨款支出决算情况说明",
        "（一）一般公共预算财政拨款支出决算总体情况",
        f"{y}年度一般公共预算财政拨款支出{wan(paid)}，占本年支出合计的{percent(paid, b.total)}%。与{y - 1}年相比，一般公共预算财政拨款支出{change(paid, b.last_income)}，主要原因是项目安排有变化。",
        "（二）一般公共预算财政拨款支出决算结构情况",
        f"{y}年度一般公共预算财政拨款支出{wan(paid)}，主要用于以下方面："
        + "；".join(f"{b.names[c]}（类）{wan(n)}，占{percent(n, paid)}%" for c, n in sorted(classes.items()))
        + "。",
        "（三）一般公共预算财政拨款支出决算具体情况",
        f"{y}年度一般公共预算财政拨款支出年初预算为{wan(begin)}，支出决算为{wan(paid)}，完成年初预算的{percent(paid, begin)}%。其中："
        if begin
        else "具体如下：",
    ]
    for i, line in enumerate(general, 1):
        name = f"{b.names[line.code[:3]]}（类）{b.names[line.code[:5]]}（款）{b.names[line.code]}（项）"
        if not line.begin:
            said = f"年初预算为0.00万元，支出决算为{wan(line.paid)}，决算数大于年初预算数的主要原因是年中追加预算。"
        else:
            said = f"年初预算为{wan(line.begin)}，支出决算为{wan(line.paid)}，完成年初预算的{percent(line.paid, line.begin)}%。"
            if line.paid > line.begin:
                said = said[:-1] + "，决算数大于年初预算数的主要原因是年中追加预算。"
            elif line.paid < line.begin:
                said = said[:-1] + "，决算数小于年初预算数的主要原因是厉行节约。"
        out.append(f"{i}.{name}。{said}")
    staff = "、".join(b.economic_names[c] for c in b.economic if c[:3] in ("301", "303"))
    goods = "、".join(b.economic_names[c] for c in b.economic if c[:3] == "302")
    out += [
        "六、一般公共预算财政拨款基本支出决算情况说明",
        f"{y}年度一般公共预算财政拨款基本支出{wan(b.staff + b.operating)}，其中：人员经费{wan(b.staff)}，占基本支出的{percent(b.staff, b.staff + b.operating)}%，主要包括：{staff}；公用经费{wan(b.operating)}，占基本支出的{percent(b.operating, b.staff + b.operating)}%，主要包括：{goods}。",
        "七、财政拨款“三公”经费支出决算情况说明",
        "（一）“三公”经费财政拨款支出决算总体情况说明",
        f"{y}年度“三公”经费财政拨款支出预算为{wan(three_plan)}，支出决算为{wan(three)}{done(three, three_plan)}。",
        f"其中：因公出国（境）费支出预算为{wan(b.public_last['出国'])}，支出决算为{wan(b.public['出国'])}{done(b.public['出国'], b.public_last['出国'])}；公务用车购置及运行费支出预算为{wan(cars_plan)}，支出决算为{wan(cars)}{done(cars, cars_plan)}；公务接待费支出预算为{wan(b.public_last['接待'])}，支出决算为{wan(b.public['接待'])}{done(b.public['接待'], b.public_last['接待'])}。",
        "（二）“三公”经费财政拨款支出决算具体情况说明",
        f"{y}年度“三公”经费财政拨款支出决算中，因公出国（境）费支出决算{wan(b.public['出国'])}，公务用车购置及运行费支出决算{wan(cars)}，公务接待费支出决算{wan(b.public['接待'])}。具体情况如下：",
        f"1.因公出国（境）费支出{wan(b.public['出国'])}。"
        + (f"全年安排因公出国（境）团组{b.counts['团']}个，累计{b.counts['团'] * 3}人次。" if b.public["出国"] else ""),
        f"2.公务用车购置及运行费支出{wan(cars)}。其中：公务用车购置支出{wan(b.public['购置'])}；公务用车运行支出{wan(b.public['运行'])}。"
        + (f"年末公务用车保有量{b.counts['车']}辆。" if b.public["运行"] else ""),
        f"3.公务接待费支出{wan(b.public['接待'])}。"
        + (f"全年国内公务接待{b.counts['批']}批次，{b.counts['人']}人次。" if b.public["接待"] else ""),
        "八、政府性基金预算财政拨款收入支出决算情况说明",
        f"{y}年度政府性基金预算财政拨款收入{wan(b.paid(FUND))}，支出{wan(b.paid(FUND))}。"
        if b.paid(FUND)
        else "本部门没有政府性基金预算财政拨款收入和支出。",
        "九、机关运行经费支出情况说明",
        f"{y}年度机关运行经费支出{wan(b.operating)}，比{y - 1}年{change(b.operating, b.operating_last)}，主要原因是厉行节约。",
        "十、政府采购支出情况说明",
        f"{y}年度政府采购支出总额{wan(bought)}，其中：政府采购货物支出{wan(b.goods)}、政府采购工程支出{wan(b.works)}、政府采购服务支出{wan(b.services)}。",
        "十一、预算绩效情况说明",
        f"本部门组织对{y}年度{len(b.projects)}个项目开展了绩效自评。",
        "十二、国有资产占用情况说明",
        f"截至{y}年12月31日，本部门共有车辆{b.counts['车']}辆。单价100万元以上设备0台（套）。",
    ]
    assert spent >= paid
    assert OWN
    return list(out)
