"""N11-N13: years, numbering and units in the sentences."""

import re
from collections.abc import Iterator

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.amounts import items, other_unit, row_of_item
from wangge.disclosure.documents.auditing.narrative.cells import cells, entry_of
from wangge.disclosure.documents.auditing.narrative.completion import done, slipped_unit
from wangge.disclosure.documents.auditing.narrative.phrases import (
    Passage,
    all_amounts,
    clause_start,
    passages,
    plain,
    squeeze,
    term,
)
from wangge.disclosure.documents.auditing.terms import Term
from wangge.disclosure.documents.model import Paragraph
from wangge.disclosure.documents.words import TOTAL

# Years


_ABOUT = (
    r"(?:财政拨款|一般公共预算|政府性基金|国有资本经营|机关运行|政府采购|“?三公|收入|支出|收、支|预算收入|部门预算|部门决算|"
    r"基本支出|项目支出|会议费|培训费|公务接待|因公出国|公务用车|本?年?初?预算数|开支)"
)
_YEAR = re.compile(
    rf"(?:^|[。；\n]|[：，](?=本部门|本单位|我单位|我局|20))(?P<who>本部门|本单位|我部门|我单位|我局|我委|本级|[^，。；：\d]{{2,24}}?(?:中心|办公室|局|委员会|街道办事处|单位))?"
    rf"(?P<year>20\d{{2}})(?:年度|年)(?=[^，。；]{{0,8}}?{_ABOUT})"
)


@rule(
    "N11",
    source="部门预决算公开说明口径：各节所述年度应为本文件的年度",
    formula="说明各节的年度 = 文件年度",
)
def years(check: Checker) -> None:
    """A section that gives the figures of another year was copied from an older document."""
    year = check.document.year
    for passage in passages(check.document):
        if not year or passage.under("名词解释", "职能", "职责"):
            continue
        for m in _YEAR.finditer(passage.text):
            said = int(m["year"])
            start, end = m.start("year"), passage.sentence_at(m.start("year"))[1]
            tail = passage.text[m.end() : end]
            if said == year:
                check.passed()
            elif said in (year - 1, year - 2) and _own_figures(tail):
                check.flag(
                    passage.place(start),
                    printed=passage.quote(start, m.end()),
                    expected=f"{year}年度" if "度" in m[0][-1:] else f"{year}年",
                    difference=f"{abs(year - said)}年",
                    formula=f"本文件为{year}年度，句中印为{said}年度",
                    quote=passage.quote(
                        m.start("who") if m["who"] else start, _first_amount_end(passage, m.end(), end)
                    ),
                    explanation="本节说明的是本年度情况，却印成其他年度，多半是沿用上年文字。",
                    where=passage.section[-1] if passage.section else "",
                )


def _own_figures(tail: str) -> bool:
    """The sentence gives this year's figures: an amount follows, and it is not told only as a base of comparison."""
    first = re.search(r"\d[\d,.]*(?:亿元|万元|元)", tail)
    if first is None:
        return False
    before = tail[: first.start()]
    return not re.search(r"上年|去年|结转|相比|比较|为基数|末|底|以前年度|下达|获", before)


def _first_amount_end(passage: Passage, start: int, end: int) -> int:
    found = passage.amounts(start, end)
    return found[0].end if found else end


_AS_OF = re.compile(r"截[至止](?P<year>20\d{2})年(?:12月31日|12月底|年?末|底)")


@rule(
    "N11",
    source="部门决算公开说明口径：资产、车辆为本年末数",
    formula="截至日期的年份 = 决算年度",
    severity="suspicious",
)
def year_ends(check: Checker) -> None:
    """Accounts tell assets at the end of their own year; a budget at the end of the year before."""
    year = check.document.year
    if check.document.kind != "accounts" or not year:
        return
    for passage in passages(check.document):
        for m in _AS_OF.finditer(passage.text):
            said = int(m["year"])
            if not re.search(
                r"车辆|用车|资产|设备|编制|人员", passage.text[m.end() : passage.sentence_at(m.start())[1]]
            ):
                continue
            check.judge(
                said == year,
                passage.place(m.start()),
                printed=m[0],
                expected=m[0].replace(str(said), str(year)),
                quote=passage.quote(m.start(), m.end()),
                formula=f"本文件为{year}年度决算",
                explanation="决算应反映本年末的情况，日期却是其他年份。",
            )


# Numbering


_DIGITS = "零一二三四五六七八九"
_NUMBERED = re.compile(r"^(?P<number>[一二三四五六七八九十]{1,3})、(?P<name>.+)$")
_PART = re.compile(r"^第[一二三四五六七八九十]+部分|^附件?\d*[：:]?|^目录")


def chinese(text: str) -> int:
    """一 to 九十九 as a number; 0 when it is none."""
    if "十" not in text:
        return _DIGITS.index(text) if text in _DIGITS else 0
    tens, _, ones = text.partition("十")
    return (_DIGITS.index(tens) if tens else 1) * 10 + (_DIGITS.index(ones) if ones else 0)


def to_chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    return (_DIGITS[tens] if tens > 1 else "") + ("十" if tens else "") + (_DIGITS[ones] if ones else "")


def _runs(headings: list[Paragraph]) -> Iterator[list[tuple[int, str, Paragraph]]]:
    """Headings `一、` to `九、` that belong together: a part, or a new 一、, begins a new run."""
    run: list[tuple[int, str, Paragraph]] = []
    for heading in headings:
        text = plain(heading.text)
        if _PART.match(text) and run:
            yield run
            run = []
        m = _NUMBERED.match(text)
        number = chinese(m["number"]) if m else 0
        if not m or not number:
            continue
        if number == 1 and run:
            yield run
            run = []
        run.append((number, m["name"], heading))
    if run:
        yield run


@rule("N12", source="公文格式口径：同级标题序号连续", formula="同级标题序号 = 上一个 + 1")
def numbering(check: Checker) -> None:
    """Only a number that its neighbours on both sides prove wrong: 五、五、七、."""
    for run in _runs(check.document.headings):
        check.passed()
        for (before, _, _), (number, _, heading), (after, _, _) in zip(run, run[1:], run[2:], strict=False):
            if number != before + 1 and after == before + 2:
                check.flag(
                    heading.place,
                    printed=f"{to_chinese(number)}、",
                    expected=f"{to_chinese(before + 1)}、",
                    difference=f"{number - before - 1:+}",
                    formula=f"前一标题“{to_chinese(before)}、”，后一标题“{to_chinese(after)}、”",
                    quote=heading.text.strip(),
                    explanation="同级标题序号重复，与前后标题不连续。",
                )


@rule("N12", source="公文格式口径：目录与正文一致", formula="目录所列部分 = 正文各部分", severity="suspicious")
def parts_of_contents(check: Checker) -> None:
    """第一部分 to 第五部分: those the contents list, and those there are."""
    listed: list[str] = []
    here: list[tuple[str, Paragraph]] = []
    inside = False
    for block in check.document.source.blocks:
        if not isinstance(block, Paragraph):
            inside = False
            continue
        text = plain(block.text)
        if re.fullmatch(r"目录[:：]?", text):
            inside = True
            continue
        m = re.match(r"第[一二三四五六七八九十]+部分", text)
        if not m or len(text) > 60:
            continue
        if inside and m[0] in listed:
            inside = False
        if inside:
            listed.append(m[0])
        else:
            here.append((m[0], block))
    if len(listed) < 2 or len(here) < 2:
        return
    extra = [(name, block) for name, block in here if name not in listed]
    check.judge(
        not extra,
        extra[0][1].place if extra else here[0][1].place,
        where="目录",
        printed=f"目录列{'、'.join(listed)}",
        expected=f"列入{'、'.join(dict.fromkeys(name for name, _ in extra))}",
        quote=extra[0][1].text if extra else "",
        explanation="正文的部分没有列入目录。",
    )


def _contents(check: Checker) -> tuple[dict[tuple[str, int], str], dict[tuple[str, int], list[Paragraph]]]:
    """Headings `一、` by part and number, as the contents list them and as they stand in the text."""
    listed: dict[tuple[str, int], str] = {}
    here: dict[tuple[str, int], list[Paragraph]] = {}
    inside, part = False, ""
    seen: set[str] = set()
    for block in check.document.source.blocks:
        if not isinstance(block, Paragraph):
            continue
        text = plain(block.text)
        if re.fullmatch(r"目录[:：]?", text):
            inside, seen = True, set()
            continue
        m = re.match(r"第[一二三四五六七八九十]+部分", text)
        if m and len(text) <= 60:
            inside = inside and m[0] not in seen
            part = m[0]
            seen.add(part)
        numbered = _NUMBERED.match(text)
        number = chinese(numbered["number"]) if numbered else 0
        if not numbered or not number or not part or len(text) > 40 or "。" in text:
            continue
        if inside:
            listed.setdefault((part, number), numbered["name"])
        else:
            here.setdefault((part, number), []).append(block)
    return listed, here


@rule("N12", source="公文格式口径：目录与正文一致", formula="目录所列标题 = 正文标题", severity="suspicious")
def names_of_contents(check: Checker) -> None:
    listed, here = _contents(check)
    odd = [
        (name, here[key][0])
        for key, name in listed.items()
        if key in here and all(_heading(plain(b.text).partition("、")[2]) != _heading(name) for b in here[key])
    ]
    if len(odd) * 2 > len(listed):
        return  # the contents of something else
    if odd:
        check.flag(
            odd[0][1].place,
            where="目录",
            printed="；".join(plain(block.text) for _, block in odd),
            expected="；".join(f"目录为“{name}”" for name, _ in odd),
            quote=odd[0][1].text,
            places=tuple(block.place for _, block in odd),
            confidence=0.5,
            explanation="正文标题与目录不一致。",
        )
    elif listed:
        check.passed()


def _heading(name: str) -> str:
    return re.sub(r"[^\w]|的|情况|说明|20\d\d年度?|[.…]+\d*$", "", name)


# Units


@rule(
    "N13",
    source="部门预决算公开说明口径：金额单位与表一致（万元）",
    formula="按同一单位计算时，完成率成立",
)
def slips_of_unit(check: Checker) -> None:
    """`年初预算为10万元，支出决算为3.38元，完成33.8%`: the percentage says that both have one unit."""
    for passage in passages(check.document):
        for one in done(passage):
            slip = slipped_unit(one)
            if slip is None:
                if one.plan.number and one.spent.number:
                    check.passed()
                continue
            wrong, unit = slip
            _flag_unit(
                check,
                passage,
                term(passage, wrong, since=clause_start(passage.text, one.plan.start)),
                unit,
                one.share.end,
            )


def _flag_unit(check: Checker, passage: Passage, said: Term, unit: str, end: int, formula: str = "") -> None:
    number = said.text.removesuffix("万元").removesuffix("元").removesuffix("亿")
    begin = said.quote
    start = passage.text.find(squeeze(begin)[0])
    check.flag(
        said,
        expected=f"{number}{unit}",
        difference="单位差1万倍" if {"元", "万元"} == {unit, said.text.removeprefix(number)} else "单位不同",
        formula=formula or f"{number} 与相邻金额同为“{unit}”时，印出的百分比才成立",
        quote=passage.quote(start, end) if start >= 0 else begin,
        explanation=f"金额单位应为“{unit}”。",
    )


@rule("N13", source="部门预决算公开说明口径：金额单位与表一致", formula="文字与表中同一数字的单位相同")
def units_beside_tables(check: Checker) -> None:
    """The digits of the cell with another unit."""
    flagged = {
        (id(passage), slip[0].start)
        for passage in passages(check.document)
        for one in done(passage)
        if (slip := slipped_unit(one))
    }
    starts = {start for _, start in flagged}
    for passage in passages(check.document):
        for amount in all_amounts(passage.text):
            entry = entry_of(check, passage, amount)
            found = cells(check, entry.cells) if entry else []
            said = term(passage, amount)
            if found and amount.start not in starts and other_unit(found[0], said):
                unit = "万元" if amount.unit == "元" else "元"
                _flag_unit(check, passage, said, unit, amount.end, f"{found[0].name} {found[0].show()}（{unit}）")
    table = check.one("F05")
    for item in items(check) if table else ():
        row = row_of_item(table, item.names) if table else None
        cell = check.cell(table, row, TOTAL) if table and row else None
        if cell and item.spent and item.spent_at and item.spent_at.start not in starts and other_unit(cell, item.spent):
            unit = "万元" if item.spent_at.unit == "元" else "元"
            _flag_unit(check, item.passage, item.spent, unit, item.spent_at.end, f"{cell.name} {cell.show()}（{unit}）")
