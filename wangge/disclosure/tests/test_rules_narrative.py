"""Rules about the sentences: every rule with sentences that are right and sentences that are not."""

import pytest

from wangge.disclosure.documents.auditing.narrative.phrases import passages, squeeze, subject
from wangge.disclosure.documents.auditing.narrative.years_units import chinese, to_chinese
from wangge.disclosure.documents.model import Paragraph, Place
from wangge.disclosure.tests.make_document import table
from wangge.disclosure.tests.tell import brief, found, told

INCOME, SPENDING = "二、收入决算情况说明", "三、支出决算情况说明"
WHOLE = "一、收入支出决算总体情况说明"
FISCAL = "五、一般公共预算财政拨款支出决算情况说明"
THREE = "七、“三公”经费"


def accounts(*said: tuple[str, str], tables=(), year: int = 2022):
    return told(*said, tables=tables, kind="accounts", year=year)


def budget(*said: tuple[str, str], tables=(), year: int = 2020):
    return told(*said, tables=tables, kind="budget", year=year)


# Reading


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022年度收入合计100万元", "收入合计"),
        ("其中：财政拨款收入1,671.42万元", "财政拨款收入"),
        ("，支出决算为3.38元", "支出决算"),
        ("一般公共服务（类）支出133.63万元", "一般公共服务支出"),
        ("因公出国（境）费0万元", "因公出国费"),
        ("2022年度收、支总计16.70万元", "收、支总计"),
    ],
)
def test_the_subject_of_an_amount(text, expected):
    clean, _ = squeeze(text)
    at = next(p.amounts()[0].start for p in passages(accounts((WHOLE, text))))
    assert subject(clean, at) == expected


def test_thousands_are_told_from_enumerations():
    assert squeeze("2,480,372.7 万元, 增长 1%")[0] == "2,480,372.7万元，增长1%"


@pytest.mark.parametrize(("text", "number"), [("一", 1), ("十", 10), ("十五", 15), ("二十", 20), ("二十六", 26)])
def test_chinese_numbers(text, number):
    assert chinese(text) == number
    assert to_chinese(number) == text


# N01, N08, N13: beside the tables


F02 = table("F02", ["合计", "财政拨款", "其他收入"], ["合计", "1681.70", "1671.42", "10.28"])
F01 = table("F01", ["金额"], ["收入:总计", "456.90"], ["支出:年末结转和结余", "0.00"], ["支出:总计", "456.90"])
F06 = table("F06", ["金额"], ["人员经费合计", "84.80"], ["公用经费合计", "9.82"], ["30216 培训费", "0.15"])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2022年度收入合计1681.70万元，其中：财政拨款收入1671.42万元，其他收入10.28万元。", []),
        ("2022年度收入合计1681.7万元。", []),
        ("2022年度收入合计1682万元。", []),  # a sentence may round
        ("2022年度收入合计1618.70万元。", [("N01", "error", "1618.70万元", "1681.70")]),
        ("2022年度收入合计1681.70万元，其他收入10.82万元。", [("N01", "error", "10.82万元", "10.28")]),
        ("与上年收入合计999.00万元相比有增加。", []),  # another year
    ],
)
def test_amounts_repeat_the_cells_they_name(said, expected):
    assert brief(found(accounts((INCOME, said), tables=(F02,)), "N01")) == expected


def test_a_balance_that_the_table_does_not_have():
    said = "2020年度收、支总计456.9万元（收入总计含年初结转和结余0万元，支出总计含年末结转和结余21.35万元）。"
    findings = found(accounts((WHOLE, said), tables=(F01,), year=2020), "N01")
    assert brief(findings) == [("N01", "error", "21.35万元", "0.00")]
    assert findings[0].places[0].line == 1


def test_a_unit_that_slipped_is_no_wrong_amount():
    made = accounts((INCOME, "2022年度收入合计1681.70元。"), tables=(F02,))
    assert brief(found(made, "N01", "N13")) == [("N13", "error", "1681.70元", "1681.70万元")]


@pytest.mark.parametrize(("amount", "broken"), [("9.82", False), ("8.92", True)])
def test_running_costs_are_the_public_costs(amount, broken):
    made = accounts(("十、机关运行经费支出说明", f"本部门2022年度机关运行经费支出{amount}万元。"), tables=(F06,))
    assert [f.rule for f in found(made, "N08")] == (["N08"] if broken else [])


@pytest.mark.parametrize(("amount", "broken"), [("2.00", False), ("0.15", False), ("0.05", True)])
def test_a_training_fee_may_hold_project_money_but_never_less(amount, broken):
    made = accounts(("十一、一般性支出情况说明", f"开支培训费{amount}万元，用于业务培训。"), tables=(F06,))
    assert bool(found(made, "N01")) is broken


ITEM = "一般公共服务支出（类）政府办公厅（室）及相关机构事务（款）行政运行（项）"
F05 = table(
    "F05",
    ["合计", "基本支出", "项目支出"],
    ["合计", "104.62", "94.62", "10.00"],
    ["201 一般公共服务支出", "104.62", "94.62", "10.00"],
    ["20103 政府办公厅（室）及相关机构事务", "104.62", "94.62", "10.00"],
    ["2010301 行政运行", "94.62", "94.62", ""],
    ["2010302 一般行政管理事务", "10.00", "", "10.00"],
)
ITEM2 = ITEM.replace("行政运行", "一般行政管理事务")


def spending(total="101.04", one="91.04", two="10", spent="10", unit="万元", rate="100"):
    return accounts(
        (
            f"{FISCAL}/（三）具体情况",
            f"财政拨款支出年初预算数为{total}万元，支出决算数为104.62万元，完成年初预算的103.54%，其中：",
        ),
        (f"{FISCAL}/（三）具体情况", f"1、{ITEM}。年初预算为{one}万元，支出决算为94.62万元，完成年初预算的103.93%。"),
        (
            f"{FISCAL}/（三）具体情况",
            f"2、{ITEM2}。年初预算为{two}万元，支出决算为{spent}{unit}，完成年初预算的{rate}%。",
        ),
        tables=(F05,),
    )


RULES = ("N01", "N04", "N05", "N13")


def test_items_of_the_spending_that_agree():
    assert found(spending(), *RULES) == []


def test_items_that_do_not_make_the_total():
    findings = found(spending(total="120.23"), "N05")
    assert brief(findings) == [("N05", "error", "120.23万元", "101.04")]
    assert findings[0].difference == "+19.19"


def test_an_item_that_is_not_its_cell():
    assert ("N01", "error", "11万元", "10.00") in brief(found(spending(spent="11", rate="110"), *RULES))


def test_yuan_for_ten_thousand_yuan():
    findings = found(spending(unit="元"), *RULES)
    assert brief(findings) == [("N13", "error", "10元", "10万元")]
    assert findings[0].places[0].line == 3


# N02, N06: shares


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("收入合计200万元，其中：财政拨款收入150万元，占75%；其他收入50万元，占25%。", []),
        ("收入合计200万元，其中：财政拨款收入150万元，占57%；其他收入50万元，占25%。", [("57%", "75%")]),
        ("支出1671.42万元，主要用于以下方面：一般公共服务（类）支出133.63万元，占7.99%。", []),  # 7.995 rounds down
        ("项目支出0万元，占0%。", []),
        ("采购总额2.68万元，其中：中小企业2.68万元，占采购总额的100%，小微企业2.46万元，占采购总额的91.8%。", []),
        (
            "采购总额2.68万元，其中：中小企业2.68万元，占采购总额的100%，小微企业2.46万元，占采购总额的98.1%。",
            [("98.1%", "91.8%")],
        ),
        ("授予中小企业合同金额5万元，占政府采购支出总额的50%；货物采购授予中小企业合同金额占货物支出金额的30%。", []),
    ],
)
def test_shares_are_of_the_whole_they_name(said, expected):
    assert [(f.printed, f.expected) for f in found(accounts((INCOME, said)), "N02")] == expected


def test_a_share_of_a_whole_in_a_table():
    said = "财政拨款支出104.62万元，占本年支出合计的{}%。"
    f03 = table("F03", ["合计", "基本支出", "项目支出"], ["合计", "209.24", "100.00", "109.24"])
    assert found(accounts((FISCAL, said.format("50.00")), tables=(f03,)), "N02") == []
    assert brief(found(accounts((FISCAL, said.format("49.00")), tables=(f03,)), "N02"))[0][2:] == ("49.00%", "50.00%")


@pytest.mark.parametrize(("share", "broken"), [("60", False), ("70", True)])
def test_shares_without_a_printed_whole_make_a_hundred(share, broken):
    said = f"“三公”经费支出决算中，公务接待费4万元，占40%，因公出国费6万元，占{share}%。"
    assert bool(found(accounts((THREE, said)), "N06")) is broken


# N03: growth


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("收、支总计1681.70万元。与上年相比，增加861.36万元，增长105.00%。", []),
        ("收、支总计1681.70万元。与上年相比，增加861.36万元，增长100.05%。", [("100.05%", "105.00%")]),
        ("经费支出9.82万元，比上年决算数减少4.97万元，减少33.6%。", []),
        (
            "经费206.41万元，比年初预算数增加191.34万元，增长92.7%，因新增工作；比上年决算数减少173.59万元，降低45.2%。",
            [("92.7%", "1269.7%"), ("45.2%", "45.7%")],
        ),
        ("收入预算71094.17万元，比2025年年初预算数69043.50万元增加2050.67万元，增长2.97%。", []),
        ("收入预算71094.17万元，比2025年年初预算数69043.50万元增加2050.67万元，增长9.72%。", [("9.72%", "2.97%")]),
        ("三公经费4.8万元，比上年减少1万元，下降17.2%。", []),
        ("因公出国费0万元，比上年增加0万元，增长0%。", []),  # nothing to divide by
        ("预算数为407.37万元，比上年增加407.37万元，增长100%。", []),  # the year before was zero
        ("三公经费8万元，比上年增加2万元，下降33.3%。", [("33.3%", "与增减额方向一致")]),
        ("运行费2.5万元（购置费0万元，比上年增加0万元；运行费2.5万元）比上年减少1万元，下降28.6%。", []),
    ],
)
def test_growth_is_of_the_year_before(said, expected):
    findings = found(told((WHOLE, said), kind="accounts", year=2026), "N03")
    assert sorted((f.printed, f.expected) for f in findings) == sorted(expected)


def test_growth_against_nothing_that_is_named_is_only_suspected():
    said = "收、支总计456.9万元。减少31.92万元，减少{}%。"
    assert found(accounts((WHOLE, said.format("6.5"))), "N03") == []
    assert [f.severity for f in found(accounts((WHOLE, said.format("5.6"))), "N03")] == ["suspicious"]


CHANGE = "2020年“三公”经费预算数比2019年预算数减少{}万元，主要原因是厉行节约。其中：公务接待费5.34万元，比上年预算数减少6.65万元；因公出国费0万元，跟上年持平；公务用车购置及运行维护费本年预算0万元，上年预算数8万元。"


@pytest.mark.parametrize(("total", "expected"), [("14.65", []), ("3.65", [("N03", "error", "3.65万元", "14.65")])])
def test_the_total_changes_as_its_parts_do(total, expected):
    assert brief(found(budget((THREE, CHANGE.format(total))), "N03")) == expected


# N04: completion


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("年初预算为91.04万元，支出决算为94.62万元，完成年初预算的103.93%。", []),
        ("年初预算为91.04万元，支出决算为94.62万元，完成年初预算的93.93%。", [("93.93%", "103.93%")]),
        ("年初预算数为96.18万元，支出决算数为425.26万元，完成年初预算的442.2%。", []),
        ("支出预算为2万元，支出决算为0万元，完成预算的0%。", []),
        ("支出决算为0.16万元，完成预算0万元的0%。", []),
        (
            "年初预算为10万元，支出决算为8万元，完成年初预算的80%，决算数大于年初预算数的主要原因是追加。",
            [("决算数大于年初预算数", "决算数小于预算数")],
        ),
        ("年初预算为10万元，支出决算为10万元，决算数等于预算数。", []),
    ],
)
def test_completion_and_its_reason(said, expected):
    assert [(f.printed, f.expected) for f in found(accounts((FISCAL, said)), "N04")] == expected


# N05, N09, N10: parts


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("支出合计100.28万元，其中：基本支出60.28万元；项目支出40万元；经营支出0万元。", []),
        ("支出合计101.28万元，其中：基本支出60.28万元；项目支出40万元。", ["error"]),
        ("基本支出94.62万元，其中：人员经费84.80万元，占89.62%；公用经费9.82万元。", []),
        (
            "基本支出74.01万元，其中包括工资福利支出61.39万元、一般商品和服务支出12.61万元、对个人和家庭补助0万元等。",
            ["rounding"],
        ),
        ("支出100万元，其中：基本支出60万元。", []),  # not all parts are told
    ],
)
def test_lists_that_are_whole_make_their_total(said, expected):
    assert [f.severity for f in found(accounts((SPENDING, said)), "N05")] == expected


@pytest.mark.parametrize(("last", "expected"), [("20", []), ("30", ["error"])])
def test_projects_of_a_budget_make_the_total(last, expected):
    made = budget(
        (
            "五、一般公共预算/（二）项目支出",
            f"年初预算数为34万元，其中：（1）值班经费专项4万元。主要用于值班。（2）督查经费专项10万元。（3）全会经费专项{last}万元。",
        )
    )
    assert [f.severity for f in found(made, "N05")] == expected


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        (
            "“三公”经费预算数8万元，其中，公务接待费3万元，公务用车购置及运行费5万元（其中，公务用车购置费0万元），因公出国（境）费0万元。",
            False,
        ),
        ("“三公”经费预算数9万元，其中，公务接待费3万元，公务用车购置及运行费5万元，因公出国（境）费0万元。", True),
    ],
)
def test_three_public_expenses(said, broken):
    assert [f.severity for f in found(budget((THREE, said)), "N09")] == (["error"] if broken else [])


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        ("公务接待费支出决算为0万元，全年共接待来访团组6个、来宾26人次。", True),
        ("公务接待费支出决算为0万元，全年共接待来访团组0个、来宾0人次。", False),
        ("公务接待费支出决算为1.2万元，全年共接待来访团组6个、来宾26人次。", False),
        ("因公出国（境）费支出决算为3万元，全年安排因公出国（境）团组0个，累计0人次。", True),
        ("公务用车运行维护费2万元，我单位公务用车保有量为0辆。", True),
        ("公务用车运行维护费2万元，我单位公务用车保有量为1辆。", False),
    ],
)
def test_guests_and_vehicles_cost_money(said, broken):
    assert [f.severity for f in found(accounts((THREE, said)), "N09")] == (["suspicious"] if broken else [])


BUY = "十二、政府采购支出说明"
BUYING = "政府采购支出总额{}万元，其中：政府采购货物支出2.68万元、政府采购工程支出0万元、政府采购服务支出0万元。授予中小企业合同金额{}万元，其中：授予小微企业合同金额{}万元。"


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (("2.68", "2.68", "2.46"), []),
        (("3.68", "2.68", "2.46"), ["3.68万元"]),
        (("2.68", "2.96", "2.46"), ["2.96万元"]),
        (("2.68", "2.40", "2.46"), ["2.46万元"]),
    ],
)
def test_procurement(numbers, expected):
    findings = found(accounts((BUY, BUYING.format(*numbers))), "N10")
    assert [f.printed for f in findings] == expected
    assert {f.severity for f in findings} <= {"error"}


def test_nothing_was_bought_though_much_was_paid_for():
    project = ("五、支出/（二）项目支出", "（1）系统维护费115万元。主要用于网络租赁费用。")
    said = (BUY, "政府采购支出总额0万元。")
    assert [(f.severity, f.places[0].line, f.places[1].line) for f in found(budget(project, said), "N10")] == [
        ("suspicious", 2, 1)
    ]
    assert found(budget(said), "N10") == []


# N11, N12


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        ("本部门2021年度政府采购支出总额0万元。", True),
        ("本部门2022年度政府采购支出总额0万元。", False),
        ("截止2021年12月31日，本部门共有车辆0辆。", False),
        ("单位获评“株洲市2021年度文明单位”，支出1万元。", False),
        ("2021年结转的收入10万元继续使用。", False),
        ("根据2021年度部门预算批复开展工作。", False),
    ],
)
def test_years_of_the_sections(said, broken):
    assert [(f.rule, f.expected) for f in found(told((BUY, said), kind="budget", year=2022), "N11")] == (
        [("N11", "2022年度")] if broken else []
    )


def test_assets_are_told_at_the_end_of_the_year():
    said = "截至2021年12月31日，共有车辆0辆。"
    assert [f.severity for f in found(accounts(("十三、国有资产", said)), "N11")] == ["suspicious"]
    assert found(accounts(("十三、国有资产", said), year=2021), "N11") == []


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ("一二三四五六", []),
        ("一二三四五五七", [("五、", "六、")]),
        ("一二三五六", []),
        ("一二一二三", []),
        ("一二四四五", [("四、", "三、")]),
    ],
)
def test_numbers_that_both_neighbours_prove_wrong(numbers, expected):
    made = accounts()
    made.headings = [Paragraph(f"{n}、第几节", Place(line=i)) for i, n in enumerate(numbers, start=1)]
    assert [(f.printed, f.expected) for f in found(made, "N12")] == expected


def test_a_part_that_the_contents_do_not_list():
    made = accounts()
    texts = ["目录", "第一部分 概况", "第二部分 决算表", "第一部分", "第二部分", "第三部分"]
    made.source = type(made.source)(
        "a", "text", "", "", 0, tuple(Paragraph(t, Place(line=i)) for i, t in enumerate(texts, 1))
    )
    assert [f.places[0].line for f in found(made, "N12")] == [6]


# N15, N18, N19, N20, N22


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("编制人数8人，实有人数7人。", "实有人数38人，其中：在职人员7人，劳务派遣人员31人。"), ["suspicious"]),
        (("编制人数8人，实有人数7人。", "现有实有人数7人。"), []),
        (("实有人数39人，其中：在职人员7人，劳务派遣人员31人，退休0人。",), ["error"]),
        (("编制人数8人，实有人数9人。",), ["suspicious"]),
        (("人员编制10964人，其中行政编制115人、事业编制10849人；实有人员10887人，其中行政121人、事业10766人。",), []),
        (("内设科室3个，分别为：综合室、服务室、窗口室。",), []),
        (("内设科室4个，分别为：综合室、服务室、窗口室。",), ["suspicious"]),
        (("设8个内设机构和机关党委，内设机构分别是办公室、一处、二处、三处、四处、五处、六处、七处。",), []),
    ],
)
def test_people_and_offices(said, expected):
    made = accounts(*(("二、机构设置", text) for text in said))
    assert [f.severity for f in found(made, "N15")] == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            "共有车辆517辆，其中机要通信用车57辆，应急保障用车52辆，特种专业技术用车375辆，其他用车33辆，主要是救护车。",
            [],
        ),
        ("共有车辆8辆，其中：主要领导用车0辆、其他用车8辆；单价100万元以上设备0台。", []),
        ("共有车辆5辆，其中：机要通信用车2辆，应急保障用车4辆。", ["error"]),
        ("车辆0辆，其中一般公务用车0辆。", []),
    ],
)
def test_vehicles_add_up(said, expected):
    assert [f.severity for f in found(accounts(("资产", said)), "N22")] == expected


def test_one_purpose_in_two_projects():
    where = "三、绩效/（二）项目支出绩效情况"
    one, two = "项目支出0万元，主要用于缴纳手机套餐资费服务。", "项目支出29.85万元，主要用于缴纳手机套餐资费服务。"
    assert [f.severity for f in found(accounts((where, one), ("x", "。"), (where, two)), "N18")] == ["suspicious"]
    assert found(accounts((where, one), (where, two.replace("手机", "网络"))), "N18") == []


def test_a_rate_that_is_the_same_in_october_and_at_the_end_of_the_year():
    a, b = "10月28日报道事项办结率达99.81%。", "全年事件办结率{}%。"
    assert [f.rule for f in found(accounts(("三", a), ("四", b.format("99.81"))), "N19")] == ["N19"]
    assert found(accounts(("三", a), ("四", b.format("99.85"))), "N19") == []


@pytest.mark.parametrize(
    ("said", "broken"),
    [("1-10月，举办培训26次。", True), ("截止目前，共办理342件。", True), ("2020年1-12月共办理342件。", False)],
)
def test_a_report_of_the_year_is_not_of_ten_months(said, broken):
    assert bool(found(accounts(("整体", said)), "N19")) is broken


def test_no_training_and_many_courses():
    none, many = "开支培训费0万元，本年度没有培训安排。", "开展各类培训课程26次。"
    assert [f.rule for f in found(accounts(("a", none), ("b", many)), "N20")] == ["N20"]
    assert found(accounts(("a", none)), "N20") == []


def test_subjects_that_are_listed_have_money():
    f06 = table(
        "F06", ["金额"], ["302 商品和服务支出", "3"], ["30201 办公费", "1"], ["30202 印刷费", "2"], ["30203 咨询费", ""]
    )
    said = "公用经费3万元，主要包括办公费、{}。"
    right, wrong = (accounts(("六、基本支出决算情况说明", said.format(n)), tables=(f06,)) for n in ("印刷费", "咨询费"))
    assert found(right, "N07") == []
    assert [f.expected for f in found(wrong, "N07")] == ["应补列：印刷费；06表无数：咨询费"]


# What came of working through published documents


def test_the_year_before_holds_its_fiscal_part():
    whole = (WHOLE, "收、支总计456.9万元，与上年相比，减少31.92万元，减少6.5%。")
    fiscal = "财政拨款收、支总计425.26万元，与上年相比，减少{}万元，减少13%。"
    where = "四、财政拨款收入支出决算总体情况说明"
    assert [f.severity for f in found(accounts(whole, (where, fiscal.format("63.57"))), "N03")] == [
        "rounding"
    ]  # 488.83 beside 488.82
    wrong = found(accounts(whole, (where, fiscal.format("66.57"))), "N03")
    assert ("不小于 491.83", "error") in [(f.expected, f.severity) for f in wrong]
    assert found(accounts(whole, (where, fiscal.format("63.50"))), "N03") == []


@pytest.mark.parametrize(
    ("kind", "broken"), [("公益一类事业单位", True), ("公益一类事业单位，参照公务员法管理", False), ("行政机关", False)]
)
def test_running_costs_are_of_administrations(kind, broken):
    said = "本部门2022年度机关运行经费支出9.82万元。"
    made = accounts(("一、基本情况", f"本单位为{kind}。"), ("十、机关运行经费支出说明", said), tables=(F06,))
    assert [f.severity for f in found(made, "N08")] == (["suspicious"] if broken else [])


@pytest.mark.parametrize(("item", "expected"), [("6.6", []), ("6.0", ["error"])])
def test_listed_purchases_make_the_total(item, expected):
    made = budget(
        ("七、其他/（二）政府采购预算", "2020年年初预算数为6.6万元。"),
        ("七、其他/（二）政府采购预算", f"包含：设备购置费{item}万元。"),
    )
    assert [f.severity for f in found(made, "N10")] == expected


def test_a_project_of_the_sentence_is_that_of_the_list():
    summary = table("G2", ["支出名称", "金额"], ["值班经费", "值班经费", "4"], ["督查经费", "督查经费", "10"])
    said = "年初预算数为14万元，其中：（1）值班经费专项4万元。（2）督查经费专项{}万元。"
    right, wrong = (budget(("五/（二）项目支出", said.format(n)), tables=(summary,)) for n in ("10", "13"))
    assert found(right, "N01", "N05") == []
    assert [(f.printed, f.expected) for f in found(wrong, "N01", "N05")] == [("13万元", "10.00")]


@pytest.mark.parametrize(("heading", "broken"), [("二、机构设置及构成", True), ("二、机构设置情况说明", False)])
def test_headings_are_those_of_the_contents(heading, broken):
    texts = [
        "目录",
        "第一部分 概况",
        "一、职责",
        "二、机构设置",
        "三、其他",
        "第一部分",
        "一、职责",
        heading,
        "三、其他",
    ]
    made = accounts()
    made.source = type(made.source)(
        "a", "text", "", "", 0, tuple(Paragraph(t, Place(line=i)) for i, t in enumerate(texts, 1))
    )
    assert [f.places[0].line for f in found(made, "N12")] == ([8] if broken else [])
