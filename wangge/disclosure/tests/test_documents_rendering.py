"""Files: the same cells in three formats, merged as printed, the same bytes each time, and text that stays text."""

import io
import zipfile
from decimal import Decimal
from typing import Any

import docx
import pdfplumber
import pytest
from python_calamine import CalamineWorkbook

from wangge.disclosure.documents.filling import Books, Filled, Paper
from wangge.disclosure.documents.papers import Given, paper
from wangge.disclosure.documents.rendering import FORMATS, render
from wangge.disclosure.tests.test_documents_filling import LINES
from wangge.finance.terms import (
    EvaluatedIndicator,
    Funds,
    GoalForm,
    GoalIndicator,
    IncomeRow,
    SelfEvaluation,
    Source,
)


def made(kind: str = "budget", **more: object) -> Paper:
    given = {
        "initial": LINES,
        "adjusted": LINES,
        "spent": LINES,
        "incomes": (IncomeRow(Source.GENERAL, "2010301", Decimal("4073660.00"), (1,)),),
    } | more
    books = Books("204001", "演示单位", 2020, **given)  # type: ignore[arg-type]
    return paper(kind, Given(books))


def shown(table: Filled, row: str, column: str) -> str:
    cell = table.cell(row, column)
    assert cell is not None
    return cell.text


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", ["budget", "accounts"])
def test_the_same_paper_gives_the_same_bytes(kind, format):
    assert render(made(kind), format) == render(made(kind), format)


@pytest.mark.parametrize("format", ["docx", "xlsx"])
def test_no_part_of_a_package_carries_the_day_it_was_made(format):
    with zipfile.ZipFile(io.BytesIO(render(made(), format))) as package:
        assert {part.date_time[0] for part in package.infolist()} <= {1980, 2000}


def test_a_workbook_holds_numbers_and_merges_heads():
    data = render(made(), "xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    names = book.sheet_names
    assert names[0] == "说明"
    assert [n.split(" ")[0] for n in names[1:]] == [f"表{n}" for n in range(1, 18)]
    sheet = book.get_sheet_by_name(names[1])
    rows = sheet.to_python(skip_empty_area=False)
    head = next(i for i, row in enumerate(rows) if row[0] == "收入")
    assert rows[head] == ["收入", "", "支出", "", "", ""]
    assert rows[head + 2] == ["一、一般公共预算拨款", 407.37, "1、一般公共服务", 199.01, "一、基本支出", 74.01]
    assert (head, 0) in [start for start, _ in sheet.merged_cell_ranges or []]


def test_words_that_begin_like_a_formula_stay_words():
    danger = made(words={"duties": '=HYPERLINK("http://x")\n+1', "offices": "<b>&综合室"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(render(danger, "xlsx"))).get_sheet_by_index(0).to_python()
    texts = [row[0] for row in rows]
    assert '=HYPERLINK("http://x")' in texts
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(render(danger, "docx"))).paragraphs)
    assert "<b>&综合室" in text
    assert '=HYPERLINK("http://x")' in text


def test_a_text_document_has_headings_and_merged_tables():
    document = docx.Document(io.BytesIO(render(made(), "docx")))
    assert len(document.tables) == 17
    headings = [p.text for p in document.paragraphs if str(p.style and p.style.name).startswith("Heading")]
    assert "一、部门职能职责" in headings
    first = document.tables[0]
    assert [c.text for c in first.rows[0].cells] == ["收入"] * 2 + ["支出"] * 4
    spending = document.tables[2]
    assert [c.text for c in spending.rows[2].cells][:4] == ["类", "款", "项", "科目名称"]
    assert [c.text for c in spending.rows[4].cells][:6] == ["201", "", "", "一般公共服务支出", "199.01", "199.01"]


def test_pages_keep_their_text_and_repeat_heads():
    with pdfplumber.open(io.BytesIO(render(made(), "pdf"))) as pdf:
        pages = [page.extract_text() or "" for page in pdf.pages]
    assert "演示单位" in pages[0]
    details = [p for p in pages if "一般公共预算基本支出情况表" in p or "30299" in p]
    assert any("30299" in p and "经济科目名称" in p for p in details)
    wide = next(p for p in pages if "2020年一般公共预算支出情况表" in p and "附" not in p and "407.37" in p)
    assert "199.01" in wide


def goal(**more: Any) -> GoalForm:
    given: dict[str, Any] = {
        "id": 1,
        "kind": "whole",
        "year": 2021,
        "unit_code": "1",
        "unit_name": "演示街道",
        "project_code": "",
        "special": "",
        "direction": "",
        "office": "",
        "period": "",
        "amount": Decimal("14829000.00"),
        "basic": Decimal("4622100.00"),
        "projects": Decimal("10206900.00"),
        "general": Decimal("14829000.00"),
        "fund": None,
        "other": None,
        "duties": "职责",
        "goal_period": "",
        "goal_year": "目标",
        "state": "approved",
        "version": 1,
        "indicators": (
            GoalIndicator("产出指标", "数量指标", "居民", "2.4万", None, "", "", 1),
            GoalIndicator("产出指标", "成本指标", "基本支出", "462.21", None, "", "", 2),
            GoalIndicator("产出指标", "成本指标", "项目支出", "1020.69", None, "", "", 3),
            GoalIndicator("满意度指标", "服务对象满意度指标", "满意度", "90%", None, "", "", 4),
        ),
        "lines": (),
    }
    return GoalForm(**(given | more))


def test_goal_forms_are_those_of_their_year():
    old = paper("targets", Given(Books("1", "演示街道", 2020), (goal(year=2020),))).tables[0]
    new = paper("targets", Given(Books("1", "演示街道", 2021), (goal(),))).tables[0]
    assert (old.title, new.title) == ("2020年部门整体支出绩效申报表", "2021年部门整体支出绩效目标表")
    assert shown(old, "资金总额", "金额") == "1482.9万元"
    assert shown(new, "资金总额", "金额") == "资金总额：1482.9"
    texts = [c.text for row in new.grid for c in row if c is not None]
    assert texts.count("产出成本") == 1
    assert "社会公众及服务对象满意度" in texts


def evaluation(**more: Any) -> SelfEvaluation:
    given: dict[str, Any] = {
        "id": 1,
        "kind": "project",
        "year": 2022,
        "unit_code": "1",
        "unit_name": "演示单位",
        "project_code": "p",
        "special": "基层社会治理专项",
        "direction": "基层社会治理专项",
        "investment": Decimal("16181700.00"),
        "investment_fiscal": Decimal("16181700.00"),
        "period": "2022年",
        "funds": (
            Funds("total", Decimal("16181700.00"), Decimal("16181700.00"), Decimal("15387100.00")),
            Funds("fiscal", Decimal("16181700.00"), Decimal("16181700.00"), None),
        ),
        "expected": "预期",
        "achieved": "完成",
        "rate": Decimal("95.09"),
        "execution_weight": Decimal(10),
        "execution_score": Decimal("9.5"),
        "indicators": (
            EvaluatedIndicator("产出指标", "数量指标", "人员", "100%", "100%", Decimal(50), Decimal(47), "缓发", "", 1),
            EvaluatedIndicator("产出指标", "数量指标", "", "", "另一项", Decimal(30), Decimal(30), "", "", 2),
            EvaluatedIndicator(
                "满意度指标", "服务对象满意度指标", "满意", "90%", "92%", Decimal(10), Decimal(10), "", "", 3
            ),
        ),
        "weight": Decimal(100),
        "score": Decimal("96.5"),
        "grade": "优",
        "state": "confirmed",
        "stated": {},
        "faults": (),
    }
    return SelfEvaluation(**(given | more))


def test_a_self_evaluation_is_three_stacked_tables():
    books = Books("1", "演示单位", 2022)
    table = paper("self-evaluation", Given(books, (), (evaluation(),))).tables[0]
    assert shown(table, "合计", "全年执行数") == "1538.71"
    assert shown(table, "合计", "执行率") == "95.09%"
    assert shown(table, "合计", "得分") == "9.5"
    assert shown(table, "总分", "得分") == "96.5"
    texts = [c.text for row in table.grid for c in row if c is not None]
    assert "产出指标（80分）" in texts
    assert "等级：优" in texts
    assert texts.count("100%") == 2
    covered = [sum(c.columns for c in row if c is not None) for row in table.grid]
    assert max(covered) == len(table.widths) == 9


def test_a_self_evaluation_renders_in_every_format():
    given = paper("self-evaluation", Given(Books("1", "演示单位", 2022), (), (evaluation(),)))
    for format in FORMATS:
        assert len(render(given, format)) > 4_000
