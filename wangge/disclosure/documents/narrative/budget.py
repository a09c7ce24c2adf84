"""The explanation of a department's budget: the eight sections of the form of Hunan of 2020.

Source: 预算法 §14 (机关运行经费 and 政府采购 are explained), 预算法实施条例 §6, 财预〔2016〕143号.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from wangge.disclosure.documents.filling.books import Amount, Books
from wangge.disclosure.documents.filling.cells import Block
from wangge.disclosure.documents.forms import budget as layout
from wangge.disclosure.documents.forms.shapes import Pick
from wangge.disclosure.documents.narrative.writer import Writer, money, numeral, templates
from wangge.finance.terms import classification

INITIAL, BASIC, PROJECT = layout.INITIAL, layout.BASIC, layout.PROJECT
GENERAL, FUND = layout.GENERAL, INITIAL & layout.FUND
PUBLICS = (
    ("公务接待费", "reception", layout.RECEPTION),
    ("因公出国（境）费", "abroad", layout.ABROAD),
    ("公务用车购置及运行维护费", "vehicles", layout.VEHICLES + layout.VEHICLE_USE),
    ("公务用车购置费", "purchase", layout.VEHICLES),
    ("公务用车运行维护费", "running", layout.VEHICLE_USE),
)
PRIOR = {
    "reception": ("budget_reception",),
    "abroad": ("budget_abroad",),
    "vehicles": ("budget_vehicle_purchase", "budget_vehicle_running"),
}
GLOSSARY = (
    "一般公共预算",
    "政府性基金预算",
    "国有资本经营预算",
    "社会保险基金预算",
    "基本支出",
    "项目支出",
    "“三公”经费",
    "机关运行经费",
)


def explanation(books: Books) -> list[Block]:
    """第一部分 of the set."""
    w = Writer("budget", unit=books.unit_name, year=books.year)
    w.part("第一部分 部门预算公开说明")
    w.section("部门职能职责")
    for duty in paragraphs(books.words.get("duties", "")):
        w.text(duty)
    w.section("机构设置")
    w.say(
        "setup",
        posts=count(books, "staff", "posts"),
        persons=count(books, "staff", "persons"),
        offices=count(books, "staff", "offices"),
        names=named(books.words.get("offices", "")),
    )
    w.section("部门预算单位构成")
    w.say("scope")
    w.section("部门收支总体情况")
    _overview(w, books)
    w.section("一般公共预算拨款支出预算")
    _general(w, books)
    w.section("政府性基金预算支出")
    fund = books.pick(FUND)
    w.say("fund" if fund else "no_fund", fund=fund)
    w.section("其他重要事项情况说明")
    _other(w, books)
    w.section("名词解释")
    for n, term in enumerate(GLOSSARY, 1):
        w.text(f"（{numeral(n)}）{term}：{templates()['glossary'][term]}")
    return w.blocks


def _overview(w: Writer, books: Books) -> None:
    total = books.pick(INITIAL)
    incomes = {
        "一般公共预算拨款": books.pick(GENERAL),
        "政府性基金拨款": books.pick(FUND),
        "财政专户管理的非税收入拨款": books.pick(INITIAL & layout.SPECIAL_ACCOUNT),
        "其他收入": books.pick(INITIAL & layout.REST),
        "上年结转": books.pick(INITIAL & layout.CARRYOVER),
    }
    spending = {"基本支出": books.pick(INITIAL & BASIC), "项目支出": books.pick(INITIAL & PROJECT)}
    w.say(
        "overview",
        income_words="、".join(k for k, v in incomes.items() if v),
        spending_words="和".join(k for k, v in spending.items() if v),
    )
    w.point("收入预算")
    general, fund, special, other, carryover = incomes.values()
    w.say("income", total=total, general=general, fund=fund, special=special, other=other, carryover=carryover)
    w.point("支出预算")
    w.say("spending", total=total, classes="，".join(_classes(w, books)))
    w.point("预算收支增减变化情况说明")
    before, because = prior(books, "budget_total"), w.reason(books.words.get("reason/budget_total", ""))
    if before is not None and (change := total - before).wan():
        w.say(
            "change",
            total=total,
            direction="增加" if change.yuan > 0 else "减少",
            change=f"{abs(change.wan()):.2f}",
            rate=w.grew(total, before),
            reason=because,
        )
    else:
        w.say("same", total=total)


def _classes(w: Writer, books: Books) -> Iterator[str]:
    names = classification("function", books.year)
    for code in books.functions(INITIAL):
        if len(code) == 3:
            amount = books.pick(INITIAL & Pick(functions=(code,)))
            yield w.words("class", name=names.get(code, code), amount=amount)


def _general(w: Writer, books: Books) -> None:
    w.say("general", general=books.pick(GENERAL))
    w.point("基本支出")
    basic = GENERAL & BASIC
    w.say(
        "basic",
        basic=books.pick(basic),
        wages=books.pick(basic & Pick(economics=("301",))),
        goods=books.pick(basic & Pick(economics=layout.RUNNING)),
        family=books.pick(basic & Pick(economics=("303",))),
    )
    w.point("项目支出")
    projects = books.projects(GENERAL & PROJECT)
    if not projects:
        w.say("no_projects")
        return
    w.say("projects", projects=books.pick(GENERAL & PROJECT))
    for n, (code, name) in enumerate(projects, 1):
        w.say(
            "project",
            start=f"（{n}）",
            name=name,
            amount=books.pick(GENERAL & Pick(name=code)),
            purpose=books.words.get(f"purpose/{code}", name).rstrip("。"),
        )


def _other(w: Writer, books: Books) -> None:
    w.point("机关运行经费")
    operating = books.pick(GENERAL & BASIC & Pick(economics=layout.RUNNING))
    before = prior(books, "budget_operating")
    because = w.reason(books.words.get("reason/budget_operating", "")) if before is not None else ""
    w.say("operating", operating=operating, compared=w.compared(operating, before) + because)
    w.point("政府采购预算")
    _procurement(w, books)
    w.point("国有资产占有情况")
    vehicles = [item for item in ASSET_VEHICLES if books.counted("asset", item)]
    w.say(
        "assets",
        day=day(date(books.year - 1, 12, 31)),
        area=count(books, "asset", "area"),
        vehicles=sum(int(count(books, "asset", item)) for item in vehicles),
        general_vehicles=count(books, "asset", "vehicle_general"),
        equipment=count(books, "asset", "equipment_200"),
        new_vehicles=count(books, "asset_plan", "vehicle"),
        new_equipment=count(books, "asset_plan", "equipment_200"),
        large=200,
    )
    w.point("预算绩效目标")
    w.say(
        "goals",
        total=books.pick(INITIAL),
        basic=books.pick(INITIAL & BASIC),
        projects=books.pick(INITIAL & PROJECT),
    )
    w.point("一般公共预算拨款“三公”经费预算")
    _publics(w, books)
    w.point("会议费、培训费预算")
    for key, codes, plan in (
        ("meetings", layout.MEETINGS, "meeting_plan"),
        ("training", layout.TRAINING, "training_plan"),
    ):
        amount = books.pick(GENERAL & Pick(economics=codes))
        w.say(key, amount=amount, use=_events(w, books, plan) if amount else "")
    w.point("其他事项")
    w.say("other")
    if extra := books.words.get("other", ""):
        w.text(extra)


ASSET_VEHICLES = (
    "vehicle_leader",
    "vehicle_confidential",
    "vehicle_emergency",
    "vehicle_law",
    "vehicle_special",
    "vehicle_general",
    "vehicle_other",
)


def _procurement(w: Writer, books: Books) -> None:
    total = books.registered("procurement_plan")
    names = (("货物", "goods"), ("工程", "works"), ("服务", "services"))
    parts = [
        f"政府采购{name}预算{money(books.registered('procurement_plan', item))}万元"
        for name, item in names
        if total and books.registered("procurement_plan", item)
    ]
    w.say("procurement", total=total, parts="，其中：" + "、".join(parts) if parts else "")
    if note := books.words.get("reason/procurement_plan", ""):
        w.text(note)


def _publics(w: Writer, books: Books) -> None:
    amounts = {key: books.pick(GENERAL & Pick(economics=codes)) for _, key, codes in PUBLICS}
    total = amounts["reception"] + amounts["abroad"] + amounts["vehicles"]
    compared = {f"{key}_compared": w.compared(amounts[key], prior(books, *items)) for key, items in PRIOR.items()}
    before = prior(books, *(item for items in PRIOR.values() for item in items))
    because = w.reason(books.words.get("reason/budget_three_publics", "")) if before is not None else ""
    w.say("three_publics", total=total, compared=w.compared(total, before) + because, **amounts, **compared)


def split_note(books: Books) -> tuple[str, ...]:
    """The note below 表9: how much of a watched kind of spending is paid from project money, where any is (表6 and 表13
    show only what basic spending holds)."""
    watched = [(name, codes) for name, _, codes in PUBLICS[:3]]
    words, found = templates()["budget"], []
    for name, codes in (*watched, ("会议费", layout.MEETINGS), ("培训费", layout.TRAINING)):
        if project := books.pick(GENERAL & PROJECT & Pick(economics=codes)):
            found.append(words["split_item"].format(name=name, project=money(project)))
    return (words["split"].format(items="、".join(found)),) if found else ()


def _events(w: Writer, books: Books, kind: str) -> str:
    rows = [r for r in books.registers if r.kind == kind]
    events = [
        w.words("event_people", words=r.words, people=plain(r.quantity)) if r.quantity else r.words
        for r in rows
        if r.words
    ]
    return w.words("use", events="、".join(events)) if events else ""


# ---- what both explanations share ---------------------------------------------------------------------------------


def prior(books: Books, *items: str) -> Amount | None:
    """Money of the year before; None when none of the items is known."""
    known = [books.prior[item] for item in items if item in books.prior]
    return sum(known, Amount()) if known else None


def plain(number: Decimal) -> str:
    """A quantity without idle zeros: 1242.00 → 1242."""
    return f"{number.normalize():f}" if number else "0"


def count(books: Books, kind: str, item: str) -> str:
    return plain(books.counted(kind, item).yuan)


def day(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"


def named(names: str) -> str:
    return f"，分别为{names.rstrip('。')}" if names else ""


def paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
