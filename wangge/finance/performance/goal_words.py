"""Is a goal one that can be measured? Reads the text of an indicator's target and says what is wrong with it. Pure Python.

Sources: 预算法 第五十七条, 预算法实施条例 第五十一条 (goals are evaluated, so they must be measurable); 财预〔2015〕88号
《中央部门预算绩效目标管理办法》 第十三条: 指向明确, 细化量化, 合理可行, 相应匹配.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

Severity = Literal["error", "warning"]

OUTPUT, BENEFIT, SATISFACTION = "产出指标", "效益指标", "满意度指标"
LEVEL2: dict[str, str] = {
    "数量指标": OUTPUT,
    "质量指标": OUTPUT,
    "时效指标": OUTPUT,
    "成本指标": OUTPUT,
    "经济效益指标": BENEFIT,
    "社会效益指标": BENEFIT,
    "生态效益指标": BENEFIT,
    "可持续影响指标": BENEFIT,
    "服务对象满意度指标": SATISFACTION,
}
"""Second-level indicators of the form and the first level each belongs to."""
_STEMS = (
    ("满意度", "服务对象满意度指标"),
    ("可持续", "可持续影响指标"),
    ("生态", "生态效益指标"),
    ("社会效益", "社会效益指标"),
    ("经济", "经济效益指标"),
    ("数量", "数量指标"),
    ("质量", "质量指标"),
    ("时效", "时效指标"),
    ("成本", "成本指标"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a goal. An `error` keeps a form from being submitted, a `warning` is shown and kept.

    `code`: blank, no_name, over_hundred, satisfaction_full, always_true, vague, no_number, no_unit, no_direction, no_base,
    wrong_column, past_year, already_done, copy_of_name, name_is_column; of a whole form (`rules.check_goals`) also others.
    """

    code: str
    severity: Severity
    sentence: str
    suggestion: str


@dataclass(frozen=True, slots=True)
class Target:
    """A measure in a text: `operator` is one of ≥ > ≤ < =. `stated` is False when the text gives no direction.

    `number` is in `unit`; 万 and 亿 are worked out (`2.4万人` is 24000 人) but for money, which is in 万元. `at` is the
    place in the text it was read from.
    """

    operator: str
    number: Decimal
    unit: str
    stated: bool
    text: str
    at: int = 0

    def __str__(self) -> str:
        return f"{self.operator}{plain(self.number)}{self.unit}"


def plain(number: Decimal) -> str:
    """A number without needless zeros and never in powers of ten."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def squeeze(text: str) -> str:
    """Without blanks, with half-width digits and signs, LaTeX leftovers read as what they print."""
    text = re.sub(r"\$?\\+geq?\b", "≥", text)
    text = re.sub(r"\$?\\+leq?\b", "≤", text)
    text = text.replace("\\%", "%").replace("$", "")
    text = text.translate(_HALF)
    return re.sub(r"\s+", "", text)


_HALF = str.maketrans("０１２３４５６７８９％．＞＜＝≧≦⩾⩽，：；（）", "0123456789%.><=≥≤≥≤,:;()")
_UNIT = (
    "个百分点|个工作日|个自然日|万平方米|平方公里|万元/人|万元/年|万元/月|平方米|万平方|立方米|千瓦时|工作日|人/次|元/人|"
    "元/年|元/月|人次|万元|亿元|小时|分钟|季度|个月|课时|学时|场次|批次|网格|社区|街道|公里|户次|件次|家次|元|人|名|件|"
    "个|次|户|天|日|周|条|项|份|套|场|期|篇|家|台|辆|处|所|批|宗|例|起|米|吨|枚|张|册|支|组|类|种|门|堂|座|间|"
    "本|幅|块|亩|分|级|位|年|月|村|‰|%"
)
_AT_LEAST = "≥|>=|不低于|不少于|不小于|不得低于|不得少于|大于等于|大于或等于|至少|达到|达"
_MORE = ">|大于|高于|超过|多于"
_AT_MOST = "≤|<=|不超过|不高于|不大于|不多于|不得超过|不得高于|小于等于|小于或等于|至多|控制在|压缩到|降至|降到"
_LESS = "<|小于|低于|少于"
_EQUAL = "=|等于"
_MEASURE = re.compile(
    rf"(?P<before>{_AT_LEAST}|{_AT_MOST}|{_MORE}|{_LESS}|{_EQUAL})?(?:约|共|为|到)?"
    rf"(?P<number>(?<![\d.])\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|(?<![\d.])\d+(?:\.\d+)?)"
    rf"(?P<scale>[万亿](?!元|平方))?(?P<unit>{_UNIT})?(?P<after>\(含\)以上|及以上|以上|及以下|以下|以内|之内|左右)?"
)
# Dates are not measures: 2021年底, 2020年1月-12月, 2021.1.1-2021.12.31, 1-10月, 1月至6月.
_DATE = re.compile(
    r"(?:19|20)\d{2}(?:年度|年)?(?:[-.至到/](?:\d{1,2}|(?:19|20)\d{2}))*(?:年度|年)(?:\d{1,2}月(?:\d{1,2}日)?)?"
    r"(?:[-—~至到]+(?:(?:19|20)\d{2}年)?\d{1,2}月(?:\d{1,2}日)?)?"
    r"|[一二三四1-4]季度|(?:19|20)\d{2}[-./]\d{1,2}[-./]\d{1,2}"
    r"|(?<![\d个])\d{1,2}(?:月)?[-—~至到]\d{1,2}月(?:\d{1,2}日)?|(?<![\d个])\d{1,2}月(?=\d{1,2}日|底|末|前|止|份|$)(?:\d{1,2}日)?"
)
_CHINESE = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_CHINESE_COUNT = re.compile(rf"(?<![第星期周])([一二两三四五六七八九十])(?={_UNIT})(?!([个名]一|[起级]))")


@lru_cache(maxsize=4096)
def measures(text: str) -> tuple[Target, ...]:
    """Every number in the text that measures something, in its order; dates, years and ordinals are none."""
    short = squeeze(text)
    short = _DATE.sub(lambda m: "　" * len(m[0]), short)
    short = re.sub(r"第\d+", lambda m: "第" + "　" * (len(m[0]) - 1), short)
    short = _CHINESE_COUNT.sub(lambda m: str(_CHINESE[m[1]]), short)
    found = []
    for m in _MEASURE.finditer(short):
        if re.match(r"\*\d", short[m.end() :]) and not m["unit"]:  # the 7 of 7*24小时
            continue
        if m.start("number") and short[m.start("number") - 1] in "*〔【[(" and not m["unit"]:
            continue
        number, unit = Decimal(m["number"].replace(",", "")), m["unit"] or ""
        if m["scale"]:
            number *= 10_000 if m["scale"] == "万" else 100_000_000
        if unit.startswith("元"):
            number, unit = number / 10_000, "万" + unit
        elif unit == "亿元":
            number, unit = number * 10_000, "万元"
        elif unit.startswith("万平方"):
            number, unit = number * 10_000, "平方米"
        found.append(Target(_direction(m), number, unit, bool(m["before"] or m["after"]), m[0], m.start()))
    return tuple(found)


def _direction(m: re.Match[str]) -> str:
    before, after = m["before"] or "", m["after"] or ""
    if after.endswith("以上"):
        return "≥"
    if after.endswith(("以下", "以内", "之内")):
        return "≤"
    for words, sign in ((_AT_LEAST, "≥"), (_AT_MOST, "≤"), (_MORE, ">"), (_LESS, "<")):
        if before in words.split("|"):
            return sign
    return "="


def parse_target(text: str) -> Target | None:
    """The measure a target sets: the first with a direction, else the only one; None when there is none or no telling."""
    found = measures(text)
    stated = [t for t in found if t.stated]
    if stated:
        return stated[0]
    return found[0] if len(found) == 1 else None


def level2_of(text: str) -> str:
    """The form's name of a second-level indicator, however it is printed (`产出数量`, `社会公众及服务对象满意度`); "" if none."""
    short = squeeze(text)
    return next((name for stem, name in _STEMS if stem in short), "")


def level1_of(text: str) -> str:
    """The first level a second-level indicator belongs to; "" when it is unknown."""
    return LEVEL2.get(level2_of(text), "")


_NOT_APPLICABLE = re.compile(
    r"^(?:无|不适用|不涉及|/|-+|—+|该指标不适用.*|本(?:项目|单位)不(?:适用|涉及).*|无直接(?:经济|社会|生态)效益)[。.]?$"
)


def not_applicable(text: str) -> bool:
    """Does the cell say that this indicator does not apply? An empty cell says nothing."""
    return bool(_NOT_APPLICABLE.match(squeeze(text)))


_SATISFIED = re.compile(r"满意|好评|认可度|测评")
_VAGUE = re.compile(
    "增长|提升|提高|整洁|增强|长期|改善|促进|保障|加强|完善|优化|规范|稳定|持续|不断|进一步|有效|显著|良好|明显|更加|巩固|壮大|浓厚|"
    "努力|积极|繁荣|和谐|推动|推进|维持|保持|降低|减少"
)
_GROWS = re.compile(r"增长|增幅|增加|提高|提升|同比|比上年|较上年|翻番")
_BASE = re.compile(r"逐年|比上年|较上年|同比|在(?:上年|现有)基础上")
_DONE = re.compile(
    r"(?:建立|完成|增设|开展|推行|组织|召开|获得|取得|赢得|登记|办理|举办|新增|实现|解决|培训|采购|建成|处理)了|排(?:名|位)?第[一二三四五六七八九十\d]"
    r"|荣获|获评|被评为|已(?:经)?(?:及时)?(?:完成|建成|建立|续费|拨付|付款|实现|达到|办结|落实)"
)
_TIMED = re.compile(
    r"日期|全年|年底|年内|年度内|年末|月底|季度末|按(?:月|季|年|周|日|时)|每(?:日|天|周|月|季|年)|当(?:日|天|月|年)"
)
_OTHER_COLUMN = {"经济效益指标": "经济效益", "社会效益指标": "社会效益", "生态效益指标": "生态效益"}


def lint_goal(level2: str, level3: str, target: str, year: int, *, named: bool = True) -> list[Fault]:
    """What is wrong with one indicator of a goal form of that year, the gravest first.

    `level2` is the column or row it stands under as printed, `level3` its name, `target` its value as text. `named` is
    False for layouts that have no names of third-level indicators (one text per column). An indicator that says it does
    not apply has no faults; its weight is judged with the whole form.
    """
    column, name, words = level2_of(level2), squeeze(level3), squeeze(target)
    if not_applicable(words) or (not words and not_applicable(name)):
        return []
    if not words:
        what = f"“{level3.strip()}”没有填指标值" if name else f"“{level2.strip()}”没有填三级指标和指标值"
        return [
            Fault(
                "blank",
                "error",
                f"{what}，无法考核。",
                "写明名称、方向、数量和单位，例如“事件办结率 ≥95%”；确实没有的，写“不适用”并把分值移给同类指标。",
            )
        ]
    found = [
        *_percentages(column, name, words),
        *_columns(column, level2, name, words),
        *_times(words, year),
        *_names(column, level2, level3, name, words, named),
        *_numbers(column, name, words),
    ]
    if any(f.severity == "error" for f in found):
        found = [f for f in found if f.code != "no_number"]
    return sorted(found, key=lambda f: f.severity)


def _percentages(column: str, name: str, words: str) -> Iterator[Fault]:
    about = name + words
    satisfied = column == "服务对象满意度指标" or _SATISFIED.search(about)
    if _GROWS.search(about) and not satisfied:
        return
    for one in measures(words):
        if one.unit != "%":
            continue
        if satisfied and one.number >= 100:
            yield Fault(
                "satisfaction_full",
                "error",
                f"满意度定为“{one.text}”：人人满意无法保证，也无法高于 100%。",
                "按上年实际水平填写，例如“≥90%”或“≥95%”，并写明调查办法和样本数。",
            )
        elif one.number > 100 or (one.number == 100 and one.stated and one.operator in "≥>"):
            yield Fault(
                "over_hundred",
                "error",
                f"“{one.text}”没有意义：比率最高是 100%。",
                "必须全部完成的写“=100%”，其余写可以达到的下限，例如“≥95%”。",
            )
        elif (one.operator == "≤" and one.number == 100) or (one.operator == "≥" and one.number == 0):
            yield Fault(
                "always_true", "error", f"“{one.text}”任何结果都符合，不能考核。", "写明要达到的下限或不得超过的上限。"
            )


def _columns(column: str, printed: str, name: str, words: str) -> Iterator[Fault]:
    about = name + words
    if column and LEVEL2[column] != SATISFACTION and _SATISFIED.search(about):
        gravity: Severity = "error" if LEVEL2[column] == BENEFIT else "warning"
        sentence = f"满意度写在了“{printed.strip()}”栏。"
        yield Fault(
            "wrong_column", gravity, sentence, "移到“服务对象满意度指标”栏，本栏另写与栏名相符的内容或写“不适用”。"
        )
    elif column == "服务对象满意度指标" and not re.search(r"满意|好评|认可|评价|投诉|测评", about):
        yield Fault(
            "wrong_column",
            "warning",
            "满意度栏里没有写谁的满意度。",
            "写明服务对象和比例，例如“办事群众满意度 ≥90%”。",
        )
    for other, stem in _OTHER_COLUMN.items():
        if column and other != column and stem in about:
            yield Fault(
                "wrong_column",
                "warning",
                f"“{printed.strip()}”栏里写的是{stem}。",
                f"把这段文字移到“{other}”栏。",
            )
            return
    if column in ("经济效益指标", "社会效益指标") and re.search(r"生态|环保", about):
        yield Fault(
            "wrong_column",
            "warning",
            f"“{printed.strip()}”栏里写的是生态环境方面的内容。",
            "把这段文字移到“生态效益指标”栏。",
        )


def _times(words: str, year: int) -> Iterator[Fault]:
    for m in re.finditer(
        r"(?P<base>[比较以于]|相比|上年)?(?P<year>(?:19|20)\d{2})年(?P<after>(?:度)?(?:相比|为基数|基础上|水平))?",
        words,
    ):
        if int(m["year"]) < year and not m["base"] and not m["after"]:
            yield Fault(
                "past_year",
                "error",
                f"{year} 年的目标里写的是 {m['year']} 年的内容。",
                f"改写为 {year} 年要达到的结果；过去年份只能作基数，例如“比 {year - 1} 年提高 2 个百分点以上”。",
            )
            break
    if (done := _DONE.search(words)) is not None:
        yield Fault(
            "already_done",
            "error",
            f"“{done[0]}”说的是已经发生的事，不是目标。",
            f"写 {year} 年年底前要达到的数量或标准；已完成的工作写进工作总结。",
        )


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+|指标$", "", text)


def _names(column: str, printed: str, level3: str, name: str, words: str, named: bool) -> Iterator[Fault]:
    if named and not name:
        yield Fault(
            "no_name", "warning", "没有填三级指标名称。", "先写考核什么（如“事件办结率”），再在指标值里写要达到多少。"
        )
    if name and _bare(name) == _bare(words) and not measures(words):
        yield Fault(
            "copy_of_name",
            "error",
            f"指标值照抄了指标名称“{level3.strip()}”。",
            "指标值写要达到的数量、标准或完成时间，例如“≥3000 件”。",
        )
    elif not name and column and _bare(words) in (_bare(column), _bare(printed)):
        yield Fault("copy_of_name", "error", f"指标值只写了栏目名“{words}”。", "写要达到的数量、标准或完成时间。")
    if name and column and _bare(name) in (_bare(column), _bare(printed), column.removesuffix("指标")):
        yield Fault(
            "name_is_column",
            "warning",
            f"三级指标“{level3.strip()}”只是重复了二级指标的名称。",
            "写具体考核什么，例如“大厅办件量”。",
        )


def _numbers(column: str, name: str, words: str) -> Iterator[Fault]:
    found = measures(words)
    if _BASE.search(name + words) and len(found) < 2:
        yield Fault(
            "no_base",
            "warning",
            "写了与往年比较，但没有写基数。",
            "写明上年实际数，例如“由上年的 90% 提高到 92% 以上”。",
        )
    if not found:
        dated = _DATE.sub("日期", words)
        if column in ("时效指标", "") and _TIMED.search(dated):
            return
        vague = _VAGUE.search(words)
        if vague:
            yield Fault(
                "vague",
                "error",
                f"“{vague[0]}”没有数量，年底无法判断是否完成。",
                _rewrite(column, vague[0]),
            )
        elif not _TIMED.search(dated):
            yield Fault(
                "no_number",
                "warning",
                "指标值没有数量，只能作定性评价。",
                "能用数量的改用数量；不能的，写明达到什么标志、由什么材料证明。",
            )
        return
    if not any(t.unit for t in found):
        yield Fault("no_unit", "warning", f"“{words}”没有单位。", "在数字后写明单位，例如“件”“次”“%”“万元”。")
    elif not any(t.stated for t in found) and not _TIMED.search(_DATE.sub("日期", words)):
        best = found[0]
        sign = "≤" if column in ("成本指标", "时效指标") else "=" if best.number == 100 and best.unit == "%" else "≥"
        yield Fault(
            "no_direction",
            "warning",
            f"“{words}”没有写是至少、至多还是等于。",
            f"例如写“{sign}{plain(best.number)}{best.unit}”。",
        )


def _rewrite(column: str, word: str) -> str:
    examples = {
        "时效指标": "写完成时间或时限，例如“≤3 个工作日”“12 月 31 日前”",
        "成本指标": "写金额上限，例如“≤46.4 万元”",
        "质量指标": "写合格率、办结率等比率，例如“≥95%”",
        "服务对象满意度指标": "写比例，例如“≥90%”",
        "生态效益指标": "写可测的量，例如“清运建筑垃圾 ≥500 吨”",
        "可持续影响指标": "写年限或留存的能力，例如“系统可继续使用 ≥3 年”",
    }
    return f"{examples.get(column, f'写明{word}多少、与什么相比，例如“比上年提高 2 个百分点以上”')}。"
