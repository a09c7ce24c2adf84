"""Rules about words: template phrases, misprints, uses that do not fit, personal data, notes of empty tables."""

import pytest

from wangge.disclosure.documents.auditing.leftovers import luhn, mask, valid_identity
from wangge.disclosure.documents.auditing.narrative.wording import slips
from wangge.disclosure.documents.model import Paragraph, Place
from wangge.disclosure.tests.make_document import table
from wangge.disclosure.tests.tell import brief, found, told


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("公用用车购置及运行维护费0万元。", ["公用用车"]),
        ("公务用车购置及运行维护费0万元，公用经费1万元。", []),
        ("主要是主要包括全会。", ["主要是主要"]),
        ("为工作提供保障，保进辖区繁荣。", ["保进"]),
        ("确保进度，担保进行，保进展。", []),
        ("重大决策部署和领导批示。", []),
        ("上级的重决策部署。", ["重决策部署"]),
        ("满足各部門需要。", ["部門"]),
        ("湘政办函【2009】224号文件。", ["【2009】224号"]),
        ("湘政办函〔2009〕224号文件【注】。", []),
        ("共计服务1482余人次。", ["1482余"]),
        ("共计服务1480余人次，70余篇，20余种。", []),
        ("增长较快，。", ["，。"]),
        ("各单位‘纵向互联。", ["‘纵向"]),
        ("各单位‘纵向’互联，明确的目标，等等。", []),
        ("满意达到100%，满意率达到100%。", ["满意达到"]),
    ],
)
def test_misprints(said, wrong):
    findings = found(told(("", said)), "N16")
    assert [f.printed for f in findings] == wrong
    assert {f.severity for f in findings} <= {"suspicious"}


def test_every_word_of_the_dictionary_finds_itself_and_not_its_correction():
    for slip in slips():
        assert not slip.pattern.search(slip.right), slip.right


def test_a_misprint_is_told_once_with_all_its_places():
    made = told(("", "民众述求，"), ("", "处理述求。"))
    made.source = type(made.source)("a", "text", "", "", 0, ())
    assert [[p.line for p in f.places] for f in found(made, "N16")] == [[1, 2]]


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        ("决算数等于预算数，与上年持平，减少的主要原因是疫情。", True),
        ("决算数小于预算数，比上年减少1万元，减少的主要原因是疫情。", False),
        ("与上年持平。", False),
    ],
)
def test_no_reason_for_a_change_that_there_is_not(said, broken):
    assert bool(found(told(("三公", said), kind="accounts"), "N14")) is broken


def test_a_percentage_of_nothing_is_only_suspected():
    said = "支出预算为{}万元，支出决算为0万元，完成预算的0%。"
    assert [f.severity for f in found(told(("三公", said.format(0)), kind="accounts"), "N14")] == ["suspicious"]
    assert found(told(("三公", said.format(2)), kind="accounts"), "N14") == []


TEMPLATE = "收入既包括一般公共预算和政府性基金收入，又包括事业单位经营服务等收入；保障局机关及直属单位运行。"


def test_words_of_a_template():
    alone = "编报范围包括局机关（本部门无下属预算单位）。政府性基金拨款0万元；其他收入0万元。"
    rich = "政府性基金拨款10万元；其他收入3万元。"
    assert [f.severity for f in found(told(("四", TEMPLATE), ("四", alone)), "N14")] == ["suspicious"]
    assert found(told(("四", TEMPLATE), ("四", rich)), "N14") == []


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        ("预算安排会议费0.16万元，主要是用于接待参观学习人员，共5人。", True),
        ("预算安排会议费12.7万元，主要包括区政府全会（参会人员约400人）。", False),
        ("公务接待费0.1万元，主要用于接待考察人员。", False),
    ],
)
def test_use_of_a_meeting_fee(said, broken):
    assert [f.rule for f in found(told(("六", said)), "N17")] == (["N17"] if broken else [])


@pytest.mark.parametrize(("fee", "broken"), [("180.61", True), ("20.00", False)])
def test_running_costs_are_not_for_commissioned_work(fee, broken):
    f06 = table("F06", ["金额"], ["30227 委托业务费", fee], ["公用经费合计", "206.41"])
    assert bool(found(told(tables=(f06,), kind="accounts"), "N17")) is broken


def test_one_reason_for_an_item_and_for_the_running_costs():
    why = "由于上级政策、工作安排等一些客观原因，导致部分支出延迟付款"
    item = ("五、财政拨款支出决算", f"年初预算为10万元，支出决算为3万元，主要原因是：{why}。")
    running = ("十、机关运行经费", f"机关运行经费支出9万元，比上年减少4万元。主要原因是：{why}。")
    assert [f.rule for f in found(told(item, running, kind="accounts"), "N21")] == ["N21"]
    assert found(told(item, kind="accounts"), "N21") == []


# Personal data


def test_check_digits():
    assert valid_identity("11010519491231002X")
    assert not valid_identity("110105194912310021")
    assert luhn("79927398713")
    assert not luhn("79927398710")
    assert mask("13812345678") == "138******78"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("经办人张三，身份证号11010519491231002X。", ["110*************2X"]),
        ("编号110105194912310021。", []),  # no valid check digit
        ("联系人手机13812345678。", ["138******78"]),
        ("联系电话：0731-28100000，邮编412005。", []),
        ("家庭电话：0731-28100000。", ["073********00"]),
        ("账号：6222020200112233445。", ["622**************45"]),
        ("家住响石岭街道，家庭住址：建设路12号3栋402室。", ["建设路1****"]),
        ("办公地址：石峰区建设路100号。", []),
        ("网格事件18469件，总访问量2047288次，收入13812345678元。", []),
        ("统一社会信用代码91350100M000100Y43。", []),
    ],
)
def test_personal_data_is_found_and_never_shown(said, shown):
    findings = found(told(("", said)), "A28")
    assert [f.printed for f in findings] == shown
    for finding in findings:
        assert "13812345678" not in finding.quote
        assert "11010519491231002X" not in finding.quote


def test_visitors_are_not_named():
    findings = found(told(("", "某县政法委常务副书记尹小东一行来我区调研。")), "A28")
    assert [f.printed for f in findings] == ["书记尹*一行"]
    assert "小东" not in findings[0].quote


# Empty tables


@pytest.mark.parametrize(
    ("note", "said", "broken"),
    [
        ("", "", True),
        ("本单位没有政府性基金收入，故本表无数据。", "", False),
        ("", "公开表格中的空白表格，均为本部门不涉及的内容。", False),
        ("", "2020年度本部门无政府性基金预算安排的支出。", False),
    ],
)
def test_an_empty_table_says_why(note, said, broken):
    empty = table("T15", ["合计"], ["合计", ""], title="政府性基金预算支出表", notes=(note,) if note else ())
    made = told(*([("", said)] if said else []), tables=(empty,))
    assert brief(found(made, "A25")) == (
        [("A25", "suspicious", "空表，无说明", "在空表下注明没有该项收支，故本表无数据")] if broken else []
    )


def test_a_table_with_figures_needs_no_note():
    full = table("T15", ["合计"], ["合计", "10.00"])
    assert found(told(tables=(full,)), "A25") == []


def test_paragraphs_are_read_where_no_sentence_was():
    made = told()
    made.source = type(made.source)("a", "text", "", "", 0, (Paragraph("非税收收入表", Place(line=7)),))
    assert [(f.expected, f.places[0].line) for f in found(made, "N16")] == [("非税收入", 7)]
