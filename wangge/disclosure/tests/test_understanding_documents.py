"""Real documents of six cities are understood: what they are, their tables by kind, and cells checked by eye against the page.

The documents stand beside the project, not in it; without them these tests skip.
"""

from functools import cache
from pathlib import Path

import pytest

from wangge.disclosure.documents.model import Document, Unreadable
from wangge.disclosure.documents.reading import read, understand

SHARED = Path(__file__).resolve().parents[4] / "shared"
FOLDER = SHARED / "data" / "documents"
needs_documents = pytest.mark.skipif(not FOLDER.exists(), reason="没有随项目提供的真实文件")

DOCUMENTS = {
    "beijing": "002_*.pdf",
    "guangzhou": "005_*.pdf",
    "changsha": "015_*.pdf",
    "xian": "020_*.pdf",
    "foshan": "022_*.pdf",
    "putuo": "putuo_finance*.pdf",
    "wanli": "putuo_wanli*.pdf",
}


@cache
def document(name: str) -> Document:
    path = next((SHARED / "seeds").glob("003_*.txt")) if name == "hetang" else next(FOLDER.glob(DOCUMENTS[name]))
    return understand(read(path.read_bytes(), path.name))


@needs_documents
@pytest.mark.parametrize(
    ("name", "kind", "unit", "year", "money", "tables"),
    [
        ("beijing", "budget", "北京市民政局", 2026, "万元", set()),
        (
            "guangzhou",
            "budget",
            "广州市信访局",
            2026,
            "万元",
            {"T1", "T2", "T3", "T9", "T10", "T11", "T15", "T17", "T18"},
        ),
        (
            "changsha",
            "budget",
            "长沙市信访局",
            2026,
            "万元",
            {"T1", "T2", "T3", "T9", "T10", "T11", "T15", "T17", "G1", "G2", "G3"},
        ),
        (
            "xian",
            "accounts",
            "西安市卫生健康委员会（汇总）",
            2022,
            "万元",
            {"F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09", "E1", "E2"},
        ),
        (
            "foshan",
            "accounts",
            "佛山市轨道交通局",
            2019,
            "万元",
            {"F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08"},
        ),
        (
            "putuo",
            "accounts",
            "上海市普陀区财政局",
            2024,
            "万元",
            {"F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09"},
        ),
        (
            "wanli",
            "budget",
            "上海市普陀区人民政府万里街道办事处",
            2025,
            "元",
            {"T1", "T2", "T3", "T9", "T10", "T11", "T15", "T17", "T18"},
        ),
        (
            "hetang",
            "accounts",
            "株洲市荷塘区网格化管理服务中心",
            2020,
            "万元",
            {"F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09", "E1", "E2"},
        ),
    ],
)
def test_what_a_document_is(name: str, kind: str, unit: str, year: int, money: str, tables: set[str]) -> None:
    found = document(name)
    assert (found.kind, found.unit, found.year, found.money_unit) == (kind, unit, year, money)
    assert {table.kind for table in found.tables} - {"U"} == tables
    assert len({table.id for table in found.tables}) == len(found.tables)


@needs_documents
@pytest.mark.parametrize("name", [*DOCUMENTS, "hetang"])
def test_almost_every_figure_is_read_and_the_rest_is_told(name: str) -> None:
    found = document(name)
    assert found.cells_read >= found.cells_seen * 0.995
    assert found.cells_read == found.cells_seen or found.gaps


# Each cell as printed on the page, looked up by eye: kind, section, key of the row, key of the column, printed text.
CELLS = {
    "guangzhou": [
        ("T1", "收入", "一般公共预算拨款", "金额", "3,944.08"),
        ("T1", "功能", "住房保障支出", "金额", "950.05"),
        ("T1", "功能", "支出总计", "金额", "3,944.08"),
        ("T2", "", "合计", "一般公共预算", "3,944.08"),
        ("T3", "", "2014001", "基本支出", "1,831.41"),
        ("T3", "", "2014001", "项目支出", "28.00"),
        ("T10", "支出", "社会保障和就业支出", "金额", "419.35"),
        ("T11", "", "2014004", "项目支出合计", "397.28"),
        ("T11", "", "合计", "基本支出合计", "3,204.78"),
        ("T17", "", "30239", "金额", "65.19"),
        ("T17", "", "310", "金额", "2.80"),
        ("T9", "", "“三公”经费小计", "金额", "4.80"),
        ("T9", "", "公务用车运行费", "一般公共预算", "2.50"),
    ],
    "changsha": [
        ("T1", "性质", "基本支出", "金额", "1,517.95"),
        ("T1", "性质", "项目支出", "金额", "417.41"),
        ("T1", "收入", "收入总计", "金额", "1,935.36"),
        ("T2", "", "2014004", "财政拨款", "417.41"),
        ("T3", "", "20140", "合计", "1,935.36"),
        ("T10", "收入", "本年收入合计", "金额", "1,935.36"),
        ("T10", "支出", "一般公共服务支出", "一般公共预算", "1,935.36"),
        ("T11", "", "2014001", "基本支出合计", "1,517.95"),
        ("T17", "", "302", "公用经费", "122.98"),
        ("T17", "", "30228", "人员经费", "10.92"),
        ("T9", "", "公务接待费", "金额", "3.00"),
        ("T9", "", "公务用车购置及运行费", "金额", "5.00"),
        ("G2", "", "人民来访接待中心业务专项", "金额", "102.80"),
    ],
    "xian": [
        ("F01", "收入", "一般公共预算财政拨款收入", "金额", "296,030.91"),
        ("F01", "支出", "支出总计", "金额", "2,480,372.70"),
        ("F02", "", "2100201", "合计", "967,123.13"),
        ("F02", "", "2050302", "财政拨款", "3,301.03"),
        ("F03", "", "20503", "合计", "3,907.92"),
        ("F03", "", "2100205", "基本支出", "21,242.48"),
        ("F04", "支出", "本年支出合计", "一般公共预算", "296,047.75"),
        ("F05", "", "2100405", "项目支出", "1,456.22"),
        ("F06", "", "301", "金额", "92,835.98"),
        ("F06", "", "302", "金额", "2,085.91"),
        ("F07", "", "数", "预算数/合计", "593.46"),
        ("F07", "", "数", "决算数/公务用车购置及运行费/公务用车运行费", "450.96"),
        ("F07", "", "数", "决算数/公务接待费", "0.11"),
        ("E1", "资金", "合计", "全年执行数", "2074962.01"),
    ],
    "foshan": [
        ("F01", "收入", "其他收入", "金额", "0.01"),
        ("F01", "支出", "交通运输支出", "金额", "1531.04"),
        ("F02", "", "2140101", "财政拨款", "609.29"),
        ("F02", "", "2140101", "合计", "609.30"),
        ("F02", "", "2210201", "合计", "60.87"),
        ("F03", "", "2140102", "项目支出", "905.60"),
        ("F03", "", "合计", "基本支出", "746.39"),
        ("F04", "支出", "住房保障支出", "一般公共预算", "60.87"),
        ("F05", "", "2140199", "项目支出", "16.15"),
        ("F06", "", "30217", "金额", "0.16"),
        ("F06", "", "公用经费合计", "金额", "97.19"),
        ("F07", "", "数", "决算数/公务接待费", "0.16"),
        ("F07", "", "数", "预算数/合计", "0.00"),
    ],
    "putuo": [
        ("F01", "收入", "年初结转和结余", "金额", "49.14"),
        ("F01", "支出", "本年支出合计", "金额", "2,940.05"),
        ("F02", "", "合计", "其他收入", "6.20"),
        ("F02", "", "2010602", "其他收入", "6.19"),
        ("F03", "", "2010608", "项目支出", "449.52"),
        ("F04", "收入", "年初财政拨款结转和结余", "金额", "21.63"),
        ("F04", "收入/年初结转", "一般公共预算财政拨款", "金额", "21.63"),
        ("F04", "收入", "本年收入合计", "金额", "2,940.05"),
        ("F05", "", "2210203", "合计", "258.50"),
        ("F06", "", "30102", "金额", "1,238.58"),
        ("F06", "", "30229", "金额", "42.77"),
        ("F06", "", "31002", "金额", "13.58"),
        ("F07", "", "数", "预算数/公务接待费", "0.95"),
    ],
    "wanli": [
        ("T1", "收入", "财政拨款收入", "金额", "189,767,551"),
        ("T1", "收入/财政拨款收入", "一般公共预算拨款", "金额", "189,767,551"),
        ("T1", "功能", "城乡社区支出", "金额", "154,369,326"),
        ("T2", "", "2080506", "财政拨款", "2,413,577"),
        ("T3", "", "合计", "项目支出", "88,425,805"),
        ("T3", "", "21201", "合计", "94,995,790"),
        ("T3", "", "2120101", "基本支出", "17,737,739"),
        ("T10", "支出", "住房保障支出", "合计", "9,364,732"),
        ("T11", "", "2120199", "基本支出合计", "53,121,126"),
        ("T17", "", "30209", "公用经费", "1,143,816"),
        ("T9", "", "公务用车购置费", "金额", "15"),
        ("T9", "", "公务用车运行费", "金额", "21.56"),
        ("T9", "", "公务接待费", "金额", "1.35"),
    ],
    "hetang": [
        ("F01", "收入", "其他收入", "金额", "31.64"),
        ("F01", "支出", "结余分配", "金额", "21.35"),
        ("F02", "", "2013103", "其他收入", "31.64"),
        ("F03", "", "201", "项目支出", "0.00"),
        ("F03", "", "2089901", "合计", "162.94"),
        ("F04", "收入/年初结转", "一般公共预算财政拨款", "金额", "0.00"),
        ("F04", "支出", "一般公共服务支出", "一般公共预算", "221.53"),
        ("F05", "", "合计", "基本支出", "378.86"),
        ("F06", "", "30227", "金额", "180.61"),
        ("F06", "", "303", "金额", "110.98"),
        ("F06", "", "公用经费合计", "金额", "206.41"),
        ("F07", "", "数", "预算数/公务接待费", "2.00"),
        ("F07", "", "数", "决算数/合计", "0.00"),
        ("E1", "指标", "成本控制数", "实际完成值", "435.55"),
        ("E1", "指标", "成本控制数", "得分", "9"),
        ("E1", "指标", "积极整合", "分值", "5"),
        ("E2", "资金", "合计", "全年执行数", "46.4"),
        ("E2", "指标", "民众满意率", "分值", "10"),
    ],
}


@needs_documents
@pytest.mark.parametrize(("name", "cell"), [(name, cell) for name, cells in CELLS.items() for cell in cells])
def test_cells_as_printed(name: str, cell: tuple[str, str, str, str, str]) -> None:
    kind, section, key, column, printed = cell
    found = document(name)
    value = next(
        (
            row.values[column]
            for table in found.of(kind)
            for row in table.rows
            if key in (row.key, row.code) and row.section == section and column in row.values
        ),
        None,
    )
    assert value is not None
    assert value.text == printed
    assert value.place.page or value.place.line


@needs_documents
@pytest.mark.parametrize(
    ("name", "role", "subject", "number", "base"),
    [
        ("beijing", "amount", "基本支出预算", "45980.56", ""),
        ("beijing", "share", "项目支出预算", "33.67", "本年支出预算"),
        ("beijing", "amount", "政府采购服务预算", "7857.49", ""),
        ("guangzhou", "growth", "公务用车购置及运行维护费", "-28.6", "上年"),
        ("guangzhou", "change", "机关运行经费", "-23.32", "上年"),
        ("changsha", "amount", "公务用车运行费", "5.00", ""),
        ("xian", "growth", "收入总计、支出总计", "46.66", "上年"),
        ("putuo", "share", "住房保障支出（类）", "15.16", "一般公共预算财政拨款支出"),
        ("putuo", "growth", "机关运行经费支出", "1.40", "2023年度"),
        ("wanli", "change", "“三公”经费预算数", "-10", "2024年预算"),
        ("foshan", "share", "公务接待费支出", "100.0", "“三公”经费财政拨款支出决算"),
        ("hetang", "change", "机关运行经费支出", "191.34", "年初预算数"),
        ("hetang", "growth", "机关运行经费支出", "-45.2", "上年决算数"),
        ("hetang", "share", "授予小微企业合同金额", "91.8", "政府采购支出总额"),
    ],
)
def test_figures_in_sentences(name: str, role: str, subject: str, number: str, base: str) -> None:
    told = [(f.role, f.subject, str(f.number), f.base) for f in document(name).figures]
    assert (role, subject, number, base) in told, [one for one in told if one[2] == number]


@needs_documents
@pytest.mark.parametrize("name", ["not_a_budget_1.txt", "scanned_1.pdf"])
def test_what_is_no_such_document_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        understand(read((FOLDER / name).read_bytes(), name))
    assert name in refusal.value.sentence
    assert refusal.value.sentence.endswith("。")
