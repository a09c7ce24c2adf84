"""Rules about performance forms: every rule with a form that is right and one that is not."""

import pytest

from wangge.disclosure.documents.model import Value
from wangge.disclosure.tests.make_document import table
from wangge.disclosure.tests.tell import brief, form, forms, found

NINE = (
    ("数量指标", "办件量", "≥100件", "120件", "20", "20", ""),
    ("质量指标", "办结率", "≥95%", "99%", "10", "10", ""),
    ("时效指标", "期限", "1年", "1年", "10", "10", ""),
    ("成本指标", "成本", "≤10万元", "10万元", "10", "10", ""),
    ("经济效益指标", "节约资金", "≥1万元", "1万元", "10", "10", ""),
    ("社会效益指标", "受益人数", "≥100人", "100人", "10", "10", ""),
    ("生态效益指标", "减排", "≥1吨", "1吨", "5", "5", ""),
    ("可持续影响指标", "使用年限", "≥3年", "3年", "5", "5", ""),
    ("服务对象满意度指标", "群众满意率", "≥90%", "95%", "10", "10", ""),
)
FULL = {
    "项目名称": "网格专项",
    "总分/分值": "100",
    "总分/得分": "100",
    "等级": "优",
    "产出指标/分值": "50",
    "效益指标/分值": "30",
    "满意度指标/分值": "10",
}
MONEY = ("10", "10", "10", "10", "100%", "10")
SCORES = ("P01", "P02", "P03", "P04", "P05", "P06", "P07", "P08", "P11", "P12", "P13", "P24")


def with_line(at: int, **cells: str) -> list[tuple[str, ...]]:
    names = {"level": 0, "name": 1, "target": 2, "actual": 3, "weight": 4, "score": 5, "reason": 6}
    lines = [list(line) for line in NINE]
    for name, text in cells.items():
        lines[at][names[name]] = text
    return [tuple(line) for line in lines]


def evaluation(lines=NINE, money=MONEY, parts=None, said=(), tables=(), **fields: str):
    made = forms(
        form("E2", *lines, money=money, parts=parts, fields=FULL | {k.replace("_", "/"): v for k, v in fields.items()}),
        kind="accounts",
        year=2022,
        said=said,
        tables=tables,
    )
    return made


def test_a_form_that_is_right_has_no_finding():
    assert found(evaluation(), *SCORES) == []


@pytest.mark.parametrize(
    ("lines", "money", "fields", "expected"),
    [
        # P01: the weights make 110; the total of the scores is off by the same and told with it
        (with_line(0, weight="30", score="30"), MONEY, {}, [("P01", "error", "100", "110")]),
        # a row is missing: it may have been lost
        (NINE[:8], MONEY, {}, [("P01", "suspicious", "100", "90")]),
        # P02: the right total under the wrong first level
        (with_line(0, level="社会效益指标"), MONEY, {}, [("P02", "error", "50", "30")]),
        # P03
        (with_line(8, score="11", weight="10"), MONEY, {"总分_得分": "101"}, [("P03", "error", "11", "0～10")]),
        # P04: a score was cut and the total was not
        (with_line(7, score="1", reason="延迟"), MONEY, {}, [("P04", "error", "100", "96")]),
        # P05 with its score, P06 alone
        (NINE, ("10", "10", "9.533", "10", "100%", "10"), {}, [("P05", "error", "100%", "95.33%，得分9.53")]),
        (NINE, ("10", "10", "5.82", "10", "58.2%", "5.82"), {"总分_得分": "95.82"}, []),
        (NINE, ("10", "10", "9.509", "10", "95.09%", "9.5"), {"总分_得分": "99.5"}, []),
        (NINE, ("10", "10", "5.82", "10", "58.2%", "8"), {"总分_得分": "98"}, [("P06", "suspicious", "8", "5.82")]),
        # P08
        (NINE, MONEY, {"等级": "良"}, [("P08", "error", "良", "优")]),
        (
            NINE,
            ("21.7", "21.7", "0", "10", "0", "0"),
            {"总分_得分": "90"},
            [("P24", "suspicious", "执行数0，产出得分50/50", "说明没有支出仍完成产出的原因")],
        ),
        # P11
        (
            with_line(7, score="3"),
            MONEY,
            {"总分_得分": "98"},
            [("P11", "suspicious", "使用年限 3/5", "填写偏差原因分析及改进措施")],
        ),
        (with_line(7, score="3", reason="尚未验收"), MONEY, {"总分_得分": "98"}, []),
        # P12
        (with_line(6, name="无", target="无", actual="无"), MONEY, {}, [("P12", "error", "5", "0")]),
        (
            with_line(
                6, name="该指标不适用", target="该指标不适用于本单位", actual="该指标不适用", weight="0", score="0"
            ),
            MONEY,
            {"总分_分值": "95", "总分_得分": "95", "效益指标_分值": "25"},
            [],
        ),
        (with_line(6, name="无安全事故情况", target="无", actual="无"), MONEY, {}, []),
        # P13
        (
            with_line(0, target="48项", actual="100%"),
            MONEY,
            {},
            [("P13", "suspicious", "办件量：指标值48项，完成值100%，单位不同", "完成值用与指标值相同的单位回答")],
        ),
        (with_line(1, target="100%", actual="95%", score="9", reason="退件"), MONEY, {"总分_得分": "99"}, []),
        (
            with_line(1, target="≥95%", actual="50%"),
            MONEY,
            {},
            [("P13", "suspicious", "办结率：指标值≥95%，完成值50%，得分10/10", "完成值用与指标值相同的单位回答")],
        ),
    ],
)
def test_scores(lines, money, fields, expected):
    assert brief(found(evaluation(lines, money, **fields), *SCORES)) == expected


def test_the_place_of_a_wrong_total_is_the_total():
    findings = found(evaluation(with_line(7, score="1", reason="x")), "P04")
    assert findings[0].places[0].line == 50
    assert 18 in [p.line for p in findings[0].places]


@pytest.mark.parametrize(
    ("grade", "total", "fine"),
    [("优", "90", True), ("良", "89.99", True), ("优", "89.99", False), ("中", "60", True), ("差", "60", False)],
)
def test_lower_bounds_of_a_grade_count(grade, total, fine):
    assert (found(evaluation(等级=grade, 总分_得分=total), "P08") == []) is fine


@pytest.mark.parametrize(("other", "expected"), [("10.28", []), ("0.28", [("P07", "error", "1618.70", "1608.70")])])
def test_money_of_a_form_adds_up(other, expected):
    parts = {"当年财政拨款": ("1608.42", "1608.42", ""), "其他资金": ("10.28", other, "")}
    made = evaluation(money=("1618.70", "1618.70", "1618.70", "10", "100%", "10"), parts=parts)
    assert brief(found(made, "P07")) == expected


# Beside the accounts and the report


F03 = table("F03", ["合计", "基本支出", "项目支出"], ["合计", "1681.70", "100.28", "1581.42"])
REPORT = "二、预算收支情况"
TOLD = "2022年预算收入1807.27万元，其中年初预算1760.10万元，调整追加36.89万元，其他资金来源10.28万元。"
SPENT = "2022年支出1681.70万元，其中基本支出100.28万元，项目支出1581.42万元，结余结转{}万元。"


def whole(year: str, spent: str, left: str = "125.57", told: str = TOLD):
    sheet = form("E1", money=("1760.10", year, spent, "10", "93.05%", "9.3"), fields={"总分/得分": "100"})
    return forms(sheet, kind="accounts", year=2022, tables=(F03,), said=((REPORT, told), (REPORT, SPENT.format(left))))


def test_the_form_of_the_whole_unit_repeats_the_accounts():
    assert found(whole("1807.27", "1681.70"), "P09", "P21") == []
    findings = found(whole("1807.27", "1618.70"), "P09")
    assert brief(findings) == [("P09", "error", "1618.70", "1681.70")]
    assert "换位" in findings[0].explanation
    assert brief(found(whole("1618.70", "1681.70"), "P09")) == [("P09", "error", "1618.70", "1807.27万元")]


def test_income_less_spending_is_what_is_left():
    assert brief(found(whole("1807.27", "1681.70", left="0"), "P21")) == [("P21", "error", "0万元", "125.57")]
    made = whole("1807.27", "1681.70", told=TOLD.replace("36.89", "38.69"))
    assert [f.severity for f in found(made, "P21")] == ["error"]


PROJECT = "三、绩效情况/（二）项目支出绩效情况"
PLANNED = "1.年初预算项目“网格专项”金额10万元，年中执行调增0万元，实际支出5.82万元，结余结转{}万元。"
ADDED = "2.年中追加项目“网格专项”金额36.89万元，实际支出36.89万元，结余结转0万元。"


def project(money, said):
    return forms(
        form("E2", money=money, fields={"项目名称": "网格专项"}), kind="accounts", year=2022, said=((PROJECT, said),)
    )


def test_a_form_of_a_project_repeats_the_report():
    money = ("10", "10", "5.82", "10", "58.2%", "5.82")
    assert found(project(money, PLANNED.format("4.18")), "P09", "P21") == []
    assert [f.rule for f in found(project(money, PLANNED.format("4.81")), "P21")] == ["P21"]
    wrong = found(project(("10", "10", "8.52", "10", "85.2%", "8.52"), PLANNED.format("4.18")), "P09")
    assert brief(wrong) == [("P09", "error", "8.52", "5.82万元")]


def test_a_project_added_in_the_year_was_not_planned_at_its_start():
    assert brief(found(project(("36.89", "36.89", "36.89", "10", "100%", "10"), ADDED), "P09")) == [
        ("P09", "error", "36.89", "0")
    ]
    assert found(project(("0", "36.89", "36.89", "10", "100%", "10"), ADDED), "P09") == []


SUMMARY = "网格专项绩效自评综述：根据年初设定的绩效目标，项目绩效自评得分为{}分。项目全年预算数为{}万元，执行数为{}万元，完成预算的{}%。发现的主要问题及原因：{}。"
FORM_958 = ("10", "10", "5.82", "10", "58.2%", "5.82")


@pytest.mark.parametrize(
    ("numbers", "printed"),
    [
        (("95.82", "10", "5.82", "58.2", "付款延迟"), []),
        (("100", "10", "10", "100", "付款延迟"), ["全年执行10万元、100%、100分"]),
        (("95.82", "10", "5.82", "58.2", "无"), ["发现的主要问题及原因：无"]),
    ],
)
def test_summaries_repeat_their_form(numbers, printed):
    made = evaluation(money=FORM_958, said=(("十四、绩效", SUMMARY.format(*numbers)),), 总分_得分="95.82")
    assert [f.printed for f in found(made, "P11", "P14")] == printed


def test_every_evaluated_project_is_summed_up():
    said = "组织对“网格专项”“业务专项”等2个项目开展了部门评价。"
    one = ("十四、绩效", SUMMARY.format("95.82", "10", "5.82", "58.2", "延迟"))
    made = evaluation(money=FORM_958, said=(("十四", said), one), 总分_得分="95.82")
    findings = found(made, "P14")
    assert [(f.severity, f.printed, f.expected) for f in findings] == [("suspicious", "1个综述", "2个")]
    assert "业务专项" in findings[0].explanation


def two(a: str, b: str):
    return [form("E2", money=("10", "10", n, "10", "100%", "10"), fields={"项目名称": f"项目{n}"}) for n in (a, b)]


@pytest.mark.parametrize(("spent", "broken"), [(("1500", "81.42"), False), (("1500", "91.42"), True)])
def test_projects_make_project_spending(spent, broken):
    said = (("绩效", "一级项目0个，二级项目2个。"),)
    made = forms(*two(*spent), kind="accounts", year=2022, tables=(F03,), said=said)
    assert [f.severity for f in found(made, "P10")] == (["error"] if broken else [])


F05 = table("F05", ["合计", "基本支出", "项目支出"], ["合计", "1671.42", "94.62", "1576.80"])
COVERED = "开展绩效自评，共涉及资金{}万元，占一般公共预算项目支出总额的{}%。"


@pytest.mark.parametrize(
    ("amount", "share", "expected"),
    [
        ("1576.80", "100", []),
        ("1581.42", "97.70", [("P23", "error", "97.70%", "100.29%")]),
        ("940.15", "100", [("P23", "suspicious", "100%", "60%")]),  # may be the budget of the projects
    ],
)
def test_coverage(amount, share, expected):
    made = forms(kind="accounts", year=2022, tables=(F03, F05), said=(("绩效", COVERED.format(amount, share)),))
    assert brief(found(made, "P23", "N02")) == expected


def test_forms_that_say_all_money_is_fiscal():
    made = forms(*two("1500", "81.42"), kind="accounts", year=2022, tables=(F03, F05))
    assert [(f.printed, f.expected) for f in found(made, "P25")] == [("1581.42", "不大于 1576.80")]


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        ("登记“企业服务事项”事件148件，办结145件。", False),
        ("登记“企业服务事项”事件148件，办结154件。", True),
        ("群众满意率达108%。", True),
        ("完成预算的107.72%。", False),
    ],
)
def test_bounds(said, broken):
    assert [f.rule for f in found(forms(kind="accounts", said=(("", said),)), "P13x")] == (["P13x"] if broken else [])


# Goal forms


def goal(*lines: tuple[str, ...], amount: str = "10", name: str = "网格专项", **fields: str):
    return form("G3", *lines, fields={"项目名称": name, "资金总额": amount, **fields})


GOOD = tuple(line[:3] for line in NINE)


def test_a_goal_form_that_can_be_measured():
    assert found(forms(goal(*GOOD), year=2021), "P19", "P20", "P22") == []


@pytest.mark.parametrize(
    ("at", "line", "rules"),
    [
        (8, ("服务对象满意度指标", "群众满意率", "≥100%"), {"P19"}),
        (6, ("生态效益指标", "", ""), {"P20"}),
        (5, ("社会效益指标", "居民生活", "提升"), {"P20"}),
        (7, ("可持续影响指标", "群众满意率", "≥95%"), {"P20"}),
        (0, ("数量指标", "排名", "2020年一季度排第五"), {"P22"}),
    ],
)
def test_goals_that_cannot_be_measured(at, line, rules):
    lines = [*GOOD[:at], line, *GOOD[at + 1 :]]
    findings = found(forms(goal(*lines), year=2021), "P19", "P20", "P22")
    assert rules <= {f.rule for f in findings}
    assert {f.severity for f in findings} == {"suspicious"}


def test_a_form_without_output():
    findings = found(forms(goal(*GOOD[4:]), year=2021), "P20")
    assert findings[0].printed.startswith("缺数量指标、质量指标、时效指标、成本指标")


@pytest.mark.parametrize(("price", "outcome"), [("55.83", "rounding"), ("55.38", "error"), ("55.825", None)])
def test_quantity_times_price(price, outcome):
    line = ("成本指标", "作业费", f"全年12个月，每月{price}万元")
    findings = found(forms(goal(line, amount="669.9"), year=2021), "P17")
    assert [f.severity for f in findings] == ([outcome] if outcome else [])


def test_people_times_cost_of_one():
    lines = (("数量指标", "网格员", "24人"), ("成本指标", "平均经费", "6.3万元/人"))
    assert [f.severity for f in found(forms(goal(*lines, amount="151.17"), year=2021), "P17")] == ["rounding"]
    assert [f.severity for f in found(forms(goal(*lines, amount="161.17"), year=2021), "P17")] == ["error"]


@pytest.mark.parametrize(("amount", "expected"), [("144.62", []), ("146.42", [("P18", "error", "146.42", "144.62")])])
def test_costs_make_the_amount(amount, expected):
    lines = (("成本指标", "社区人员经费", "61.62万"), ("成本指标", "社区运转经费", "83万"))
    assert brief(found(forms(goal(*lines, amount=amount), year=2021), "P18")) == expected


def listed(*rows: tuple[str, str], total: str = ""):
    lines = [*([("合计", total)] if total else []), *rows]
    made = table("G2", ["支出名称", "金额"], *([name, name, amount] for name, amount in lines))
    for row in made.rows:
        row.level = 0 if row.key == "合计" else 1
    return made


def test_a_numbered_list_is_whole():
    made = listed(("网格专项", "10"), ("保洁专项", "10"), total="30")
    for n, row in enumerate(made.rows):
        row.values["序号"] = Value("" if n == 0 else "一二三"[n - 1], row.place)
    assert [f.severity for f in found(forms(tables=(made,)), "P16")] == ["error"]


def unit(amount="25", basic="5", project="20"):
    return form("G1", fields={"资金总额": amount, "基本支出": basic, "项目支出": project})


def test_the_forms_make_the_summary_and_the_summary_the_unit():
    summary = listed(("网格专项", "10"), ("保洁专项", "10"), total="20")
    both = (unit(), goal(name="网格专项"), goal(name="保洁专项"))
    assert found(forms(*both, tables=(summary,)), "P15", "P16", "P16n") == []
    lost = found(forms(unit(), goal(name="网格专项"), tables=(summary,)), "P16")
    assert [(f.severity, f.expected) for f in lost] == [("suspicious", "20（缺“保洁专项”10）")]
    odd = forms(*both[1:], tables=(listed(("网格专项", "10"), ("保洁专项", "10"), total="30"),))
    assert [(f.rule, f.severity) for f in found(odd, "P16")] == [("P16", "suspicious")]  # rows are not numbered
    assert brief(found(forms(unit(amount="26"), tables=()), "P15")) == [("P15", "error", "26", "25.00")]


def test_one_fund_with_two_names():
    summary = listed(("社区人员资金", "10"), total="10")
    findings = found(forms(goal(name="网格员人员经费"), tables=(summary,)), "P16n")
    assert [f.severity for f in findings] == ["suspicious"]


@pytest.mark.parametrize(
    ("unit_name", "who", "broken"),
    [("井龙街道办事处", "三个街道", True), ("井龙街道办事处", "三个社区", False), ("石峰区民政局", "三个街道", False)],
)
def test_a_street_has_no_streets(unit_name, who, broken):
    said = (("", f"井龙街道、三个村、{who}"), ("", "三个村、三个社区共21网格"))
    findings = found(forms(unit=unit_name, said=said), "P16n")
    assert brief(findings) == (
        [("P16n", "error", "井龙街道、三个村、三个街道", "井龙街道、三个村、三个社区")] if broken else []
    )


@pytest.mark.parametrize(("second", "expected"), [("7.04", []), ("4.07", [("P21", "error", "36.89万元", "33.92")])])
def test_parts_of_a_project_make_it(second, expected):
    said = (
        (PROJECT, ADDED),
        (PROJECT, "（1）终端项目：项目支出29.85万元，主要用于资费。"),
        (PROJECT, f"（2）维护项目：项目支出{second}万元，主要用于运维。"),
    )
    assert brief(found(forms(kind="accounts", year=2022, said=said), "P21")) == expected


def test_what_a_project_spent_is_told_once():
    said = ((PROJECT, PLANNED.format("4.18")), (PROJECT, "项目支出{}万元，主要用于快递服务。"))
    right, wrong = (forms(kind="accounts", said=(said[0], (PROJECT, said[1][1].format(n)))) for n in ("5.82", "5.28"))
    assert found(right, "P21") == []
    assert [f.rule for f in found(wrong, "P21")] == ["P21"]
