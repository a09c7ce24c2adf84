"""The goal linter and the reading of targets, as tables; and every goal of the published forms, when they stand beside us."""

from decimal import Decimal
from pathlib import Path

import pytest

from wangge.finance.terms import level1_of, level2_of, lint_goal, measures, not_applicable, parse_target

D = Decimal


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("≥95%", "≥95%"),
        ("> = 95 %", None),
        (">=95%", "≥95%"),
        ("网格平台 事件达 10000件 以上", "≥10000件"),
        ("不少于 3 次", "≥3次"),
        ("每月开展督查不少于3次", "≥3次"),
        ("大于 90%", ">90%"),
        ("95%（含）以上", "≥95%"),
        ("≤3天", "≤3天"),
        ("不超过3个工作日", "≤3个工作日"),
        ("0.26万元以内", "≤0.26万元"),
        ("低于 5%", "<5%"),
        ("=30人", "=30人"),
        ("402 户", "=402户"),
        ("1,242平方米", "=1242平方米"),
        ("２４人", "=24人"),
        ("2.4万人", "=24000人"),
        ("53.91万平方", "=539100平方米"),
        ("2.5亿元", "=25000万元"),
        ("26000元", "=2.6万元"),
        ("6.3万元/人", "=6.3万元/人"),
        ("每月一次", "=1次"),
        ("7*24 小时", "=24小时"),
        ("满意率 $\\geq 100\\%$", "≥100%"),
        ("456.9", "=456.9"),
        ("短信10000条，通话时长20000分钟", None),
        ("全年12个月，每月55.83万元", None),
        ("按月支付", None),
        ("", None),
    ],
)
def test_a_target_is_read(text, read):
    found = parse_target(text)
    if text == "> = 95 %":  # blanks inside a sign are printed in real forms
        assert str(found) == "≥95%"
    else:
        assert (str(found) if found else None) == read


@pytest.mark.parametrize(
    "text",
    [
        "2021年全年",
        "2021年底",
        "2020年1月-12月",
        "2020 年 1 月 -12 月",
        "2021.1.1-2021.12.31",
        "12月31日前",
        "1-10月",
        "排第五",
        "第3名",
        "2022 年 12 月止，劳务派遣人员共",
    ],
)
def test_dates_and_ordinals_measure_nothing(text):
    assert measures(text) == ()


def test_months_are_counted_where_they_are_an_amount():
    assert [str(m) for m in measures("2021年12个月")] == ["=12个月"]
    assert [str(m) for m in measures("登记事件148件，办结145件")] == ["=148件", "=145件"]


@pytest.mark.parametrize(
    ("level2", "level3", "target", "codes"),
    [
        ("质量指标", "事件办结率", "≥95%", []),
        ("数量指标", "网格事件", "达10000件以上", []),
        ("时效指标", "工资发放", "按月支付", []),
        ("时效指标", "服务期", "2022年底", []),
        ("生态效益指标", "该指标不适用本单位", "该指标不适用本单位", []),
        ("经济效益指标", "城乡帮扶", "无直接经济效益", []),
        ("生态效益", "", "", ["blank"]),
        ("数量指标", "办件量", "", ["blank"]),
        ("经济效益指标", "居民增收", "经济效益", ["no_number"]),
        ("经济效益指标", "经济效益", "经济效益", ["copy_of_name", "name_is_column"]),
        ("可持续影响", "居住生活工作环境", "长期", ["vague"]),
        ("社会效益", "居住环境", "整洁", ["vague"]),
        ("经济效益", "城市管理", "增长", ["vague"]),
        ("社会效益", "社区环境", "提升", ["vague"]),
        ("可持续影响", "社区网格管理", "增强", ["vague"]),
        ("质量指标", "资料归档", "符合档案要求", ["no_number"]),
        ("服务对象满意度指标", "群众满意率", "≥100%", ["satisfaction_full"]),
        ("服务对象满意度指标", "民众满意率", "100%", ["satisfaction_full", "no_direction"]),
        ("服务对象满意度指标", "提案建议办理", "达到100%", ["satisfaction_full", "wrong_column"]),
        ("可持续影响指标", "社会公众", "综合满意度达到 90%", ["wrong_column"]),
        ("质量指标", "培训满意度", "≥90%", ["wrong_column"]),
        ("质量指标", "办结率", "≥100%", ["over_hundred"]),
        ("质量指标", "办结率", "100%", ["no_direction"]),
        ("质量指标", "办结率", "=100%", []),
        ("经济效益指标", "税收增长", "增长120%以上", []),
        ("质量指标", "差错率", "≤100%", ["always_true"]),
        ("数量指标", "统筹协调", "12 次", ["no_direction"]),
        ("成本指标", "基本支出", "≤462.21", ["no_unit"]),
        ("服务对象满意度指标", "公众满意度逐年提升", "≥90%", ["no_base"]),
        ("质量指标", "窗口好评率", "由上年的90%提高到92%以上", ["wrong_column"]),
        ("经济效益指标", "办事", "具有显著的社会效益", ["vague", "wrong_column"]),
        ("社会效益指标", "办公", "绿色环保办公 ≥1次", ["wrong_column"]),
        ("数量指标", "办件", "2021年办理3000件以上", ["past_year"]),
        ("数量指标", "办件", "比2021年增加300件以上", []),
        ("数量指标", "办件", "2022年办理3000件以上", []),
        ("效益指标", "热线", "一季度全市排第五", ["already_done"]),
        ("社会效益指标", "手机资费", "已及时续费", ["already_done"]),
        ("数量指标", "制度", "建立了≥3项制度", ["already_done"]),
    ],
)
def test_what_is_wrong_with_a_goal(level2, level3, target, codes):
    assert [f.code for f in lint_goal(level2, level3, target, 2022)] == codes


def test_every_fault_says_what_to_do_instead():
    for args in (
        ("可持续影响", "环境", "长期"),
        ("质量指标", "", "100%"),
        ("生态效益", "", ""),
        ("数量指标", "数量指标", "12"),
    ):
        for fault in lint_goal(*args, 2022):
            assert fault.sentence.endswith("。"), fault
            assert len(fault.suggestion) > 5, fault


def test_a_layout_without_names_is_not_blamed_for_having_none():
    named = {f.code for f in lint_goal("数量指标", "", "区网格中心劳务派遣人员共30人", 2020)}
    assert named == {"no_name", "no_direction"}
    assert {f.code for f in lint_goal("数量指标", "", "区网格中心劳务派遣人员共30人", 2020, named=False)} == {
        "no_direction"
    }


@pytest.mark.parametrize(
    ("printed", "level2", "level1"),
    [
        ("产出数量", "数量指标", "产出指标"),
        ("成本 指标", "成本指标", "产出指标"),
        ("可持续影响指 标", "可持续影响指标", "效益指标"),
        ("社会公众及服务对象满意度", "服务对象满意度指标", "满意度指标"),
        ("生态效 益指标", "生态效益指标", "效益指标"),
        ("备注", "", ""),
    ],
)
def test_second_levels_are_known_however_they_are_printed(printed, level2, level1):
    assert (level2_of(printed), level1_of(printed)) == (level2, level1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("无", True),
        ("不适用", True),
        ("该指标不 适用于该项目", True),
        ("/", True),
        ("", False),
        ("无差错", False),
        ("无投诉", False),
    ],
)
def test_not_applicable_is_said_by_certain_words_only(text, says):
    assert not_applicable(text) is says


SEEDS = Path(__file__).resolve().parents[4] / "shared" / "seeds"
PUBLISHED = [
    ("000_8b98a08eac9f8d36.txt", 567, "可持续影响指标", "服务企业和群众满意率", {"satisfaction_full", "wrong_column"}),
    ("000_8b98a08eac9f8d36.txt", 545, "效益指标", "一季度石峰区排第五", {"already_done"}),
    (
        "004_79f57dc323052dcc.txt",
        635,
        "可持续影响指标",
        "社会公众综合满意度达到",
        {"satisfaction_full", "wrong_column"},
    ),
]


@pytest.mark.parametrize(("name", "line", "level2", "words", "codes"), PUBLISHED)
def test_faults_of_published_forms_are_found(name, line, level2, words, codes):
    if not (SEEDS / name).exists():
        pytest.skip("the published documents are not beside this checkout")
    cells = (SEEDS / name).read_text().split("\n")[line - 1].split("\t")
    text = next(c for c in cells if words in c)
    assert codes <= {f.code for f in lint_goal(level2, "", text, 2020, named=False)}
