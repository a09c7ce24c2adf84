"""Sentences under their headings, and the figures in them: what each measures, of what kind it is, against what."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from wangge.disclosure.documents.model import Figure, Paragraph, Place, Sentence
from wangge.disclosure.documents.reading.understanding.texts import compact, numbering

_STYLES = ("chapter", "title", "一、", "（一）", "1、", "（1）", "①")
_STOP = "，；。：！？,;:!?"
_MONEY = {"万元", "亿元", "元", "千元"}
_UNITS = (
    r"个百分点|万平方米|平方米|平方公里|公里|万平方|平方|亿元|万元|千元|元|%|％|‰|人次|万人次|万人|人|名|辆次|辆|台（套）|台套|台|套"
    r"|批次|批|个|次|件|条|期|篇|份|户|项|家|分|小时|年度|年|月|日|天|号|届|处|间|所|类|岁|种|场|座|部|万|吨|米|度|级|位|支|头|周|季|倍|字|页|只|本|点|起|宗|例"
)
_NUMBER = re.compile(
    rf"(?<![\d.A-Za-z])([-−－]?(?:\d{{1,3}}(?:[,，]\d{{3}})+|\d+)(?:\.\d+)?)(余|多|余万|多万)?({_UNITS})?(余)?"
)
_UP = r"变化|变动|增减|增加|增长|上升|提高|上涨|增幅|增支|增收"
_DOWN = r"减少|下降|降低|压减|下调|降幅|减支|减收|缩减"
_CHANGED = re.compile(rf"(?P<base>.*?)(?P<way>{_UP}|{_DOWN})(?:了|额|额为|为|率|率为|约|幅度|幅度为|比例)*$")
_SHARE = re.compile(r"^(?P<subject>.*?)(?:约?占)(?P<base>.*?)(?:的|比例?为?|比重为?|约)?$")
_RATE = re.compile(
    r"^(?P<subject>.*?)(?:完成|为|达到|占)?(?P<base>(?:年初|全年|年度|调整|本年|当年)?(?:收入|支出)?(?:预算|预算数|调整预算数?))(?:数)?(?:的|率为?|率)$"
)
_RATE_WORD = re.compile(r"(?:完成|执行|达标|完成率|执行率|办结率|率)(?:率|比例|进度)?(?:为|达|达到|是|约)?$")
_GENERIC = re.compile(
    r"^(?:项目)?(?:支出)?(?:年初|全年|调整|本年|上年|当年)?(?:预算|决算|执行)(?:安排)?(?:总?额|数|数额|金额)?$"
    r"|^(?:金额|实际支出|结余结转|其他资金来源|调整追加|年中追加|年中执行调增|年中调增|项目绩效自评得分|支出金额)$"
)
_TAIL = re.compile(
    r"(?:财政拨款)?(?:(?:支出)?(?:年初|全年)?(?:预算|决算|执行)(?:支出)?(?:总?额|数|数额|金额)?|金额|支出年初预算数)$"
)
_LEAD = re.compile(
    r"^(?:其中|另外|此外|主要(?=用于|是|为|包括|原因)|具体|分别为|以及|同时|并|另|即|含|包括|包含|本(?:单位|部门|局|委|办|镇|街道)|我(?:单位|部门|局|委|办|镇|街道)"
    r"|部门（单位）|截[至止]|纳入|累计|总计|全年共?|共计?|的|和|及|是|为|与|因(?!公)|[共现]?有(?!限|关|偿|效)|(?:部门)?预算安排(?=.)|开支(?=会议|培训)"
    r"|安排(?=会议|培训|因公)|涉及(?=一般公共|政府性|国有))+"
)
_YEARS = re.compile(r"^(?:19|20)\d{2}年(?:度)?(?:(?:\d{1,2}月)?(?:\d{1,2}日)?(?:底|末|止)?)?，?")
_END = re.compile(r"(?:约?为|约|共|共计|是|达到?|安排|共安排|：|不少于|不低于|均|各|分别为|“|的为|设|设有|现有)+$")
_AFTER = re.compile(r"^[一-龥“”]{2,16}(?=[，。；、：？！（）]|$)")
_GRADE = re.compile(r"^(?:（含）)?([—–－~至-]+\d+分)?(?:（含）)?(?:以下|以上)?为([优良中差])(?:[，。；、]|$)")
_OWNER = re.compile(r"^[一-龥（）]{2,28}?[局委办处部门位镇乡院校会厅心道](?:（[^）]*）)?(?:19|20)\d{2}年度?(?=.)")
_FLOWS = re.compile(r"^(?:实际支出|结余结转|其他资金来源|调整追加|年中追加|年中执行调增|年中调增)$")
_WHOLE = re.compile(r"其中|以下方面|具体(?:安排)?如下|包括|主要(?:用于|包括)|分别是")
_PUNCTUATION = str.maketrans({",": "，", ";": "；", "(": "（", ")": "）", ":": "：", "％": "%"})


@dataclass(slots=True)
class Narrative:
    headings: list[Paragraph] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    recent: str = ""


@dataclass(slots=True)
class _State:
    """What the sentence has said so far: the subject of its last amount, the whole its parts belong to, the last base."""

    topic: str = ""
    subject: str = ""
    whole: str = ""
    base: str = ""
    counted: str = ""
    lead: str = ""
    main: str = ""
    depth: int = 0
    outside: dict[int, str] = field(default_factory=dict)

    def enter(self, text: str) -> None:
        """In a bracket a sentence speaks of parts; behind it, again of what stood before it."""
        depth = text.count("（") - text.count("）")
        if depth > self.depth:
            self.outside[self.depth] = self.subject
        elif depth < self.depth:
            self.subject = self.outside.get(depth, self.subject)
        self.depth = depth


def read(paragraphs: Sequence[Paragraph], notes: Sequence[Paragraph]) -> Narrative:
    """The narrative of a document. Notes of tables are sentences under the heading `附注`."""
    told = Narrative()
    stack: list[tuple[str, str]] = []
    lead = ""
    for paragraph in paragraphs:
        text = squeeze(paragraph.text)
        if not text:
            continue
        style, rest = numbering(compact(text))
        heading, body = _head(text, style, rest)
        if heading:
            stack = _under(stack, style or "title") if style else [item for item in stack if item[0] == "chapter"]
            stack.append((style or "title", heading))
            told.headings.append(Paragraph(paragraph.text if not body else heading, paragraph.place))
            lead = told.recent = ""
        elif style:
            stack = _under(stack, style)
        if body:
            lead = _tell(told, body, tuple(name for _, name in stack), _places(paragraph, text, body), lead)
    for note in notes:
        text = squeeze(note.text)
        _tell(told, text, ("附注",), _places(note, text, text), "")
    return told


def _places(paragraph: Paragraph, text: str, body: str) -> list[tuple[int, Place]]:
    """Where the parts of the body begin, counted in its own letters."""
    before = len(text) - len(body)
    turns = [(len(squeeze(paragraph.text[:offset])) - before, place) for offset, place in paragraph.turns]
    return [(0, paragraph.place), *turns]


def _place(places: list[tuple[int, Place]], offset: int) -> Place:
    return next(place for start, place in reversed(places) if start <= offset or start <= 0)


def squeeze(text: str) -> str:
    """The text without blanks, except between Latin words and between a list number and a year."""
    kept = re.sub(r"(?<!\d)(\d{1,2}[.．])\s+(?=\d{4}\s*年)", "\\1\0", text.strip())
    return re.sub(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])", "", kept).replace("\0", " ")


def _under(stack: list[tuple[str, str]], style: str) -> list[tuple[str, str]]:
    rank = _STYLES.index(style)
    return [item for item in stack if _STYLES.index(item[0]) < rank]


def _head(text: str, style: str, rest: str) -> tuple[str, str]:
    """The heading a paragraph is or begins with, and what follows it."""
    plain = text.translate(_PUNCTUATION)
    if style:
        cut = re.search(r"[：。]", plain)
        first = plain[: cut.start()] if cut else plain
        said = numbering(compact(first))[1]
        long = 120 if re.search(r"（项）|（款）", said) else 36
        figure = any(found[3] for found in _NUMBER.finditer(re.sub(r"(?:19|20)\d{2}年度?", "", said)))
        if not said or len(said) > long or "，" in said or "；" in said or figure:
            return "", text
        if not cut:
            return first, ""
        body = text[cut.end() :]
        if (
            cut.group() == "。"
            and not body
            and not re.search(r"(?:情况|结果|说明|设置|构成|（项）|（款）|（类）)$", said)
        ):
            return "", text  # a sentence of a list
        return first, body
    if len(text) <= 40 and not re.search(r"[。；，：？！,;:]", text) and not re.search(rf"\d(?:{_UNITS})?$", text):
        return text, ""
    return "", text


def _tell(told: Narrative, body: str, section: tuple[str, ...], places: list[tuple[int, Place]], lead: str) -> str:
    """Add the sentences and figures of a paragraph; gives what the next paragraph speaks of when this one announces it."""
    topic = ""
    state = _State(lead=lead)
    for part in re.finditer(r"[^。！？]+[。！？]?[”’）)]?", body):
        said = part.group().strip()
        if not said:
            continue
        if not topic and (found := re.match(r"^([^，。；：\d]{4,40})[：:](?=.)", said)) and not _WHOLE.search(found[1]):
            topic = found[1]
        under = (*section, topic) if topic else section
        number = len(told.sentences)
        told.sentences.append(Sentence(said, under, _place(places, part.start())))
        if _fresh(said):
            state.subject = state.whole = state.base = state.main = ""
        if found := re.match(r"^(?:\d{4}年度?)?([^，。；\d]{4,40}?)中[，,]", said):
            state.whole = _subject(found[1])
        here = [(start - part.start(), place) for start, place in places]
        told.figures.extend(_figures(said, under, here, number, state))
        state.enter(said.translate(_PUNCTUATION))
        state.depth = 0
    told.recent = state.topic or told.recent
    return told.recent if re.search(r"如下[：:]?$", body) else ""


def _fresh(said: str) -> bool:
    """Does the sentence name a subject of its own?"""
    return not re.match(r"^(?:其中|比|较|与|同比|占|完成|增长|增加|减少|下降)", said)


def _figures(
    said: str, section: tuple[str, ...], places: list[tuple[int, Place]], number: int, state: _State
) -> Iterator[Figure]:
    text = said.translate(_PUNCTUATION)
    skip = len(text) - len(numbering(text)[1]) if numbering(text)[0] else 0
    for found in _NUMBER.finditer(text):
        if found.start() < skip:
            continue
        if not found[3] and re.match(r"[.、．](?!\d)", text[found.end() :]) and re.search(r"(?:^|[：:。；])$", text[: found.start()]):  # fmt: skip
            continue  # the number of an item in a list
        unit = (found[2] or "") + (found[3] or "")
        unit = unit.replace("％", "%")
        digits = found[1].replace(",", "").replace("，", "").replace("−", "-").replace("－", "-")
        if digits.startswith("-") and found.start() and re.match(r"[\d年月日%号]", text[found.start() - 1]):
            digits = digits[1:]
        value = Decimal(digits)
        state.enter(text[: found.start()])
        start = _start(text, found.start())
        clause = text[start : found.start()]
        before = text[:start]
        if _WHOLE.search(text[max(0, _last_end(text, found.start())) : found.start()]) and state.subject:
            state.whole = state.subject
        role, subject, base, sign = _meaning(clause, before, unit, text[found.end() :], section, state)
        yield Figure(
            subject=subject,
            role=role,
            number=value * sign,
            digits=len(digits.partition(".")[2]),
            unit=unit,
            text=found[0],
            quote=_quote(said, start, found.end()),
            section=section,
            place=_place(places, found.start()),
            sentence=number,
            start=found.start(),
            base=base,
        )


def _meaning(
    clause: str, before: str, unit: str, after: str, section: tuple[str, ...], state: _State
) -> tuple[str, str, str, int]:
    """Role, subject, base and sign of a number by the words of its clause."""
    if unit in ("年", "年度") or unit in ("月", "日", "号", "届"):
        return ("year" if unit.startswith("年") else "other"), _subject(clause), "", 1
    if re.match(r"^(?:（含）|\(含\))?(?:以上|以下|以内|及以上)", after) and unit in ("万", "万元", "元", "亿元"):
        return "other", _subject(clause), "", 1
    if unit in _MONEY:
        if changed := _CHANGED.match(clause):
            base, named = _base(changed["base"], before)
            if base or not named:
                state.base = base or state.base or "上年"
                return "change", named or state.subject or _heading(section), state.base, _sign(changed["way"])
        if clause.startswith("完成") and "预算" in clause:  # `完成预算2万元的50%`: the budget, not the thing spent
            return "amount", f"{state.topic or _heading(section)}{clause[2:]}", "", 1
        subject = _full(_subject(clause), section, state)
        state.subject, state.base = subject, ""
        return "amount", subject, "", 1
    if unit in ("%", "‰", "个百分点"):
        if changed := _CHANGED.match(clause):
            base, named = _base(changed["base"], before)
            state.base = base or state.base or "上年"
            return "growth", named or state.subject or _heading(section), state.base, _sign(changed["way"])
        clause = re.sub(r"(?<=预算|算数)[\d.,，]+(?:万元|元)(?=的)", "", clause)
        if rate := _RATE.match(clause):
            return "rate", _subject(rate["subject"]) or state.subject or _heading(section), rate["base"], 1
        if (share := _SHARE.match(clause)) and "占" in clause:
            base = re.sub(r"(?:比例|比重)$", "", share["base"]) or state.whole
            return "share", _subject(share["subject"]) or state.subject or _heading(section), base, 1
        if _RATE_WORD.search(clause):
            return "rate", _subject(clause) or state.subject, "", 1
        return "other", _full(_subject(clause), section, state), "", 1
    subject = _subject(clause)
    if not unit:
        return "other", subject, "", 1
    noun = _AFTER.match(after)
    if noun and not subject.endswith(noun.group()) and not re.match(r"^(?:以上|以下|左右)", noun.group()):
        subject += noun.group()
    subject = _full(subject, section, state) if _GENERIC.match(subject) else subject
    if unit == "分" and (grade := _GRADE.match(after)):
        return "count", f"{grade[2]}{'下限' if grade[1] else '上限'}", "", 1
    if not subject:  # `…考察组到我区调研，共5人`: the clause before says who
        subject = (
            _subject(re.split(r"[，；。：]", before.rstrip("，"))[-1]) if not re.search(r"\d[^，]*，$", before) else ""
        )
    state.counted = subject or state.counted
    return "count", state.counted or state.subject or _heading(section), "", 1


def _sign(way: str) -> int:
    return -1 if re.match(_DOWN, way) else 1


def _base(words: str, before: str) -> tuple[str, str]:
    """What a change is measured against, and its own subject when its clause names one."""
    words = words.rstrip("，")
    # `与上年相比收入总计增加`: what stands behind the comparison is the subject.
    if found := re.match(
        r"^(?P<subject>.*?)(?:比|较|与|同)(?P<base>[^，]+?)(?:相比|比较|对比)(?P<rest>[^，]+)$", words
    ):
        return _plain_base(found["base"]), _subject(found["rest"]) or _subject(found["subject"])
    if found := re.match(r"^(?P<subject>.*?)(?:比|较|与|同)(?P<base>.+?)(?:相比|比较)?$", words):
        return _plain_base(found["base"]), _subject(found["subject"])
    last = re.split(r"[，；。]", before.rstrip("，："))[-1]
    found = re.match(r"^.*?(?:比|较|与|同)(?P<base>[^\d]+?|\d{4}年.*?)(?:相比|比较)?$", last)
    if found and (not words or last.endswith(("相比", "比较"))) and not re.search(r"\d(?:万元|%)", last):
        return _plain_base(found["base"]), _subject(words)
    return "", _subject(words)


def _plain_base(base: str) -> str:
    return re.sub(r"(?:财政拨款|部门)?(?:数|数额)$", "数", base).strip("，")


def _full(subject: str, section: tuple[str, ...], state: _State) -> str:
    """A subject that says which figure, but not of what, gets the thing the sentence, or the heading, speaks of."""
    if subject == "项目支出" and (thing := state.lead or _heading(section)) and (state.lead or thing.endswith("项目")):
        return f"{thing}{subject}"
    if subject and not _GENERIC.match(subject):
        thing = _TAIL.sub("", subject)
        state.topic = thing if thing not in ("", "收入", "支出", "财政拨款", "部门", "本年") else ""
        state.main = state.main or state.topic or subject
        return subject
    # What flows in or out is the main thing's, not that of the part named last.
    topic = (state.main if _FLOWS.match(subject) else "") or state.topic or state.lead or _heading(section)
    if not topic:
        return subject
    if subject.startswith(topic):
        return subject
    return topic if not subject or topic.endswith(subject) else f"{topic}{subject}"


def _heading(section: tuple[str, ...]) -> str:
    for name in reversed(section):
        plain = numbering(compact(name))[1].rstrip("。：")
        plain = re.sub(r"^(?:\d{4}年度?)", "", plain)
        if plain and not re.search(
            r"^第.部分|公开说明$|情况说明$|情况$|情况（.*）$|如下$|^部门(?:预算|决算)|^附注$", plain
        ):
            return plain
    return ""


def _start(text: str, end: int) -> int:
    """Where the clause of a number begins: after the last stop, not counting brackets closed before the number."""
    depth = 0
    for i in range(end - 1, -1, -1):
        mark = text[i]
        if mark in "）》”":
            depth += 1
        elif mark in "（《“":
            if depth == 0 and mark == "（":
                return i + 1
            depth = max(0, depth - 1)
        elif mark in _STOP and depth == 0:
            if mark in "，," and i + 1 < len(text) and text[i + 1].isdigit() and i and text[i - 1].isdigit():
                continue
            return i + 1
        elif mark in "、和及" and depth == 0 and re.search(rf"\d(?:余|多)?(?:{_UNITS})(?:（[^）]*）)?$", text[:i]):
            return i + 1
    return 0


def _last_end(text: str, start: int) -> int:
    ends = [found.end() for found in _NUMBER.finditer(text[:start]) if found[3] in _MONEY]
    return ends[-1] if ends else 0


def _subject(clause: str) -> str:
    """The words a figure measures, without what only leads to them."""
    plain = numbering(compact(clause).strip("，；。：、"))[1]
    for _ in range(3):
        plain = _YEARS.sub("", _LEAD.sub("", plain)).strip("，：、")
    plain = _END.sub("", _OWNER.sub("", plain))
    return re.sub(r"^（?其中：?", "", plain)


def _quote(said: str, start: int, end: int) -> str:
    return said[start:end].strip("，；。：、,;:")
