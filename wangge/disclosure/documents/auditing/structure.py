"""Structure: what must be there before arithmetic means anything (T01-T07, B28)."""

import re
from collections import Counter
from difflib import SequenceMatcher

from wangge.disclosure.documents import words
from wangge.disclosure.documents.auditing import trees
from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.terms import name_of
from wangge.disclosure.documents.model import Grid, Paragraph, Place, Table

FORM = "公开表式的编排要求"
_DAMAGE = r"illegible|无法辨认|丢|缺|对不齐|错位|应有|不能确定"
_NUMBER = re.compile(r"^(表|附件|附表|公开)(\d+|[一二三四五六七八九十]+)(?:表)?$")
_DIGITS = "零一二三四五六七八九十"


def number_of(text: str) -> tuple[str, int] | None:
    """`表3`, `附件十一`, `公开03表` as (word, number)."""
    found = _NUMBER.match(re.sub(r"\s", "", text))
    if not found:
        return None
    word, digits = found.groups()
    if digits.isdigit():
        return word, int(digits)
    tens, _, ones = digits.rpartition("十")
    ten = (_DIGITS.index(tens) if tens else 1) * 10 if "十" in digits else 0
    return word, ten + (_DIGITS.index(ones) if ones else 0)


def caption(check: Checker, table: Table) -> Place:
    """Where the number or the title of a table is printed; the table itself when neither is found above it."""
    words_ = {re.sub(r"\s", "", text) for text in (table.number, table.title) if text}
    found = table.place
    for block in check.document.source.blocks:
        if block.place == table.place or (block.place.line and block.place.line > table.place.line > 0):
            break
        if isinstance(block, Paragraph) and any(w in re.sub(r"[\s#]", "", block.text) for w in words_):
            found = block.place
    return found


@rule("T01", source=FORM, formula="同类表的编号写法一致，表题独立成行", severity="suspicious")
def titles(check: Checker) -> None:
    """Several forms of one kind carry one number; the one that has none, or whose title is glued to rows, is told."""
    for kind, count in Counter(t.kind for t in check.document.tables).items():
        same = [t for t in check.document.tables if t.kind == kind]
        numbers = Counter(t.number for t in same if t.number)
        if count < 3 or not numbers or kind == "U":
            continue
        number, times = numbers.most_common(1)[0]
        if times < count / 2:
            continue
        for table in same:
            check.judge(
                bool(table.number),
                caption(check, table),
                table=table,
                where=table.title,
                printed=f"“{table.title}”无编号",
                expected=number,
                explanation=f"同类的其他 {times} 张表都标“{number}”，这一张没有；表题可能与上一张表粘连。",
                origin="either",
            )


@rule("T02", source=FORM, formula="表体完整：行的格数与表头一致，没有无法辨认的内容", severity="suspicious")
def whole(check: Checker) -> None:
    """What the reading says of a table's shape. The cells of a PDF are our own reckoning: what does not fit there may be
    our fault and stays a gap; in the other formats the cells are the document's."""
    told_by_reader = r"illegible|无法辨认|应有" if check.document.source.format == "pdf" else _DAMAGE
    for table in check.document.tables:
        told = False
        for what, place in table.damage:
            if re.search(told_by_reader, what):
                told = True
                check.flag(
                    place,
                    table=table,
                    where=table.title,
                    printed="[illegible]" if "illegible" in check.quotes.of(place) else what,
                    expected="完整的表体",
                    explanation=f"{what}；本表的算术核对只作提示。",
                    origin="extraction",
                )
        if not told:
            check.passed()


@rule("T02", source=FORM, formula="单元格文字完整：不以逗号、顿号结尾", severity="suspicious")
def cut_short(check: Checker) -> None:
    """A value of a form that ends in a comma goes on somewhere else, or was cut."""
    for table in (t for t in check.document.tables if t.kind[0] in "GE"):
        for row in table.rows:
            for column, value in row.values.items():
                text = value.text.strip()
                if value.number is None and text:
                    check.judge(
                        text[-1] not in "，、,",
                        value,
                        table=table,
                        where=f"{row.label}·{column}",
                        printed=f"“{text[-40:]}”",
                        expected="完整的文字",
                        explanation="文字以逗号或顿号结尾，像是被截断。",
                        origin="either",
                    )


@rule("T02", source=FORM, formula="表内文字与正文同一段话的次序一致", severity="suspicious")
def scrambled(check: Checker) -> None:
    """A goal that has the words of a sentence of the text, but in another order, was torn by its columns."""
    sentences = [re.sub(r"\s", "", s.text) for s in check.document.sentences if len(s.text) >= 60]
    for table in (t for t in check.document.tables if t.kind in ("E1", "G1")):
        told = [*table.fields.items(), *((r.key, v) for r in table.rows for v in r.values.values())]
        for name, value in told:
            text = re.sub(r"\s", "", value.text)
            if value.number is not None or not 60 <= len(text) <= 600:
                continue
            pieces = {text[i : i + 4] for i in range(len(text) - 3)}
            for sentence in sentences:
                common = sum(piece in sentence for piece in pieces) / len(pieces)
                if common < 0.6:
                    continue
                blocks = SequenceMatcher(None, text, sentence, autojunk=False).get_matching_blocks()
                ordered = sum(b.size for b in blocks if b.size >= 4) / len(text)
                check.judge(
                    common - ordered < 0.12,
                    value,
                    table=table,
                    where=name,
                    printed=f"“{text[:50]}…”",
                    expected=f"“{sentence[:50]}…”",
                    explanation="与正文同一段话的字词相同、次序不同，像是分栏文字的顺序被打乱。",
                    origin="extraction",
                )
                break


@rule("T03", source=FORM, formula="栏次为 1 至 n 连续", severity="suspicious")
def column_numbers(check: Checker) -> None:
    for block in check.document.source.blocks:
        if not isinstance(block, Grid):
            continue
        for row in block.rows[:6]:
            cells = [re.sub(r"\s", "", cell.text) for cell in row]
            filled = [text for text in cells if text]
            if not filled or not re.match(r"^(?:栏次|\*\*)$", filled[0]):
                continue
            numbers = [int(text) for text in filled if text.isdigit()]
            if len(numbers) > 1:
                check.judge(
                    numbers == list(range(1, len(numbers) + 1)),
                    row[0].place,
                    where="栏次",
                    printed="、".join(map(str, numbers)),
                    expected=f"1 至 {len(numbers)}",
                    explanation="栏次不连续，表可能缺列或多列。",
                    origin="either",
                )


@rule("T04", source=FORM, formula="行次连续、不重复（01表、04表左右两半连续，即 F21）", severity="suspicious")
def line_numbers(check: Checker) -> None:
    """Lines of both halves in one order. A line without a label is not a row, so numbers may be left out."""
    for table in check.document.tables:
        lines = [(r, v, int(v.number)) for r in table.rows if (v := r.values.get(words.LINE)) and v.number]
        for i, (row, value, number) in enumerate(lines):
            before = lines[i - 1][2] if i else 0
            after = lines[i + 1][2] if i + 1 < len(lines) else number + 1
            # A number that breaks the order, while its neighbours are in order, is the wrong one.
            wrong = (number <= before or number >= after) and before < after
            check.judge(
                not wrong,
                value.place,
                table=table,
                where=row.label,
                printed=value.text.strip(),
                expected=str(before + 1) if after == before + 2 else f"大于 {before}、小于 {after}",
                difference=str(number - before - 1) if after == before + 2 else "",
                explanation="行次与上下两行不连续。",
                origin="either",
            )


@rule("T05", source=FORM, formula="每张表注明金额单位", severity="suspicious")
def units(check: Checker) -> None:
    tables = [t for t in check.document.tables if t.kind[0] in "TF" and not t.empty]
    if 2 * sum(bool(t.unit) for t in tables) <= len(tables):
        return
    for table in tables:
        check.judge(
            bool(table.unit),
            caption(check, table),
            table=table,
            where=table.title,
            printed="未注明金额单位",
            expected="单位：" + (check.document.money_unit or "万元"),
            explanation="其余各表都注明金额单位，这张表没有。",
            origin="either",
        )


def _numbering(check: Checker, letter: str, linked: tuple[str, ...]) -> None:
    """Numbers of the tables of one set: one word, one more each time. What breaks this is one finding."""
    tables = [t for t in check.document.tables if t.kind.startswith(letter)]
    numbers = {t.id: number_of(t.number) for t in tables}
    known = [n for n in numbers.values() if n]
    if len(known) < 3 or 2 * len(known) < len(tables):
        return
    word = Counter(n[0] for n in known).most_common(1)[0][0]
    wrong: list[tuple[Table, str]] = []
    last = 0
    for table in tables:
        number = numbers[table.id]
        expected = f"{word}{last + 1:02d}表" if word == "公开" else f"{word}{last + 1}"
        if number is None or number[0] != word or number[1] != last + 1:
            if number is None or number[0] != word or number[1] <= last:
                wrong.append((table, expected))
            last = number[1] if number and number[1] > last else last + 1
        else:
            last = number[1]
    check.judge(
        not wrong,
        caption(check, wrong[0][0]) if wrong else tables[0].place,
        table=wrong[0][0] if wrong else tables[0],
        where="、".join(t.title or name_of(t) for t, _ in wrong),
        printed="；".join(f"“{t.number or '无编号'}”{t.title}" for t, _ in wrong),
        expected="；".join(e for _, e in wrong),
        explanation="表号与全套的写法不一致或缺号；核对按表名，不按表号。",
        places=[caption(check, t) for t, _ in wrong],
        origin="either",
        linked=linked,
    )


@rule("T06", source=FORM, formula="决算各表编号连续", severity="suspicious")
def numbers_of_accounts(check: Checker) -> None:
    _numbering(check, "F", ())


@rule("B28", source=FORM, formula="预算各表编号连续、写法一致", severity="suspicious")
def numbers_of_budget(check: Checker) -> None:
    _numbering(check, "T", ("T06",))


@rule("T07", source=FORM, formula="支出表、收入表应有合计行", severity="suspicious")
def total_rows(check: Checker) -> None:
    for table in check.tables("T3", "T4", "T11", "F02", "F03", "F05"):
        if not any(row.code for row in table.rows):
            continue
        check.judge(
            any(trees.is_total(row) for row in table.rows),
            table.place,
            table=table,
            where=table.title,
            printed="无合计行",
            expected="合计行",
            explanation="表中没有合计行；收支核对以最上级科目为合计。",
            origin="either",
        )
