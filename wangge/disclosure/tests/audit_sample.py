"""A small understood document with findings of every severity, built by hand: what a report is tried on."""

from decimal import Decimal

from wangge.disclosure.documents.model import (
    Cell,
    Checks,
    Column,
    Document,
    Figure,
    Finding,
    Gap,
    Grid,
    Paragraph,
    Place,
    Report,
    Row,
    Sentence,
    Source,
    Table,
    Value,
)

SHA = "ab" * 32
PHONE, IDENTITY = "13812345678", "430204199003077731"
NARRATIVE = f"2020年收入预算407.36万元，<b>其中</b>经费拨款400万元。经办人手机{PHONE}，身份证号{IDENTITY}，办公电话0731-28100000。"
ROWS = (
    ("科目编码", "科目名称", "合计", "基本支出", "项目支出"),
    ("201", "一般公共服务支出", "1,199.01", "199.01", "1000.00"),
    ("20103", "政府办公厅（室）及相关机构事务", "1,199.00", "199.00", "1000.00"),
    ("=1+1", "合计", "1,299.01", "199.01", "1000.00"),
)


def place(row: int, column: int, line: int = 0) -> Place:
    return Place(page=2, line=line, table=1, row=row, column=column)


def source(file: str = "示例.txt", sha256: str = SHA) -> Source:
    grid = Grid(
        rows=tuple(tuple(Cell(t, place(r, c)) for c, t in enumerate(row, 1)) for r, row in enumerate(ROWS, 1)),
        place=Place(page=2, table=1),
    )
    return Source(
        file=file,
        format="text",
        sha256=sha256,
        text_sha256="cd" * 32,
        pages=2,
        blocks=(
            Paragraph("第一部分 示例单位概况", Place(page=1, line=1)),
            Paragraph(NARRATIVE, Place(page=1, line=2)),
            Paragraph("部门支出总表（续上页）", Place(page=2, line=1), ((4, Place(page=2, line=3)),)),
            grid,
        ),
        problems=(("第3页是图片，没有文字。", Place(page=3)),),
    )


def finding(rule: str, severity: str, places: tuple[Place, ...], **more: str) -> Finding:
    given = {
        "where": f"部门支出总表 {places[0]}" if places else "全文",
        "printed": "1,299.01",
        "expected": "1199.01",
        "difference": "100.00",
        "formula": "合计 1299.01 ≠ 199.01 + 1000.00 = 1199.01",
        "quote": "合计 1,299.01",
        "explanation": "合计与各列之和不符。",
    } | more
    return Finding(rule=rule, severity=severity, confidence=0.95, places=places, **given)  # type: ignore[arg-type]


def report(clean: bool = False, file: str = "示例.txt", sha256: str = SHA) -> Report:
    columns = [Column(key, (key,), n) for n, key in enumerate(("合计", "基本支出", "项目支出"), 3)]
    rows = []
    for r, (code, label, *numbers) in enumerate(ROWS[1:], 2):
        values = {
            c.key: Value(t, place(r, c.index), Decimal(t.replace(",", "")), 2)
            for c, t in zip(columns, numbers, strict=True)
        }
        coded = code if code.isdigit() else ""
        rows.append(
            Row(key=coded or label, label=label, place=place(r, 1), code=coded, level=len(coded) // 2, values=values)
        )
    table = Table(
        id="T3",
        kind="T3",
        title="部门支出总表",
        place=place(1, 1),
        columns=columns,
        rows=rows,
        number="表3",
        unit="万元",
    )
    document = Document(
        source=source(file, sha256),
        kind="budget",
        unit="示例单位",
        year=2020,
        money_unit="万元",
        tables=[table],
        headings=[],
        sentences=[Sentence(NARRATIVE, ("第一部分",), Place(page=1, line=2))],
        figures=[
            Figure("收入预算", "amount", Decimal("407.36"), 2, "万元", "407.36万元", "收入预算407.36万元", (), Place(page=1, line=2), 0, 9)
        ],
        gaps=[Gap("第3张表", "表头无法辨认", Place(page=3, line=4))],
        cells_seen=100,
        cells_read=98,
    )  # fmt: skip
    found = [
        finding("B10", "error", (place(4, 3), place(4, 4), place(4, 5))),
        finding(
            "N01",
            "suspicious",
            (Place(page=1, line=2),),
            quote="收入预算407.36万元",
            printed="407.36",
            expected="407.37",
            difference="-0.01",
            explanation=f"叙述与表格不符，经办人{PHONE}，{IDENTITY}。",
            where="收支情况说明",
        ),
        finding("B12", "rounding", (place(2, 3),), printed="1,199.01", expected="1199.00", difference="0.01"),
        finding("T06", "suspicious", (), where="整套表格", explanation="表格编号不连续。"),
    ]
    checks = Checks()
    for rule, outcome in (("B10", "passed"), ("B10", "failed"), ("B12", "rounding"), ("N01", "failed")):
        checks.count(rule, outcome)  # type: ignore[arg-type]
    return Report(document, [] if clean else found, checks)
