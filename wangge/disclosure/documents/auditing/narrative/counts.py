"""N09, N15, N22: people, guests and vehicles."""

import re
from collections import defaultdict

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.cells import spelled
from wangge.disclosure.documents.auditing.narrative.phrases import Amount, Passage, passages, term
from wangge.disclosure.documents.auditing.tolerance import SUM

# The three public expenses
_ITEMS = (
    ("因公出国", r"因公出国（境）费用?|因公出国费"),
    ("公务接待", r"公务接待费"),
    ("公务用车", r"公[务用]用车购置费?[及和](?:公务用车)?运行(?:维护)?费"),
)
_VEHICLES = (("公务用车购置", r"公务用车购置费?"), ("公务用车运行", r"公务用车运行(?:维护)?费"))


@rule(
    "N09",
    source="“三公”经费公开口径：合计＝因公出国（境）费＋公务接待费＋公务用车购置及运行费",
    formula="“三公”经费 = Σ三项",
    tolerance=SUM,
)
def three_make_the_total(check: Checker) -> None:
    for passage in passages(check.document):
        if not (passage.under("三公") or "三公" in passage.text) or passage.under("名词解释"):
            continue
        for m in re.finditer(r"三公”?经费", passage.text):
            _three(check, passage, m.start())


def _three(check: Checker, passage: Passage, at: int) -> None:
    _, end = passage.sentence_at(at)
    for half in ("预算", "决算"):
        total = _amount_of(check, passage, passage.amounts(at, end), r"“?三公”?经费", half)
        if total is None:
            continue
        nxt = re.search(r"(?:20\d{2}年度?)?[“]?三公”?经费", passage.text[total.end :])
        stop = total.end + nxt.start() if nxt else len(passage.text)
        if not re.search(r"其中", passage.text[total.end : stop][:200]):
            continue
        region = passage.amounts(total.end, stop)
        found = [_amount_of(check, passage, region, words, half) for _, words in _ITEMS]
        if found[2] is None:
            pair = [_amount_of(check, passage, region, words, half) for _, words in _VEHICLES]
            found = [*found[:2], *pair] if all(pair) else found
        if all(a is not None for a in found):
            check.sum_of(
                term(passage, total, f"“三公”经费{half}"),
                [term(passage, a) for a in found if a is not None],
                note="“三公”经费总额与各分项之和不符。",
            )


def _amount_of(check: Checker, passage: Passage, amounts: list[Amount], words: str, half: str) -> Amount | None:
    """The first amount with that name, budget or spent; a name that says neither counts in a budget document."""
    for amount in amounts:
        name = spelled(check, passage, amount)
        m = re.fullmatch(
            rf"(?:{words})(?:财政拨款)?(?:支出)?(?:【(?P<half>预算|决算)】|(?P<word>预算|决算)?(?:数|总额)?)", name
        )
        if not m:
            continue
        said = m["half"] or m["word"] or ("预算" if check.document.kind == "budget" else "决算")
        before = passage.text[max(0, amount.start - 10) : amount.start]
        if said == half and not re.search(r"增加|减少|上年|去年", before):
            return amount
    return None


_GUESTS = re.compile(
    r"(?P<what>公务接待费|因公出国（境）费用?)(?:支出)?(?:决算)?(?:数)?为?(?P<money>\d[\d,.]*)(?:万元|元)(?P<between>[^。；]{0,60}?)"
    r"团组(?P<groups>\d+)(?:个|批次|批|次)[^。；\d]{0,12}(?P<people>\d+)(?:人次|人)"
)
_FLEET = re.compile(
    r"公务用车运行(?:及?维护)?费?(?:支出)?(?:决算)?为?(?P<money>\d[\d,.]*)(?:万元|元)(?:(?!公务用车运行)[^；]){0,80}?保有量为?(?P<count>\d+)辆"
)
_BOUGHT = re.compile(
    r"公务用车购置费?(?:支出)?(?:决算)?为?(?P<money>\d[\d,.]*)(?:万元|元)[^。；]{0,30}?购置(?:公务用车|车辆|数)?(?P<count>\d+)[辆台]"
)


@rule(
    "N09",
    source="“三公”经费公开口径：支出与批次、人次、车辆数相互印证",
    formula="团组、人次、车辆 > 0 ⇔ 相应支出 > 0",
    severity="suspicious",
)
def activity_and_money(check: Checker) -> None:
    for passage in passages(check.document):
        for m in _GUESTS.finditer(passage.text):
            money, counts = _number(m["money"]), (int(m["groups"]), int(m["people"]))
            check.judge(
                (money > 0) == (max(counts) > 0),
                passage.place(m.start()),
                where=m["what"],
                printed=f"{m['what']}{m['money']}万元，团组{counts[0]}个、{counts[1]}人次",
                expected="有批次人次应有金额或说明，无金额应无批次人次",
                formula="金额 = 0 ⇔ 批次、人次 = 0",
                quote=passage.quote(m.start(), m.end()),
                explanation="金额为0而有批次、人次（或相反），需说明经费由谁承担或是否漏填。",
            )
        for pattern, what, meaning in (
            (_FLEET, "公务用车保有量", "运行维护费与车辆保有量不能相互印证。"),
            (_BOUGHT, "公务用车购置数", "购置费与购置数量不能相互印证。"),
        ):
            for m in pattern.finditer(passage.text):
                check.judge(
                    (_number(m["money"]) > 0) == (int(m["count"]) > 0),
                    passage.place(m.start()),
                    where=what,
                    printed=f"{m['money']}万元，{m['count']}辆",
                    expected="金额与车辆数同为零或同不为零",
                    quote=passage.quote(m.start(), m.end()),
                    explanation=meaning,
                )


def _number(text: str) -> float:
    return float(text.replace(",", "").rstrip("."))


# Staff and offices
_STAFF = re.compile(r"(?P<label>实有(?:在职)?人数|实有人员|人员编制|编制人数|事业编制|行政编制)(?P<count>\d+)[人名]?")
_CATEGORIES = re.compile(
    r"(?P<label>实有人数|实有人员|人员编制|编制人数|编制|在职人员)(?:共)?(?P<count>\d+)[人名](?:（[^）]*）)?，其中[：，]?(?P<rest>[^。；]*)"
)
_CATEGORY = re.compile(
    r"(?P<what>行政(?:编制)?|事业(?:编制)?|在职(?:人员)?|劳务派遣(?:人员)?|离休(?:人员)?|退休(?:人员)?|离退休(?:人员)?|参公(?:人员|编制)?|参照公务员(?:人员|编制)?|聘用(?:人员)?|编外(?:人员)?|工勤(?:人员|编制)?)(?P<count>\d+)[人名]"
)


@rule(
    "N15",
    source="部门预决算公开说明口径：人员数前后一致",
    formula="同一名称的人数各处相同；实有 = Σ分类",
    severity="suspicious",
)
def staff(check: Checker) -> None:
    seen: dict[str, dict[int, tuple[Passage, int, int]]] = defaultdict(dict)
    for passage in passages(check.document):
        for m in _STAFF.finditer(passage.text):
            label = "实有人数" if m["label"].startswith("实有") else m["label"]
            seen[label].setdefault(int(m["count"]), (passage, m.start(), m.end()))
        for m in _CATEGORIES.finditer(passage.text):
            kinds = [(c["what"], int(c["count"])) for c in _CATEGORY.finditer(m["rest"])]
            if len(kinds) < 2 or len(kinds) != len(re.findall(r"\d+[人名]", m["rest"])):
                continue
            total = sum(n for _, n in kinds)
            check.judge(
                total == int(m["count"]),
                passage.place(m.start()),
                where=m["label"],
                printed=m["count"],
                expected=str(total),
                difference=f"{int(m['count']) - total:+}",
                formula=" + ".join(f"{what}{n}" for what, n in kinds) + f" = {total}",
                quote=passage.quote(m.start(), m.end()),
                severity="error",
                explanation="分类人数之和不等于总人数。",
            )
    for label, counts in seen.items():
        if label != "实有人数":
            continue
        places = [passage.place(start) for passage, start, _ in counts.values()]
        first, start, end = next(iter(counts.values()))
        check.judge(
            len(counts) == 1,
            places[0],
            where=label,
            printed="、".join(f"{n}人" for n in counts),
            expected="同一名称的人数各处一致",
            difference=str(max(counts) - min(counts)),
            formula="；".join(f"{place}：{n}人" for place, n in zip(places, counts, strict=True)),
            quote=first.quote(start, end),
            places=places,
            explanation="同名的人数在不同段落口径不同（是否含编外、劳务派遣等），应统一或说明。",
        )
    _over_establishment(check)


def _over_establishment(check: Checker) -> None:
    for passage in passages(check.document):
        for m in re.finditer(
            r"(?:人员编制|编制人数|(?<![业政勤])编制)(?P<posts>\d+)[人名](?:（[^）]*）)?(?:，其中[^。；]*)?[，；]实有(?:人数|人员)(?P<staff>\d+)",
            passage.text,
        ):
            if re.match(r"[人名]?[^。；]{0,40}(?:劳务派遣|聘用|编外|临聘)", passage.text[m.end() :]):
                continue  # counts people who hold no post
            check.judge(
                int(m["staff"]) <= int(m["posts"]),
                passage.place(m.start()),
                printed=f"编制{m['posts']}人，实有{m['staff']}人",
                expected="实有人数不超过编制数，或说明口径",
                quote=passage.quote(m.start(), m.end()),
                explanation="实有人数多于编制数。",
            )


_OFFICE = "科室|股室|处室|内设机构|机构|处|科|股"
_LIST = r"(?P<list>[^。；：，]*?、[^。；：]*?)(?:[。；]|$)"
_OFFICES = (
    re.compile(
        rf"(?:内设|设有|设|现有|共有)?(?:{_OFFICE})(?P<count>\d+)个(?:（[^）]*）)?，?(?:[^，。；、\d]{{0,8}}?)(?:分别为|分别是|包括|内设|为)：?{_LIST}"
    ),
    re.compile(
        rf"(?P<count>\d+)个(?:正科级|副科级|正处级)?(?:内设)?(?:{_OFFICE})(?:和[^，。；、]{{2,6}})?，(?:内设机构)?(?:分别为|分别是|包括)：?{_LIST}"
    ),
    re.compile(
        rf"(?:机关|本级)?设(?P<list>[^。；：，]*?、[^。；：]*?)，共计?(?P<count>\d+)个(?:正科级|副科级)?(?:内设)?(?:{_OFFICE})"
    ),
)


@rule(
    "N15",
    source="部门预决算公开说明口径：内设机构个数与所列名称一致",
    formula="所列机构个数 = 印出的个数",
    severity="suspicious",
)
def offices(check: Checker) -> None:
    for passage in passages(check.document):
        for pattern in _OFFICES:
            for m in pattern.finditer(passage.text):
                names = [n for n in re.split(r"、|和(?=[^、]+$)|以及", re.sub(r"（[^）]*）", "", m["list"])) if n]
                if not all(re.search(r"[室科股处办局委队所会党部]$|中心$|总支$|支部$", n) for n in names):
                    continue
                check.judge(
                    len(names) == int(m["count"]),
                    passage.place(m.start("count")),
                    where="内设机构",
                    printed=f"{m['count']}个",
                    expected=f"{len(names)}个",
                    formula="、".join(names) + f"，共{len(names)}个",
                    quote=passage.quote(m.start(), m.end()),
                    explanation="所列机构的个数与印出的个数不一致。",
                )


@rule(
    "N15",
    source="部门预决算公开说明口径：编制口径与预算单位构成一致",
    formula="编制所含机构应列入机构设置",
    severity="suspicious",
)
def staff_of_others(check: Checker) -> None:
    """`编制人数27人（含经济研究中心）` beside 无下属预算单位."""
    whole = "".join(p.text for p in passages(check.document))
    alone = re.search(r"无下属(?:预算)?单位", whole)
    for passage in passages(check.document):
        for m in re.finditer(r"编制(?:人数)?\d+[人名]（含(?P<who>[^）\d]{3,20}?)）", passage.text):
            told = whole.count(m["who"])
            check.judge(
                told > 1 or not alone,
                passage.place(m.start()),
                where="编制人数",
                printed=f"含{m['who']}",
                expected=f"说明“{m['who']}”是内设机构还是下属单位",
                quote=passage.quote(m.start(), m.end()),
                confidence=0.4,
                explanation=f"编制人数包含“{m['who']}”，机构设置未列，又说明无下属预算单位。",
            )


# Vehicles and other assets
_VEHICLE_SUM = re.compile(
    r"(?:共有|有|公务用车|购置)(?:车辆|公务用车)?(?P<count>\d+)辆，?其中[：，]?(?P<rest>[^。；]*?辆)(?=[。；，]|$)"
)


@rule(
    "N22",
    source="国有资产占用情况说明口径：车辆合计＝各类车辆之和",
    formula="车辆合计 = Σ各类车辆",
    severity="suspicious",
)
def vehicles(check: Checker) -> None:
    for passage in passages(check.document):
        for m in _VEHICLE_SUM.finditer(passage.text):
            end = passage.sentence_at(m.start())[1]
            region = re.split(r"；|，(?:其他用车主要|主要是|单位?价)", passage.text[m.start("rest") : end])[0]
            counts = [int(n) for n in re.findall(r"(?:用车|车辆|公务用车)(\d+)辆", region)]
            if not counts or (len(counts) == 1 and counts[0] <= int(m["count"])):
                continue
            total = sum(counts)
            check.judge(
                total == int(m["count"]),
                passage.place(m.start()),
                where="车辆",
                printed=f"{m['count']}辆",
                expected=f"{total}辆",
                difference=f"{int(m['count']) - total:+}",
                formula=" + ".join(map(str, counts)) + f" = {total}",
                quote=passage.quote(m.start(), m.end()),
                severity="error" if total > int(m["count"]) else "suspicious",
                explanation="各类车辆之和不等于车辆合计。",
            )


@rule(
    "N22",
    source="国有资产占用情况说明口径：车辆数与公务用车经费相互印证",
    formula="车辆 0 辆 ⇒ 公务用车运行费为 0",
    severity="suspicious",
)
def no_vehicle_no_cost(check: Checker) -> None:
    found = [
        (passage, m)
        for passage in passages(check.document)
        for m in re.finditer(r"(?:共有)?车辆(?P<count>\d+)辆", passage.text)
    ]
    if not found or int(found[0][1]["count"]):
        return
    fleet, seen = found[0]
    for passage in passages(check.document):
        for m in re.finditer(
            r"公务用车(?:购置及)?运行(?:维护)?费?(?:本年预算\d[\d.]*万元，)(?P<last>上年预算数(?P<money>\d[\d.]*)万元)",
            passage.text,
        ):
            check.judge(
                not _number(m["money"]),
                passage.place(m.start("last")),
                where="公务用车",
                printed=f"上年预算数{m['money']}万元",
                expected="说明车辆处置情况",
                formula=f"{fleet.quote(seen.start(), seen.end())}；上年公务用车预算 {m['money']} 万元",
                quote=passage.quote(m.start(), m.end()),
                places=(fleet.place(seen.start()),),
                confidence=0.4,
                explanation="上年有公务用车预算，上年末却无车辆，处置情况未说明。",
            )
