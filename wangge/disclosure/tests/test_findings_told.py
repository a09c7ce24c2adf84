"""The published documents beside the project: what people found in their sentences and forms is found, nothing false beside."""

import json

import pytest

from wangge.disclosure.documents.auditing import audit
from wangge.disclosure.documents.model import Finding
from wangge.disclosure.documents.reading import read, understand
from wangge.disclosure.tests.published import BESIDE, SAMPLE, SHARED, report

pytestmark = BESIDE

# Findings of the sample that rules of sentences and forms answer: id, rule, a piece of what is expected.
KNOWN = [
    ("F000-03", "P16", "333.36"),
    ("F000-04", "P19", "≥90%"),
    ("F000-06", "N01", "333.36"),
    ("F000-09", "N14", "收入来源"),
    ("F000-10", "N16", "公务用车"),
    ("F000-11", "N17", "公务接待费"),
    ("F000-12", "P22", "年底前要达到"),
    ("F000-13", "P20", "移到“服务对象满意度指标”栏"),
    ("F000-14", "N10", "核实是否漏编"),
    ("F000-17", "N16", "应用需要"),
    ("F001-01", "N03", "105.00%"),
    ("F001-03", "N13", "3.38万元"),
    ("F001-05", "N11", "2022年度"),
    ("F001-07", "P14", "全年预算1618.17万元、全年执行1538.71万元、95.09%、96.5分"),
    ("F001-09", "P09", "1681.70"),
    ("F001-12", "P04", "90"),
    ("F001-14", "P13", "4"),
    ("F001-16", "N09", "有批次人次应有金额"),
    ("F001-18", "N15", "一致"),
    ("F001-20", "N18", "并列说明"),
    ("F001-22", "P11", "填写偏差原因"),
    ("F001-26", "N10", "运维"),
    ("F001-28", "N19", "全年数一般应与年中某日的数不同"),
    ("F001-30", "P14", "4个"),
    ("F002-01", "P16n", "井龙街道、三个村、三个社区"),
    ("F002-02", "P16n", "社区经费"),
    ("F002-03", "P18", "83万"),
    ("F002-04", "P17", "669.96"),
    ("F002-05", "P17", "151.20"),
    ("F002-08", "P20", "不适用"),
    ("F002-09", "N16", "监督"),
    ("F004-01", "N03", "14.65"),
    ("F004-04", "N22", "车辆处置"),
    ("F004-07", "P20", "移到“服务对象满意度指标”栏"),
    ("F004-08", "N16", "非税收入"),
    ("F004-14", "N15", "经济研究中心"),
]

# All findings of sentences and forms that are called an error, each checked by hand: rule, line, printed, expected.
ERRORS = {
    "000": [],
    "001": [
        ("N03", 364, "100.05%", "105.00%"),
        ("N05", 392, "1760.1万元", "1740.91"),
        ("N11", 460, "2021年度", "2022年度"),
        ("N12", 410, "五、", "六、"),
        ("N13", 400, "3.38元", "3.38万元"),
        ("P04", 770, "100", "90"),
        ("P09", 620, "1618.70", "1681.70"),
        ("P09", 620, "1618.70", "1807.27万元"),
        ("P09", 753, "36.89", "0"),
        ("P14", 480, "全年预算180.8万元、全年执行194.76万元、107.72%、100分", "全年预算1618.17万元、全年执行1538.71万元、95.09%、96.5分"),
        ("P14", 482, "全年执行10万元、100%、100分", "全年执行5.82万元、58.2%、95.82分"),
        ("P23", 470, "97.70%", "100.29%"),
    ],
    "002": [("P16n", 62, "井龙街道、三个村、三个街道", "井龙街道、三个村、三个社区")],
    "003": [
        ("N01", 311, "21.35万元", "0.00"),
        ("N03", 411, "45.2%", "45.7%"),
        ("N03", 411, "92.7%", "1269.7%"),
        ("P01", 564, "100", "110"),
        ("P05", 514, "100%", "95.33%，得分9.53"),
        ("P12", 561, "10", "0"),
        ("P21", 470, "0万元", "21.35"),
    ],
    "004": [("N03", 182, "3.65万元", "14.65")],
}  # fmt: skip


def told(name: str) -> list[Finding]:
    return [f for f in report(name).findings if f.rule[0] in "NPA"]


def squeezed(text: str) -> str:
    return text.replace(" ", "")


@pytest.mark.parametrize(("id", "rule", "expected"), KNOWN, ids=[k[0] for k in KNOWN])
def test_a_known_finding_is_found(id, rule, expected):
    known = next(f for f in json.loads(SAMPLE.read_text())["findings"] if f["id"] == id)
    at = set(known["line"] if isinstance(known["line"], list) else [known["line"]])
    found = [
        f
        for f in told(known["doc"][:3])
        if f.rule == rule
        and f.severity == known["severity"]
        and at & {p.line for p in f.places}
        and expected in f.expected
    ]
    assert found, f"{id} {known['rule']} {known['where']}"
    assert found[0].quote


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_nothing_else_is_called_an_error(name):
    errors = [f for f in told(name) if f.severity == "error"]
    assert sorted((f.rule, f.places[0].line, squeezed(f.printed), squeezed(f.expected)) for f in errors) == ERRORS[name]


@pytest.mark.parametrize(
    ("name", "traps"),
    [
        ("001", ("125.57万元", "7.99%", "92.01%", "95.09%", "9.5", "90")),
        ("003", ("442.2%", "0%")),
        ("004", ("508.9253万元", "508.93万元")),
        ("000", ("0.26", "0.1万元")),
    ],
)
def test_traps_are_no_errors(name, traps):
    """Right numbers that a careless rule reports: rounded shares, the inclusive bound of a grade, 0 ÷ 0, another scope."""
    assert [f for f in told(name) if squeezed(f.printed) in traps and f.severity == "error"] == []


PDFS = sorted(SHARED.glob("data/documents/*.pdf"))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("002", []),
        ("005", []),
        # 921.75 was spent on projects, 940.15 were evaluated: the whole may be the budget, so it is only suspected.
        ("022", [("N14", "完成预算0 万元的0%；完成预算的0%"), ("N16", "事业事位"), ("P23", "100%")]),
        # 2106.66 ÷ 2940.05 = 71.65 %, and the four shares printed make 100.07 %; 06表 has 奖励金 instead.
        # Section four prints 0.3 for the total of fiscal income and spending that 04表 has as 2,961.68.
        ("putuo_finance", [("N01", "0.3万元"), ("N02", "71.73%"), ("N07", "基本工资、津贴补贴")]),
        ("putuo_wanli", [("N16", "【2016】168号"), ("N16", "【2017】89号"), ("N16", "公务车用车"), ("N16", "更游校"), ("N16", "社区事物受理")]),
    ],
)  # fmt: skip
def test_documents_of_other_cities(name, found):
    """Checked by hand against the PDF: what is said beyond rounding."""
    (path,) = [p for p in PDFS if p.name.startswith(name)]
    made = audit(understand(read(path.read_bytes(), path.name)))
    said = sorted((f.rule, f.printed) for f in made.findings if f.rule[0] in "NPA" and f.severity != "rounding")
    assert [rule for rule, _ in said] == [rule for rule, _ in found]
    assert all(printed.startswith(expected) for (_, printed), (_, expected) in zip(said, found, strict=True))
    assert [g for g in made.document.gaps if "未能执行" in g.why] == []
