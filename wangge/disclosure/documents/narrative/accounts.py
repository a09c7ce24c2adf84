"""The explanation of a department's final accounts, and the report on the performance of its whole spending.

Source: 预算法 §14, §75; 财政部 form of 部门决算公开 (fifteen sections; in the form of 2020 performance and the other
matters share two).
"""

from datetime import date
from decimal import Decimal

from wangge.disclosure.documents.filling.books import Amount, Books
from wangge.disclosure.documents.filling.cells import Block
from wangge.disclosure.documents.forms import accounts as layout
from wangge.disclosure.documents.forms import budget as plan
from wangge.disclosure.documents.forms.shapes import Pick
from wangge.disclosure.documents.narrative.budget import ASSET_VEHICLES, count, day, named, paragraphs, plain, prior
from wangge.disclosure.documents.narrative.writer import Writer, money, numeral, percent, share, templates
from wangge.finance.terms import SelfEvaluation, Source, classification

SPENT, INCOME, INITIAL = layout.SPENT, layout.INCOME, Pick("initial")
GENERAL = layout.OF_GENERAL
BASIC, PROJECT = plan.BASIC, plan.PROJECT
GLOSSARY = (
    "财政拨款收入",
    "事业收入",
    "经营收入",
    "其他收入",
    "使用非财政拨款结余",
    "年初结转和结余",
    "年末结转和结余",
    "基本支出",
    "项目支出",
    "“三公”经费",
    "机关运行经费",
)
PUBLICS = (
    ("因公出国（境）费", "abroad", plan.ABROAD),
    ("公务接待费", "reception", plan.RECEPTION),
    ("公务用车购置费", "purchase", plan.VEHICLES),
    ("公务用车运行维护费", "running", plan.VEHICLE_USE),
)
VEHICLE_NAMES = dict(
    zip(
        ASSET_VEHICLES,
        (
            "主要领导干部用车",
            "机要通信用车",
            "应急保障用车",
            "执法执勤用车",
            "特种专业技术用车",
            "一般公务用车",
            "其他用车",
        ),
        strict=True,
    )
)


def overview(books: Books) -> list[Block]:
    """第一部分."""
    w = Writer("accounts", unit=books.unit_name, year=books.year)
    w.part(f"第一部分 {books.unit_name}概况")
    w.section("部门职责")
    for duty in paragraphs(books.words.get("duties", "")):
        w.text(duty)
    w.section("机构设置及决算单位构成")
    w.text("（一）内设机构设置。" + _setup(w, books))
    w.text("（二）决算单位构成。" + w.words("scope"))
    return w.blocks


def explanation(books: Books, evaluations: list[SelfEvaluation]) -> list[Block]:
    """第三部分."""
    w = Writer("accounts", unit=books.unit_name, year=books.year)
    w.part(f"第三部分 {books.year}年度部门决算情况说明")
    sections = [
        ("收入支出决算总体情况说明", _total),
        ("收入决算情况说明", _income),
        ("支出决算情况说明", _spending),
        ("财政拨款收入支出决算总体情况说明", _fiscal),
        ("一般公共预算财政拨款支出决算情况说明", _general),
        ("一般公共预算财政拨款基本支出决算情况说明", _basic),
        ("一般公共预算财政拨款“三公”经费支出决算情况说明", _publics),
        ("政府性基金预算收入支出决算情况说明", _fund),
        ("国有资本经营预算支出决算情况说明", _state_capital),
    ]
    later = [
        ("机关运行经费支出说明", _operating),
        ("一般性支出情况说明", _meetings),
        ("政府采购支出说明", _procurement),
        ("国有资产占用情况说明", _assets),
    ]
    for words, write in sections:
        w.section(words)
        write(w, books)
    if books.year <= 2020:
        w.section(f"{books.year}年度预算绩效情况说明")
        _performance(w, books, evaluations)
        w.section("其他重要事项说明")
        for words, write in [*later, ("其他", _other)]:
            w.point(words)
            write(w, books)
        return w.blocks
    for words, write in later:
        w.section(words)
        write(w, books)
    w.section("重点项目预算的绩效评价结果等情况说明")
    _performance(w, books, evaluations)
    w.section("其他重要事项说明")
    _other(w, books)
    return w.blocks


def glossary() -> list[Block]:
    """第四部分."""
    w = Writer("accounts")
    w.part("第四部分 名词解释")
    for n, term in enumerate(GLOSSARY, 1):
        w.text(f"{numeral(n)}、{term}：{templates()['glossary'][term]}")
    return w.blocks


def _setup(w: Writer, books: Books) -> str:
    staff = (
        w.words("staff", posts=count(books, "staff", "posts"), persons=count(books, "staff", "persons"))
        if books.counted("staff", "posts")
        else ""
    )
    return w.words(
        "setup", offices=count(books, "staff", "offices"), names=named(books.words.get("offices", "")), staff=staff
    )


# ---- income and spending ------------------------------------------------------------------------------------------


def _compared(w: Writer, books: Books, now: Amount, item: str) -> dict[str, str]:
    before = prior(books, item)
    because = w.reason(books.words.get(f"reason/{item}", "")) if before is not None else ""
    return {"compared": w.compared(now, before, "_accounts"), "reason": because}


def total_income(books: Books) -> Amount:
    return (
        books.pick(layout.THIS_YEAR_INCOME)
        + books.pick(INCOME & Pick(sources=frozenset({Source.SURPLUS})))
        + books.pick(layout.OPENING)
    )


def _total(w: Writer, books: Books) -> None:
    total = total_income(books)
    w.say("total", total=total, **_compared(w, books, total, "accounts_total"))


def _income(w: Writer, books: Books) -> None:
    total = books.pick(layout.THIS_YEAR_INCOME)
    kinds = {
        "fiscal": layout.OF_FISCAL.sources,
        "superior": frozenset({Source.SUPERIOR}),
        "business": frozenset({Source.BUSINESS, Source.SPECIAL_ACCOUNT}),
        "operating": frozenset({Source.OPERATING}),
        "affiliate": frozenset({Source.AFFILIATE}),
        "other": frozenset({Source.OTHER}),
    }
    amounts = {key: books.pick(INCOME & Pick(sources=sources)) for key, sources in kinds.items()}
    w.say("income", total=total, **amounts, **{f"{k}_share": share(v, total) for k, v in amounts.items()})


def _spending(w: Writer, books: Books) -> None:
    total = books.pick(SPENT)
    rest = frozenset(Source) - {Source.OPERATING}
    amounts = {
        "basic": books.pick(SPENT & BASIC & Pick(sources=rest)),
        "projects": books.pick(SPENT & PROJECT & Pick(sources=rest)),
        "hand_up": Amount(),
        "operating": books.pick(SPENT & Pick(sources=frozenset({Source.OPERATING}))),
        "subsidy": Amount(),
    }
    w.say("spending", total=total, **amounts, **{f"{k}_share": share(v, total) for k, v in amounts.items()})


def _fiscal(w: Writer, books: Books) -> None:
    total = books.pick(INCOME & layout.OF_FISCAL) + books.pick(layout.OPENING & layout.OF_FISCAL)
    w.say("fiscal", total=total, **_compared(w, books, total, "accounts_fiscal"))


def _general(w: Writer, books: Books) -> None:
    spent, initial = books.pick(SPENT & GENERAL), books.pick(INITIAL & GENERAL)
    w.point("一般公共预算财政拨款支出决算总体情况")
    w.say(
        "general",
        general=spent,
        share=share(spent, books.pick(SPENT)),
        **_compared(w, books, spent, "accounts_fiscal_spending"),
    )
    w.point("一般公共预算财政拨款支出决算结构情况")
    names = classification("function", books.year)
    codes = books.functions(SPENT & GENERAL)
    classes = {c: books.pick(SPENT & GENERAL & Pick(functions=(c,))) for c in codes if len(c) == 3}
    w.say(
        "structure",
        general=spent,
        classes="；".join(
            w.words("class", name=names.get(c, c).removesuffix("支出"), amount=a, share=share(a, spent))
            for c, a in classes.items()
        ),
    )
    w.point("一般公共预算财政拨款支出决算具体情况")
    w.say("items", initial=initial, general=spent, done=_done(w, "done", spent, initial))
    items = sorted({c for c in (*codes, *books.functions(INITIAL & GENERAL)) if len(c) == 7})
    for n, code in enumerate(items, 1):
        _item(w, books, n, code)


def _done(w: Writer, key: str, spent: Amount, planned: Amount) -> str:
    """，完成年初预算的 x%; nothing where nothing was planned: there is no share of nothing."""
    return w.words(key, rate=share(spent, planned)) if planned.wan() else ""


def _item(w: Writer, books: Books, n: int, code: str) -> None:
    names = classification("function", books.year)
    spent = books.pick(SPENT & GENERAL & Pick(functions=(code,)))
    initial = books.pick(INITIAL & GENERAL & Pick(functions=(code,)))
    w.say("item", start=f"{n}.", klass=names[code[:3]], group=names[code[:5]], name=names[code])
    because = books.words.get(f"reason/function/{code}", "执行中按规定程序调整").rstrip("。")
    change = spent.wan() - initial.wan()
    key = "even" if not change else "above" if change > 0 else "below"
    w.say(
        "item_figures",
        initial=initial,
        spent=spent,
        done=_done(w, "done", spent, initial),
        comparison=w.words(key, reason=because),
    )


def _basic(w: Writer, books: Books) -> None:
    pick = SPENT & GENERAL & BASIC
    basic = books.pick(pick)
    staff, running = (books.pick(pick & Pick(economics=codes)) for codes in (plan.PERSONAL, plan.RUNNING))

    def items(codes: tuple[str, ...]) -> str:
        names = classification("economic", books.year)
        found = [names.get(c, c) for c in books.economics(pick & Pick(economics=codes)) if len(c) == 5]
        return w.words("basic_items", items="、".join(found)) if found else ""

    w.say(
        "basic",
        basic=basic,
        staff=staff,
        staff_share=share(staff, basic),
        staff_items=items(plan.PERSONAL),
        running=running,
        running_share=share(running, basic),
        running_items=items(plan.RUNNING),
    )


# ---- 三公 ----------------------------------------------------------------------------------------------------------


def _publics(w: Writer, books: Books) -> None:
    limit_of, spent_of = INITIAL & GENERAL, SPENT & GENERAL
    limits = {key: books.pick(limit_of & Pick(economics=codes)) for _, key, codes in PUBLICS}
    spent = {key: books.pick(spent_of & Pick(economics=codes)) for _, key, codes in PUBLICS}
    limit, total = sum(limits.values(), Amount()), sum(spent.values(), Amount())
    w.point("“三公”经费财政拨款支出决算总体情况说明")
    w.say("publics", limit=limit, spent=total, done=_done(w, "publics_done", total, limit))
    for name, key, _ in PUBLICS:
        change = spent[key].wan() - limits[key].wan()
        because = books.words.get(f"reason/{key}", "") if change else ""
        w.say(
            "publics_item",
            name=name,
            limit=limits[key],
            spent=spent[key],
            done=_done(w, "publics_done", spent[key], limits[key]),
            comparison=w.words(f"publics_{'even' if not change else 'above' if change > 0 else 'below'}"),
            reason=w.reason(because),
        )
    w.point("“三公”经费财政拨款支出决算具体情况说明")
    vehicles = spent["purchase"] + spent["running"]
    parts = {"reception": spent["reception"], "abroad": spent["abroad"], "vehicles": vehicles}
    if total:
        w.say("publics_shares", **parts, **{f"{k}_share": share(v, total) for k, v in parts.items()})
    else:
        w.say("publics_none", spent=total)
    register = "three_publics"
    w.say(
        "abroad",
        start="1.",
        abroad=spent["abroad"],
        groups=count(books, register, "abroad_groups"),
        people=count(books, register, "abroad"),
    )
    w.say(
        "reception",
        start="2.",
        reception=spent["reception"],
        groups=count(books, register, "reception_groups"),
        people=count(books, register, "reception"),
    )
    w.say(
        "vehicles",
        start="3.",
        vehicles=vehicles,
        purchase=spent["purchase"],
        bought=count(books, register, "vehicle_purchase"),
        running=spent["running"],
        day=day(date(books.year, 12, 31)),
        kept=count(books, register, "vehicle_running"),
    )
    if note := books.words.get("note/reception", ""):
        w.text(note)


# ---- funds, running costs, procurement, assets --------------------------------------------------------------------


def _fund(w: Writer, books: Books) -> None:
    spent, income = books.pick(SPENT & plan.FUND), books.pick(INCOME & plan.FUND)
    if not spent and not income:
        w.say("no_fund")
        return
    w.say(
        "fund",
        income=income,
        opening=books.pick(layout.OPENING & plan.FUND),
        spent=spent,
        basic=books.pick(SPENT & plan.FUND & BASIC),
        projects=books.pick(SPENT & plan.FUND & PROJECT),
        closing=books.pick(layout.CLOSING & plan.FUND),
    )


def _state_capital(w: Writer, books: Books) -> None:
    pick = SPENT & layout.STATE_CAPITAL
    spent = books.pick(pick)
    if not spent:
        w.say("no_state_capital")
        return
    w.say("state_capital", spent=spent, basic=books.pick(pick & BASIC), projects=books.pick(pick & PROJECT))


def _operating(w: Writer, books: Books) -> None:
    running = Pick(economics=plan.RUNNING)
    spent = books.pick(SPENT & GENERAL & BASIC & running)
    w.say("operating", operating=spent, **_compared(w, books, spent, "accounts_operating"))
    initial, because = books.pick(INITIAL & GENERAL & BASIC & running), books.words.get("reason/operating_initial", "")
    if because and (change := spent - initial).wan():
        w.say(
            "operating_initial",
            initial=initial,
            direction="增加" if change.yuan > 0 else "减少",
            change=f"{abs(change.wan()):.2f}",
            rate=w.grew(spent, initial),
            reason=w.reason(because),
        )


def _meetings(w: Writer, books: Books) -> None:
    spent = {
        key: books.pick(SPENT & GENERAL & BASIC & Pick(economics=codes))
        for key, codes in (("meetings", plan.MEETINGS), ("training", plan.TRAINING))
    }
    w.say(
        "meetings",
        meetings=spent["meetings"],
        meeting_use=_use(books, "meeting") if spent["meetings"] else "",
        training=spent["training"],
        training_use=_use(books, "training") if spent["training"] else "",
        events=count(books, "event", "event"),
        event_money=money(books.registered("event")),
    )


def _use(books: Books, kind: str) -> str:
    rows = [r for r in books.registers if r.kind == kind and r.words]
    return (
        "，用于" + "、".join(r.words + (f"（{plain(r.quantity)}人次）" if r.quantity else "") for r in rows)
        if rows
        else ""
    )


def _procurement(w: Writer, books: Books) -> None:
    total = books.registered("procurement")
    parts = {item: books.registered("procurement", item) for item in ("goods", "works", "services")}
    w.say("procurement", total=total, **parts)
    if total:
        medium = books.procured({"medium", "small", "micro"})
        small = books.procured({"small", "micro"})
        w.say(
            "suppliers",
            medium=medium,
            medium_share=share(medium, total),
            small=small,
            small_share=share(small, total),
        )
    if note := books.words.get("reason/procurement", ""):
        w.text(note)


def _assets(w: Writer, books: Books) -> None:
    w.say(
        "assets",
        day=day(date(books.year, 12, 31)),
        vehicles=sum(int(count(books, "asset", item)) for item in ASSET_VEHICLES),
        kinds="、".join(
            w.words("vehicle_kind", name=name, count=count(books, "asset", item))
            for item, name in VEHICLE_NAMES.items()
        ),
        lesser=50,
        equipment_fifty=count(books, "asset", "equipment_50"),
        greater=100,
        equipment_hundred=count(books, "asset", "equipment_100"),
    )


def _other(w: Writer, books: Books) -> None:
    w.say("other", place=books.words.get("place", "政府门户网站预决算公开专栏"))


# ---- performance --------------------------------------------------------------------------------------------------


def _performance(w: Writer, books: Books, evaluations: list[SelfEvaluation]) -> None:
    projects = [e for e in evaluations if e.kind == "project"]
    pick = SPENT & GENERAL & PROJECT
    if projects:
        codes = tuple(e.project_code for e in projects)
        evaluated = sum((books.pick(pick & Pick(name=code)) for code in codes if code), Amount())
        w.say("evaluated", projects=len(projects), money=evaluated, share=share(evaluated, books.pick(pick)))
    for form in evaluations:
        if form.kind == "whole" and form.score is not None:
            w.say(
                "whole",
                spent=money(Amount(_spent(form))),
                rate=plain(form.rate or Decimal(0)),
                score=plain(form.score),
                grade=form.grade,
            )
    for form in projects:
        _summary(w, form)
    if note := books.words.get("note/performance", ""):
        w.text(note)


def _funds(form: SelfEvaluation, what: str) -> Decimal:
    row = next((f for f in form.funds if f.kind == "total"), None)
    return getattr(row, what, None) or Decimal("0.00")


def _spent(form: SelfEvaluation) -> Decimal:
    return _funds(form, "spent")


def _summary(w: Writer, form: SelfEvaluation) -> None:
    budget, spent = Amount(_funds(form, "budget")), Amount(_spent(form))
    lost = [
        w.words(
            "lost_item",
            name=row.level3 or row.level2,
            points=plain(row.weight - (row.score or Decimal(0))),
            reason=row.reason.rstrip("。") or "原因见自评表",
        )
        for row in form.indicators
        if row.score is not None and row.score < row.weight
    ]
    w.say(
        "project",
        name=form.special or form.direction,
        score=plain(form.score or Decimal(0)),
        grade=form.grade,
        budget=budget,
        spent=spent,
        done=w.words("project_done", rate=percent(spent.wan(), budget.wan())) if budget else "",
        reasons=w.words("lost", items="；".join(lost)) if lost else w.words("full"),
    )


def report(books: Books, evaluations: list[SelfEvaluation]) -> list[Block]:
    """附件: the report on the performance of the whole spending."""
    w = Writer("accounts", unit=books.unit_name, year=books.year)
    w.part(f"第五部分 {books.year}年度部门整体支出绩效评价报告")
    w.section("预算单位基本情况")
    w.say("report_setup", setup=_setup(w, books))
    w.section("预算收支情况（按单位预算口径）")
    initial, spent = books.pick(INITIAL), books.pick(SPENT)
    fiscal = books.pick(Pick("adjusted", sources=layout.OF_FISCAL.sources))
    other = books.pick(INCOME & Pick(sources=frozenset(Source) - (layout.OF_FISCAL.sources or frozenset())))
    added = fiscal - books.pick(INITIAL & layout.OF_FISCAL)
    total = fiscal + other
    w.say("report_income", total=total, initial=initial, added=added, other=other)
    basic, projects = books.pick(SPENT & BASIC), books.pick(SPENT & PROJECT)
    w.say("report_spending", spent=spent, basic=basic, projects=projects, left=total - spent)
    w.section("资金使用及绩效情况")
    w.point("整体支出绩效情况")
    w.say("report_whole", spent=spent, basic=basic, projects=projects)
    for form in evaluations:
        if form.kind == "whole":
            for row in form.indicators:
                if row.level3 and row.actual and row.weight:
                    w.text(f"{row.level3}：目标{row.target}，实际{row.actual}。")
    w.point("项目支出绩效情况")
    for n, (code, name) in enumerate(_projects(books), 1):
        _project(w, books, n, code, name)
    w.section("绩效管理存在的问题及下一步改进措施")
    for words in paragraphs(books.words.get("problems", "")):
        w.text(words)
    w.section("其他需要说明的情况")
    w.text("没有其他需要说明的情况。")
    return w.blocks


def _projects(books: Books) -> list[tuple[str, str]]:
    rows = [*books.projects(Pick("adjusted") & PROJECT), *books.projects(SPENT & PROJECT)]
    return sorted(set(rows))


def _project(w: Writer, books: Books, n: int, code: str, name: str) -> None:
    this = Pick(name=code)
    initial, spent = books.pick(INITIAL & this), books.pick(SPENT & this)
    added = books.pick(Pick("adjusted") & layout.OF_FISCAL & this) - books.pick(INITIAL & layout.OF_FISCAL & this)
    left = initial + added - spent
    key = "report_project" if initial else "report_added"
    w.say(key, start=f"{n}.", name=name, initial=initial, added=added, spent=spent, left=left)
    if spent and (purpose := books.words.get(f"purpose/{code}", "")):
        w.say("report_purpose", spent=spent, purpose=purpose.rstrip("。"))
