"""N14, N16, N17, N21: phrases left over from a template, words printed wrong, uses that do not fit the subject.

The words are data (`words.csv`): what is looked for as a pattern, what it should be, and what kind of slip it is.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.completion import done
from wangge.disclosure.documents.auditing.narrative.phrases import Passage, clause_start, flag_found, passages, squeeze
from wangge.disclosure.documents.model import Document, Grid, Place

# Template phrases


_SAME_BUT = re.compile(
    r"(?:与|同|跟)?(?:上年|去年|预算)(?:决算|预算)?数?(?:据)?(?:持平|一致|相同)，?(?P<but>(?:减少|增加|下降|增长)的?(?:主要)?原因)"
)


@rule(
    "N14", source="部门预决算公开说明口径：增减说明与数字相符", formula="“持平”时没有增减的原因", severity="suspicious"
)
def same_but_less(check: Checker) -> None:
    found: list[tuple[Passage, int, int]] = []
    for passage in passages(check.document):
        found.extend((passage, m.start(), m.end()) for m in _SAME_BUT.finditer(passage.text))
    flag_found(check, found, expected="持平时不写增减原因", explanation="既说持平，又说增减的原因，模板文字未改。")


@rule(
    "N14", source="部门决算公开说明口径：预算为零时不计算完成率", formula="预算 = 0 时不写完成率", severity="suspicious"
)
def percent_of_nothing(check: Checker) -> None:
    found: list[tuple[Passage, int, int]] = []
    for passage in passages(check.document):
        for one in done(passage):
            if not one.plan.number:
                found.append((passage, clause_start(passage.text, one.share.start), one.share.end))
            else:
                check.passed()
    flag_found(
        check,
        found,
        expected="预算为0，不适用完成率",
        confidence=0.5,
        explanation="预算数为0，完成率没有意义，模板文字未改。",
    )


_BOTH = re.compile(
    r"收入(?:预算)?[：:]?(?:既)?包括[^。；]{0,40}?(?P<fund>政府性基金)[^。；]{0,60}?(?P<business>经营|事业)[^。；]{0,12}?(?:收入|资金)"
)
_ATTACHED = re.compile(r"(?:局|委|厅)机关(?:及|和|、)(?:直属|下属|所属)(?:单位|事业单位)")


@rule(
    "N14",
    source="部门预算公开说明口径：编报口径与本单位实际一致",
    formula="所述收入来源、单位构成与本部门数字一致",
    severity="suspicious",
)
def words_of_a_template(check: Checker) -> None:
    whole = "".join(p.text for p in passages(check.document))
    alone = re.search(r"无下属(?:预算)?单位|只有本级|没有其他二级预算单位", whole)
    zero_fund = re.search(r"政府性基金(?:预算)?拨款(?:收入)?0(?:\.0+)?万元", whole) or re.search(r"无政府性基金", whole)
    zero_other = re.search(r"(?:其他收入|事业收入)0(?:\.0+)?万元", whole)
    found: list[tuple[Passage, int, int]] = []
    for passage in passages(check.document):
        if zero_fund and zero_other and (m := _BOTH.search(passage.text)):
            found.append((passage, m.start(), m.end()))
        if alone and (m := _ATTACHED.search(passage.text)):
            found.append((passage, m.start(), m.end()))
    if found:
        passage, start, end = found[0]
        check.flag(
            passage.place(start),
            where=passage.section[-1] if passage.section else "编报口径",
            printed="；".join(p.quote(a, b) for p, a, b in found),
            expected="按本部门的收入来源和单位构成填写",
            quote=passage.quote(start, end),
            places=tuple(p.place(a) for p, a, _ in found),
            explanation="模板套话与本部门的数字矛盾：所述资金为0，或本部门没有所述单位。",
        )


# Words printed wrong


@dataclass(frozen=True, slots=True)
class Slip:
    pattern: re.Pattern[str]
    right: str
    note: str


@lru_cache(maxsize=1)
def slips() -> tuple[Slip, ...]:
    """The dictionary of words that official documents print wrong."""
    text = (files(__package__) / "words.csv").read_text("utf-8")
    return tuple(Slip(re.compile(r["wrong"]), r["right"], r["note"]) for r in csv.DictReader(text.splitlines()))


# Traditional forms that no simplified text uses; those that both use are left out.
_ONLY_TRADITIONAL = frozenset(
    "門們個為這說時會國開關發體學業務實網點間動區產質數據經費應對與從還進過運轉單項總結辦議購買車輛備設劃標監檢處報導護環衛"
    "後東書寫電話機場紅給級組織統財權責預決執條種類類較請認許試詳調論講識讀變讓轄適選遷鄉鎮長頁須願額顯飯館馬驗點黨齊"
)
_CODE_BRACKETS = re.compile(r"(?<=[一-龥])[【\[［]\s*(?P<year>(?:19|20)\d{2})\s*[】\]］]\s*(?P<number>第?\d+)\s*号")
_ABOUT_EXACT = re.compile(r"(?<![\d.])\d+(?:\.\d+[1-9]|[1-9])余(?=[^\d]?[人次件条个篇户家份项名场万分元])")
_DOUBLE_STOP = re.compile(r"[，、；：][。；，、]|。。(?!。)|，，")


@dataclass(frozen=True, slots=True)
class Text:
    """A printed piece of text with its place."""

    text: str
    raw: str
    offsets: list[int]
    place: Place

    def quote(self, start: int, end: int, around: int = 12) -> str:
        first = self.offsets[max(0, start - around)]
        last = self.offsets[min(len(self.offsets) - 1, end + around - 1)] + 1
        return self.raw[first:last].strip()


def texts(document: Document) -> Iterator[Text]:
    """Every paragraph and every cell that carries words, as printed; sentences where a page cut a paragraph."""
    places = set()
    for sentence in document.sentences:
        text, offsets = squeeze(sentence.text)
        if text:
            places.add((sentence.place.page, sentence.place.line, sentence.place.table, sentence.place.row))
            yield Text(text, sentence.text, offsets, sentence.place)
    for block in document.source.blocks:
        cells = [c for row in block.rows for c in row] if isinstance(block, Grid) else [block]
        for cell in cells:
            text, offsets = squeeze(cell.text)
            here = (cell.place.page, cell.place.line, cell.place.table, cell.place.row)
            if len(text) >= 3 and not (here in places and not isinstance(block, Grid)):
                yield Text(text, cell.text, offsets, cell.place)


@rule("N16", source="公文写作规范：用字、术语、标点", formula="用字符合规范", severity="suspicious")
def misprints(check: Checker) -> None:
    """One finding for each slip, with every place it stands at."""
    found: dict[tuple[str, str, str], list[tuple[Text, int, int]]] = defaultdict(list)
    for text in texts(check.document):
        for slip in slips():
            for m in slip.pattern.finditer(text.text):
                found[(m[0], slip.right, slip.note)].append((text, m.start(), m.end()))
        for m in _CODE_BRACKETS.finditer(text.text):
            right = f"〔{m['year']}〕{m['number']}号"
            found[(m[0], right, "文号括号")].append((text, m.start(), m.end()))
        for m in _ABOUT_EXACT.finditer(text.text):
            found[(m[0], m[0].removesuffix("余"), "精确数字后不用“余”")].append((text, m.start(), m.end()))
        for m in _DOUBLE_STOP.finditer(text.text):
            found[(m[0], "一个标点", "标点重复")].append((text, m.start(), m.end()))
        for start, end in _foreign(text.text):
            found[(text.text[start:end], "简体字", "繁体字")].append((text, start, end))
        for start, end, right in _quotes_alone(text.text):
            found[(text.text[start:end], right, "引号不成对")].append((text, start, end))
    check.passed(len(slips()))
    for (wrong, right, note), hits in found.items():
        text, start, end = hits[0]
        times = f"全文出现 {len(hits)} 次。" if len(hits) > 1 else ""
        check.flag(
            text.place,
            where="文字",
            printed=wrong,
            expected=right,
            formula=f"“{wrong}”应为“{right}”",
            quote=text.quote(start, end),
            places=tuple(dict.fromkeys(t.place for t, _, _ in hits)),
            explanation=f"{note}。{times}",
            confidence=0.7,
        )


def _foreign(text: str) -> Iterator[tuple[int, int]]:
    """Single traditional characters in a simplified text; a text of them is printed so on purpose."""
    hits = [i for i, ch in enumerate(text) if ch in _ONLY_TRADITIONAL]
    if 0 < len(hits) <= 3:
        for i in hits:
            yield max(0, i - 1), i + 1


def _quotes_alone(text: str) -> Iterator[tuple[int, int, str]]:
    """A single quote that is opened and never closed, where the text has double ones."""
    if text.count("‘") == 1 and "’" not in text:
        at = text.index("‘")
        yield at, min(at + 3, len(text)), "成对的引号"


# Uses that do not fit the subject


_MEETING = re.compile(
    r"会议费(?:预算)?\d[\d.,]*万元，?(?:主要)?(?:是)?(?:用于|为)?[^。；]{0,10}?(?P<use>接待|招待|宴请|旅游)"
)


@rule("N17", source="政府收支分类科目：各经济科目的使用范围", formula="用途应与科目一致", severity="suspicious")
def use_fits_subject(check: Checker) -> None:
    for passage in passages(check.document):
        for m in _MEETING.finditer(passage.text):
            end = passage.sentence_at(m.start())[1]
            stop = next((i for i in range(m.end(), end) if passage.text[i] in "，。；"), end)
            begin = clause_start(passage.text, m.start("use"))
            check.flag(
                passage.place(m.start()),
                where="会议费",
                printed=passage.quote(begin, stop),
                expected="接待来访应列“公务接待费”（30217）",
                quote=passage.quote(passage.sentence_at(m.start())[0], stop),
                explanation="会议费用于接待，用途与科目不符，也影响“三公”经费口径。",
            )


@rule(
    "N17",
    source="政府收支分类科目；机关运行经费口径",
    formula="委托业务费一般不构成机关运行经费的主体",
    severity="suspicious",
)
def commissioned_work(check: Checker) -> None:
    """More than half of the running costs went to others for work they were commissioned with: a project in disguise."""
    for kind, total in (("F06", "公用经费合计"), ("T6", "302"), ("T13", "302")):
        table = check.one(kind)
        fee, whole = check.at(table, "30227", "金额"), check.at(table, total, "金额")
        if fee is None or whole is None or not whole.amount:
            continue
        check.judge(
            fee.amount * 2 < whole.amount,
            fee,
            expected="项目性质的委托业务列入项目支出",
            formula=f"{fee.show()} ÷ {whole.show()} = {fee.amount / whole.amount * 100:.1f}%",
            places=(whole.place,),
            explanation="委托业务费占公用经费一半以上，疑似项目支出列入了基本支出和机关运行经费。",
        )
        return


_BECAUSE = re.compile(r"(?:主要)?原因是?：(?P<why>[^。；]{12,120})")


@rule(
    "N21", source="部门决算公开说明口径：差异原因应与本项支出有关", formula="不同事项的原因不同", severity="suspicious"
)
def one_reason_for_everything(check: Checker) -> None:
    """The reason of an item of spending printed again, word for word, for the running costs."""
    seen: dict[str, list[tuple[Passage, int, int]]] = defaultdict(list)
    for passage in passages(check.document):
        for m in _BECAUSE.finditer(passage.text):
            seen[m["why"]].append((passage, m.start(), m.end()))
    for why, found in seen.items():
        kinds = {("运行" if "机关运行经费" in _around(p, a) else "项" if _is_item(p, a) else "") for p, a, _ in found}
        if {"运行", "项"} <= kinds:
            flag_found(
                check,
                found,
                where="差异原因",
                printed=why,
                expected="按各项支出的实际情况说明原因",
                confidence=0.4,
                explanation="同一原因逐字用于互不相关的事项。",
            )
        else:
            check.passed()


def _around(passage: Passage, at: int) -> str:
    begin, _ = passage.sentence_at(at)
    begin, _ = passage.sentence_at(max(0, begin - 2))
    return "/".join(passage.section) + passage.text[begin:at]


def _is_item(passage: Passage, at: int) -> bool:
    return passage.under("财政拨款支出决算") and bool(re.search(r"年初预算为?\d", _around(passage, at)))
