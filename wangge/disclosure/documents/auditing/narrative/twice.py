"""N18-N20: what is told in two places."""

import re
from collections import defaultdict

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.phrases import Passage, clause_start, flag_found, passages

_TWICE = re.compile(r"主要用于(?P<purpose>[^，。；]{6,60})")


@rule(
    "N18",
    source="部门决算公开说明口径：同一用途不重复列支",
    formula="同一用途只在一个项目列支，否则并列说明",
    severity="suspicious",
)
def one_purpose_one_project(check: Checker) -> None:
    seen: dict[str, list[tuple[Passage, int, int]]] = defaultdict(list)
    for passage in passages(check.document):
        if not any(re.search("项目支出绩效|项目实施|项目支出", h) for h in passage.section):
            continue
        for m in _TWICE.finditer(passage.text):
            spent = list(re.finditer(r"项目支出\d", passage.text[max(0, m.start() - 40) : m.start()]))
            if spent:
                seen[m["purpose"]].append((passage, max(0, m.start() - 40) + spent[-1].start(), m.end()))
    for purpose, found in seen.items():
        if len(found) < 2:
            check.passed()
            continue
        flag_found(
            check,
            found,
            where="项目用途",
            printed="；".join(p.quote(a, b) for p, a, b in found),
            expected="同一用途并列说明",
            explanation=f"“{purpose}”在 {len(found)} 个项目中都有支出，应说明两者关系。",
        )


_RATE = re.compile(r"(?P<name>[一-龥]{0,6}?(?P<stem>[一-龥]{2}率))(?:达到|达|为)?(?P<number>\d+\.\d+)%")
_DATED = re.compile(r"\d{1,2}月\d{1,2}日")


@rule(
    "N19",
    source="绩效自评口径：累计指标在不同时点不应完全相同",
    formula="不同时点的累计指标应不同",
    severity="suspicious",
)
def same_rate_at_two_dates(check: Checker) -> None:
    if check.document.kind not in ("accounts", "self_evaluation"):
        return
    seen: dict[tuple[str, str], list[tuple[Passage, int, int, bool]]] = defaultdict(list)
    for passage in passages(check.document):
        for m in _RATE.finditer(passage.text):
            begin, _ = passage.sentence_at(m.start())
            dated = bool(_DATED.search(passage.text[max(begin, m.start("stem") - 80) : m.start("stem")]))
            seen[(m["stem"], m["number"])].append((passage, m.start(), m.end(), dated))
    for (stem, number), found in seen.items():
        early = [f for f in found if f[3]]
        whole = [f for f in found if not f[3]]
        if not early or not whole:
            continue
        passage, start, end, _ = early[0]
        check.flag(
            passage.place(start),
            where=stem,
            printed=f"{number}%",
            expected="全年数一般应与年中某日的数不同",
            quote=passage.quote(start, end),
            places=tuple(p.place(a) for p, a, _, _ in (*early, *whole)),
            confidence=0.4,
            explanation=f"某日报道的{stem}与全年{stem}完全相同，全年数疑似沿用旧数，需核对底表。",
        )


_UNTIL = re.compile(r"截[止至]目前|(?<![\d年])1[-—－~至]{1,2}1?[0-9]月(?:份)?(?![\d-])")


@rule("N19", source="绩效自评口径：年度报告应为全年数", formula="报告数据的截止日 = 年末", severity="suspicious")
def not_the_whole_year(check: Checker) -> None:
    if check.document.kind not in ("accounts", "self_evaluation"):
        return
    found: list[tuple[Passage, int, int]] = []
    for passage in passages(check.document):
        for m in _UNTIL.finditer(passage.text):
            end = passage.sentence_at(m.start())[1]
            if re.search(r"1[-—－~至]{1,2}12月", m[0]) or not re.search(r"\d", passage.text[m.end() : end]):
                continue
            found.append((passage, m.start(), min(end, m.end() + 60)))
    flag_found(
        check,
        found,
        printed="、".join(dict.fromkeys(_UNTIL.search(p.text, a)[0] for p, a, _ in found)),  # type: ignore[index]
        expected=f"{check.document.year}年全年数",
        explanation="年度报告引用了“截止目前”或年中累计数，不是全年数。",
    )


_NONE_HELD = re.compile(
    r"(?:没有|未|无)(?:安排|举办|开展|组织)?(?P<what>培训|会议)(?:安排|活动)?|(?P<what2>培训)费0(?:\.0+)?万元"
)
_HELD = re.compile(r"培训[^，。；、\d]{0,8}(?P<a>[1-9]\d*)[次期场]|(?P<b>[1-9]\d*)[次期场][^，。；、\d]{0,8}培训")


@rule("N20", source="部门决算公开说明口径：说明与报告相互一致", formula="同一事项前后所述一致", severity="suspicious")
def nothing_held_and_many(check: Checker) -> None:
    """No training was held and no money spent, says one section; 26 courses were, says the other."""
    none: tuple[Passage, int, int] | None = None
    held: list[tuple[Passage, int, int]] = []
    for passage in passages(check.document):
        for m in _NONE_HELD.finditer(passage.text):
            if "培训" in m[0] and re.search(
                r"没有培训|未(?:安排|举办|开展|组织)培训", passage.text[slice(*passage.sentence_at(m.start()))]
            ):
                none = none or (passage, m.start(), m.end())
        held.extend((passage, m.start(), m.end()) for m in _HELD.finditer(passage.text))
    if none is None or not held:
        return
    passage, start, _ = none
    begin, end = clause_start(passage.text, start), passage.sentence_at(start)[1]
    check.flag(
        passage.place(start),
        where="培训费",
        printed=passage.quote(begin, end),
        expected="；".join(p.quote(a, b) for p, a, b in held[:3]),
        quote=passage.quote(begin, end),
        places=tuple(p.place(a) for p, a, _ in held),
        explanation="一处说明没有培训安排，另一处列有培训次数；经费由谁承担应说明。",
    )
