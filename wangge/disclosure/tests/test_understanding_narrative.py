"""Figures in sentences: what they measure, of what kind they are, against what, and where they stand."""

from wangge.disclosure.documents.model import Paragraph, Place
from wangge.disclosure.documents.reading.understanding import narrative

Said = tuple[str, str, str, str, str]


def told(*paragraphs: str) -> list[Said]:
    """Role, subject, number, unit and base of each figure but years."""
    lines = [Paragraph(text, Place(line=i)) for i, text in enumerate(paragraphs, start=1)]
    return [
        (f.role, f.subject, str(f.number), f.unit, f.base)
        for f in narrative.read(lines, []).figures
        if f.role not in ("year", "other")
    ]


def test_a_list_of_parts_measures_each_share_against_the_whole() -> None:
    assert told(
        "2022年度收入合计1681.70万元，其中：财政拨款收入1671.42万元，占99.39%；其他收入10.28万元，占0.61%。"
    ) == [
        ("amount", "收入合计", "1681.70", "万元", ""),
        ("amount", "财政拨款收入", "1671.42", "万元", ""),
        ("share", "财政拨款收入", "99.39", "%", "收入合计"),
        ("amount", "其他收入", "10.28", "万元", ""),
        ("share", "其他收入", "0.61", "%", "收入合计"),
    ]


def test_the_item_above_gives_the_subject() -> None:
    item = "一般公共服务支出（类）政府办公厅（室）及相关机构事务（款）一般行政管理事务（项）"
    assert told(f"2、{item}。", "年初预算为10万元，支出决算为3.38元，完成年初预算的33.8%。") == [
        ("amount", f"{item}年初预算", "10", "万元", ""),
        ("amount", f"{item}支出决算", "3.38", "元", ""),
        ("rate", f"{item}支出决算", "33.8", "%", "年初预算"),
    ]


def test_growth_and_change_keep_their_sign_and_base() -> None:
    assert told("机关运行经费支出9.82万元，比上年决算数减少4.97万元，减少33.6%。") == [
        ("amount", "机关运行经费支出", "9.82", "万元", ""),
        ("change", "机关运行经费支出", "-4.97", "万元", "上年决算数"),
        ("growth", "机关运行经费支出", "-33.6", "%", "上年决算数"),
    ]
    assert told("收、支总计1681.70万元。与上年相比，增加861.36万元，增长100.05%。")[1:] == [
        ("change", "收、支总计", "861.36", "万元", "上年"),
        ("growth", "收、支总计", "100.05", "%", "上年"),
    ]


def test_behind_a_bracket_the_sentence_speaks_of_what_stood_before_it() -> None:
    said = "车辆费2.5万元（其中：购置费0万元；运行费2.5万元，比上年减少1万元），下降28.6%；接待费2.3万元，比上年增加0.1万元。"
    assert [(role, subject, number) for role, subject, number, _, _ in told(said)] == [
        ("amount", "车辆费", "2.5"),
        ("amount", "购置费", "0"),
        ("amount", "运行费", "2.5"),
        ("change", "运行费", "-1"),
        ("growth", "车辆费", "-28.6"),
        ("amount", "接待费", "2.3"),
        ("change", "接待费", "0.1"),
    ]


def test_counted_things_and_thresholds() -> None:
    lines = narrative.read(
        [
            Paragraph(
                "共有车辆2辆，其中机要通信用车1辆；单位价值50万元以上设备3台（套）；涉及5个专项组。", Place(line=7)
            )
        ],
        [],
    )
    assert [(f.role, f.subject, str(f.number), f.unit) for f in lines.figures] == [
        ("count", "车辆", "2", "辆"),
        ("count", "机要通信用车", "1", "辆"),
        ("other", "单位价值", "50", "万元"),
        ("count", "单位价值50万元以上设备", "3", "台（套）"),
        ("count", "涉及专项组", "5", "个"),
    ]


def test_headings_stand_above_their_sentences() -> None:
    found = narrative.read(
        [
            Paragraph("第三部分 情况说明", Place(line=1)),
            Paragraph("七、其他重要事项", Place(line=2)),
            Paragraph("（一）机关运行经费：2020年预算12.61万元。", Place(line=3)),
            Paragraph(
                "（二）负责全区网格化事务工作人员队伍建设；承担人员招聘、业务培训、管理考评等工作。", Place(line=4)
            ),
            Paragraph("八、名词解释", Place(line=5)),
            Paragraph("指为保障机构正常运转而发生的支出。", Place(line=6)),
        ],
        [Paragraph("注：本表金额单位为万元。", Place(line=9))],
    )
    assert [s.section for s in found.sentences] == [
        ("第三部分情况说明", "七、其他重要事项", "（一）机关运行经费"),
        ("第三部分情况说明", "七、其他重要事项"),
        ("第三部分情况说明", "八、名词解释"),
        ("附注",),
    ]
    assert [h.text for h in found.headings] == [
        "第三部分 情况说明",
        "七、其他重要事项",
        "（一）机关运行经费",
        "八、名词解释",
    ]
    assert found.figures[1].subject == "机关运行经费预算"


def test_a_figure_behind_a_page_break_has_its_own_place() -> None:
    text = "财政拨款支出增加882.16万元，增长111.77%。"
    joined = Paragraph(text, Place(line=382), turns=((text.index("111"), Place(line=384)),))
    figures = narrative.read([joined], []).figures
    assert [(str(f.number), f.place.line) for f in figures] == [("882.16", 382), ("111.77", 384)]


def test_what_flows_is_the_main_things_and_not_that_of_the_last_part() -> None:
    said = "项目“甲”金额21.7万元，年中执行调增0万元，实际支出5万元，结余结转16.7万元。"
    assert [subject for _, subject, *_ in told(said)] == [
        "项目“甲”金额",
        "项目“甲”年中执行调增",
        "项目“甲”实际支出",
        "项目“甲”结余结转",
    ]


def test_the_budget_beside_a_rate_is_no_spending() -> None:
    assert told("公务接待费支出决算为0.16万元，完成预算2万元的8%。") == [
        ("amount", "公务接待费支出决算", "0.16", "万元", ""),
        ("amount", "公务接待费预算", "2", "万元", ""),
        ("rate", "公务接待费支出决算", "8", "%", "预算"),
    ]


def test_grades_have_their_bounds() -> None:
    said = "总分设置为100分，等级划分为：90分（含）—100分为优，60分以下为差。"
    assert [(subject, number) for _, subject, number, *_ in told(said)] == [
        ("总分设置", "100"),
        ("优下限", "90"),
        ("优上限", "100"),
        ("差上限", "60"),
    ]


def test_sentences_keep_the_printed_words() -> None:
    found = narrative.read([Paragraph("2020 年预算 APP Store 服务费 5 万元。 其中：甲 3 万元。", Place(line=1))], [])
    assert [s.text for s in found.sentences] == ["2020年预算APP Store服务费5万元。", "其中：甲3万元。"]
    figure = found.figures[-1]
    assert found.sentences[figure.sentence].text[figure.start :].startswith("3万元")
    assert figure.quote == "甲3万元"
