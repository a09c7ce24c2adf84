"""Tables are told by their words, and their cells by headers, codes and labels: in layouts of several provinces and years."""

from decimal import Decimal

import pytest

from wangge.disclosure.documents.model import Document, Row, Table, Unreadable
from wangge.disclosure.documents.reading import read, understand


def text_of(*tables: str, title: str = "2024年部门预算公开\n\n某某市民政局\n") -> bytes:
    return (title + "\n\n" + "\n\n".join(table.strip("\n") for table in tables)).replace("|", "\t").encode()


def document(*tables: str, title: str = "2024年部门预算公开\n\n某某市民政局\n") -> Document:
    return understand(read(text_of(*tables, title=title), "样本.txt"))


def only(found: Document, kind: str) -> Table:
    table = found.one(kind)
    assert table is not None, [(one.kind, one.title) for one in found.tables]
    return table


def amounts(row: Row | None) -> dict[str, str]:
    assert row is not None
    return {key: value.text for key, value in row.values.items() if value.text}


BALANCE = """
收支总表
部门：某某市民政局
单位：万元
收入||支出|
项目|预算数|项目|预算数
一、一般公共预算拨款收入|90.00|一、一般公共服务支出|60.00
二、政府性基金预算拨款收入|10.00|二、社会保障和就业支出|40.00
三、财政专户管理资金收入||三、其他支出|
四、事业收入|5.00||
本年收入合计|105.00|本年支出合计|100.00
上年结转结余|2.00|年终结转结余|7.00
收入总计|107.00|支出总计|107.00
"""


def test_a_balance_of_another_province_has_the_same_keys() -> None:
    table = only(document(BALANCE), "T1")
    assert table.unit == "万元"
    value = table.value("一般公共预算拨款", "金额", "收入")
    assert value is not None
    assert value.number == Decimal("90.00")
    assert amounts(table.row("政府性基金拨款")) == {"金额": "10.00"}
    assert amounts(table.row("上年结转", "收入")) == {"金额": "2.00"}
    assert amounts(table.row("年末结转", "功能")) == {"金额": "7.00"}
    assert amounts(table.row("社会保障和就业支出", "功能")) == {"金额": "40.00"}
    assert [row.key for row in table.rows if row.level == 0] == ["本年收入合计", "收入总计", "本年支出合计", "支出总计"]


FISCAL = """
财政拨款收支总表
单位：万元
收入||支出||||
项目|预算数|项目|合计|一般公共预算|政府性基金预算|国有资本经营预算
一、本年收入|100.00|一、本年支出|102.00|92.00|10.00|
（一）一般公共预算拨款|90.00|（一）一般公共服务支出|62.00|62.00||
（二）政府性基金预算拨款|10.00|（二）社会保障和就业支出|40.00|30.00|10.00|
二、上年结转|2.00|二、年终结转结余||||
（一）一般公共预算拨款|2.00|||||
收入总计|102.00|支出总计|102.00|92.00|10.00|
"""


def test_what_was_carried_over_is_told_apart_from_this_years_income() -> None:
    table = only(document(FISCAL), "T10")
    assert amounts(table.row("本年收入合计")) == {"金额": "100.00"}
    assert [(row.section, row.values["金额"].text) for row in table.rows if row.key == "一般公共预算拨款"] == [
        ("收入", "90.00"),
        ("收入/上年结转", "2.00"),
    ]
    assert amounts(table.row("社会保障和就业支出")) == {
        "合计": "40.00",
        "一般公共预算": "30.00",
        "政府性基金预算": "10.00",
    }


INCOME = """
收入总表
单位：万元
部门（单位）代码|部门（单位）名称|合计|本年收入||||上年结转结余||
|||小计|一般公共预算|政府性基金预算|事业收入|小计|一般公共预算|单位资金
|合计|107.00|105.00|90.00|10.00|5.00|2.00|2.00|
126001|某某市民政局|107.00|105.00|90.00|10.00|5.00|2.00|2.00|
"""


def test_columns_of_a_group_with_its_own_total_are_parts_of_the_group() -> None:
    table = only(document(INCOME, BALANCE), "T2")
    total = table.row("合计")
    assert amounts(total) == {
        "合计": "107.00",
        "本年收入/小计": "105.00",
        "一般公共预算": "90.00",
        "政府性基金预算": "10.00",
        "事业收入": "5.00",
        "上年结转": "2.00",
        "上年结转/一般公共预算": "2.00",
    }
    assert table.row("某某市民政局") is not None


YEARS = """
一般公共预算支出表
单位：万元
功能分类科目||2023年执行数|2024年预算数|||2024年预算数比2023年执行数|
科目编码|科目名称||小计|基本支出|项目支出|增减额|增减%
|合计|80.00|90.00|50.00|40.00|10.00|12.50
201|一般公共服务支出|50.00|60.00|50.00|10.00|10.00|20.00
20102|政协事务|50.00|60.00|50.00|10.00|10.00|20.00
2010201|行政运行|50.00|60.00|50.00|10.00|10.00|20.00
208|社会保障和就业支出|30.00|30.00||30.00||
"""


def test_this_years_columns_are_not_last_years() -> None:
    table = only(document(YEARS, BALANCE), "T11")
    row = table.row("2010201")
    assert row is not None
    assert row.level == 3
    assert row.label == "行政运行"
    found = amounts(row)
    assert found["合计"] == "60.00"
    assert found["基本支出合计"] == "50.00"
    assert found["项目支出合计"] == "10.00"
    assert found["2023年执行数"] == "50.00"
    assert amounts(table.row("合计"))["合计"] == "90.00"


THREE = """
一般公共预算“三公”经费支出表
单位：万元
2023年预算数||||||2024年预算数|||||
合计|因公出国（境）费|公务用车购置及运行费|||公务接待费|合计|因公出国（境）费|公务用车购置及运行费|||公务接待费
||小计|公务用车购置费|公务用车运行费||||小计|公务用车购置费|公务用车运行费|
9.00||5.00||5.00|4.00|8.00||5.00||5.00|3.00
"""


def test_the_three_expenses_across_two_years() -> None:
    table = only(document(THREE, BALANCE), "T9")
    assert amounts(table.row("“三公”经费小计")) == {"2023年": "9.00", "金额": "8.00"}
    assert amounts(table.row("公务接待费")) == {"2023年": "4.00", "金额": "3.00"}
    assert amounts(table.row("公务用车运行费")) == {"2023年": "5.00", "金额": "5.00"}


SHIFTED = """
部门支出总表
单位：万元
科目|||总计|一般公共预算拨款|政府性基金拨款
科目编码||科目名称|||
类|款|项|||
合计|||30.00|20.00|10.00
201|||一般公共服务支出|30.00|20.00|10.00
201|03||政府办公厅（室）及相关机构事务|30.00|20.00|10.00
201|03|01|行政运行|30.00|20.00|10.00
"""


def test_a_header_one_cell_short_is_mended_and_told() -> None:
    table = only(document(SHIFTED, BALANCE), "T3")
    assert amounts(table.row("合计")) == {"合计": "30.00", "一般公共预算": "20.00", "政府性基金预算": "10.00"}
    assert amounts(table.row("2010301")) == {"合计": "30.00", "一般公共预算": "20.00", "政府性基金预算": "10.00"}
    assert [reason for reason, _ in table.damage] == ["表头与数据错开一列，按每行的内容对齐"]


LOST = """
部门支出总表
单位：万元
科目编码|科目名称|合计|基本支出|项目支出
|合计|30.00|20.00|10.00
201|一般公共服务支出|30.00|二十万|10.00
20103|政府办公厅（室）及相关机构事务|30.00|20.00|10.00
"""


def test_a_row_that_fits_no_column_is_a_gap_and_no_guess() -> None:
    found = document(LOST, BALANCE)
    table = only(found, "T3")
    assert table.row("201") is None
    assert table.row("20103") is not None
    assert any("对不齐" in gap.why and "二十万" in gap.quote for gap in found.gaps)
    assert found.cells_read < found.cells_seen


BESIDE = """
一般公共预算财政拨款基本支出决算表
单位：万元
经济分类科目编码|科目名称|决算数|经济分类科目编码|科目名称|决算数
301|工资福利支出|5.00|302|商品和服务支出|3.00
30101|基本工资|5.00|30201|办公费|3.00
人员经费合计||5.00|公用经费合计||3.00
"""


def test_groups_of_columns_beside_each_other_are_cut() -> None:
    table = only(document(BESIDE, BALANCE), "F06")
    assert {row.key: row.values["金额"].text for row in table.rows} == {
        "301": "5.00",
        "30101": "5.00",
        "302": "3.00",
        "30201": "3.00",
        "人员经费合计": "5.00",
        "公用经费合计": "3.00",
    }


UNKNOWN = """
地方特色支出情况表
单位：万元
项目名称|合计|上级资金|本级资金
合计|30.00|10.00|20.00
甲项目|30.00|10.00|20.00
"""


def test_a_table_of_no_known_kind_is_read_by_its_header_alone() -> None:
    table = only(document(UNKNOWN, BALANCE, INCOME), "U")
    assert table.title == "地方特色支出情况表"
    assert amounts(table.row("甲项目")) == {"合计": "30.00", "上级资金": "10.00", "本级资金": "20.00"}


def test_a_caption_without_a_table_is_an_empty_table() -> None:
    found = document(
        BALANCE,
        "附件2\n\n部门收入总表\n\n单位：万元\n\n[illegible]",
        "附件3\n\n政府性基金预算支出表\n\n单位：万元\n\n注：本部门没有政府性基金支出，故本表无数据。",
        "附件4\n\n" + UNKNOWN,
    )
    assert only(found, "T2").damage
    assert any("无法辨认" in gap.why for gap in found.gaps)
    empty = only(found, "T15")
    assert empty.empty
    assert not empty.rows
    assert empty.notes
    assert not empty.damage


def test_a_title_that_its_header_contradicts_names_no_kind() -> None:
    found = document(BALANCE, UNKNOWN.replace("地方特色支出情况表", "财政拨款收支总表"))
    assert found.of("T10") == []
    assert len(found.of("U")) == 1


SELF = """
2024年度项目支出绩效自评表
部门名称|某某市民政局||||||
项目支出名称|专项名称|困难救助|项目总投资（万元）|20.00|||
年度项目资金（万元）|年度资金总额|年初预算数|全年预算数|全年执行数|分值|执行率|得分
|合计|20.00|20.00|10.00|10|50%|5
|其中：当年财政拨款|20.00|20.00|10.00|||
年度总体目标|预期目标|||实际完成情况|||
|帮助困难人员|||帮助了困难人员|||
绩效指标|一级指标|二级指标|三级指标|年度指标值|实际完成值|分值|得分
|产出指标（50分）|数量指标|救助人数|100人|60人|25|15
||质量指标|5|5|5|25|25
效益指标（30分）|社会效益指标|满意|良好|良好|30|30
满意度指标（10分）|服务对象满意度指标|满意率|90%|95%|10|10
总分||||||100|85
"""


def test_indicators_are_placed_by_their_words_where_a_column_is_lost() -> None:
    table = only(document(SELF, title="2024年度部门决算\n\n某某市民政局\n"), "E2")
    assert table.fields["项目名称"].text == "困难救助"
    assert table.fields["项目总投资"].number == Decimal("20.00")
    money = next(row for row in table.rows if row.section == "资金" and row.key == "合计")
    assert amounts(money)["执行率"] == "50%"
    assert money.values["得分"].number == 5
    found = [row for row in table.rows if row.section == "指标"]
    assert [(r.values["二级指标"].text, r.key, r.values["分值"].text, r.values["得分"].text) for r in found] == [
        ("数量指标", "救助人数", "25", "15"),
        ("质量指标", "5", "25", "25"),
        ("社会效益指标", "满意", "30", "30"),
        ("服务对象满意度指标", "满意率", "10", "10"),
    ]
    assert [r.values["一级指标"].text for r in found] == ["产出指标", "产出指标", "效益指标", "满意度指标"]
    assert (table.fields["总分/分值"].number, table.fields["总分/得分"].number) == (100, 85)
    assert table.fields["产出指标/分值"].number == 50
    assert table.damage
    assert "左右错位" in table.damage[0][0]


def test_every_figure_of_a_table_is_read_or_told() -> None:
    for tables in ((BALANCE, FISCAL, INCOME, YEARS, THREE, SHIFTED, LOST, BESIDE, UNKNOWN), (SELF,)):
        found = document(*tables)
        held = {v.place for t in found.tables for r in t.rows for v in r.values.values() if v.number is not None}
        held |= {v.place for t in found.tables for v in t.fields.values()}
        told = {gap.place.line for gap in found.gaps}
        source = read(text_of(*tables), "样本.txt")
        for block in source.blocks:
            for row in getattr(block, "rows", ()):
                for cell in row:
                    if "." in cell.text and cell.text.replace(".", "").isdigit():
                        assert cell.place in held or cell.place.line in told, cell


def test_a_text_that_is_no_such_document_is_refused() -> None:
    with pytest.raises(Unreadable) as refusal:
        document("申请表\n\n姓名|工作单位\n张三|某某局", title="政府信息公开申请表\n")
    assert refusal.value.code == "not_a_document"
    assert "样本.txt" in refusal.value.sentence


ROW = "2010201|行政运行|609.30|609.29||0.01|"
WIDE = f"""
收入决算表
单位：万元
科目编码|科目名称|本年收入合计|财政拨款收入|事业收入|其他收入|经营收入
|合计|700.30|700.29||0.01|
201|一般公共服务支出|609.30|609.29||0.01|
20102|政协事务|609.30|609.29||0.01|
{ROW}
208|社会保障和就业支出|91.00|91.00|||
20801|人力资源和社会保障管理事务|91.00|91.00|||
"""


@pytest.mark.parametrize("at", range(8))
@pytest.mark.parametrize("change", ["lost", "added", "illegible"])
def test_a_damaged_row_is_read_right_or_not_at_all(change: str, at: int) -> None:
    cells = ROW.split("|")
    if change == "added":
        cells.insert(at, "")
    elif at == len(cells):
        return
    elif change == "lost":
        cells.pop(at)
    else:
        cells[at] = "[illegible]"
    found = document(WIDE.replace(ROW, "|".join(cells)), BALANCE)
    table = only(found, "F02")
    right = {"合计": "609.30", "财政拨款": "609.29", "其他收入": "0.01"}
    told = [gap for gap in found.gaps if "609.30" in gap.quote or "609.29" in gap.quote]
    for row in table.rows:
        if row.key in ("2010201", "行政运行"):
            numbers = {key: value.text for key, value in row.values.items() if value.number is not None}
            assert numbers.items() <= right.items()
            assert numbers == right or told or change == "illegible"
            return
    assert told
