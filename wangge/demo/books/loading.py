"""Getting the five documents into the books through the services of finance, as clerks would have entered them; once more
changes nothing."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from wangge.demo.books import figures
from wangge.demo.books.figures import Facts, money
from wangge.finance import queries, services
from wangge.finance.terms import LineKey, Source, Stage, wan
from wangge.identity import queries as identity
from wangge.identity import services as offices
from wangge.kernel import documents, files, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NotHere

PAYEE = "演示收款人"


def load(echo: Callable[[str], None]) -> int:
    """Load every document that is not in the books yet; how many were."""
    loaded = 0
    with scope.system():
        names = _units()
        for name in figures.DOCUMENTS:
            facts = figures.document(name)
            if queries.lines(SYSTEM, facts.unit, facts.year, Stage.INITIAL):
                echo(f"{names[facts.unit]} {facts.year} 年的账已在系统中。")
                continue
            with transaction.atomic():
                _load(facts, names[facts.unit])
            total = wan(sum(facts.lines("spent" if "spent" in facts.raw else "initial").values(), Decimal(0)))
            echo(f"{names[facts.unit]} {facts.year} 年：{total} 万元。")
            loaded += 1
    return loaded


def _key(facts: Facts, *parts: object) -> UUID:
    return uuid5(NAMESPACE_URL, "/".join(["demo-books", facts.name, *map(str, parts)]))


def _units() -> dict[str, str]:
    for given in figures.units():
        try:
            queries.unit(SYSTEM, given["code"])
        except NotHere:
            services.register_unit(
                actor=SYSTEM,
                code=given["code"],
                name=given["name"],
                department_id=_office(given),
                nature=given["nature"],
            )
    return {u["code"]: u["name"] for u in figures.units()}


def _office(given: Mapping[str, Any]) -> int:
    try:
        return identity.department(given["office"]).pk
    except NotHere:
        made = offices.create_department(
            actor=SYSTEM, code=given["office"], name=given["name"], kind="department", **given["made"]
        )
        return made.pk


def _load(facts: Facts, name: str) -> None:
    known = {p.code for p in queries.projects(SYSTEM, facts.unit)}
    for code, project in facts.projects.items():
        if code not in known:
            services.register_project(
                actor=SYSTEM,
                unit_code=facts.unit,
                code=code,
                name=project["name"],
                purpose=project["purpose"],
                first_year=facts.year,
                event_limit=money(project["event_limit"]) if "event_limit" in project else None,
            )
    _approve(facts)
    _adjust(facts)
    _sign(facts)
    _spend(facts, name)
    _receive(facts)
    _registers(facts)
    for goal in figures.goals(facts, name):
        services.load_goal(actor=SYSTEM, form=goal)
    for form in figures.evaluations(facts, name):
        services.load_evaluation(actor=SYSTEM, form=form)
    if "spent" in facts.raw:
        shares = {Source(d["source"]): money(d["amount"]) for d in facts.raw.get("distributed", ())}
        services.close_year(actor=SYSTEM, unit_code=facts.unit, year=facts.year, distributions=shares)


def _approve(facts: Facts) -> None:
    draft = services.open_preparation(actor=SYSTEM, unit_code=facts.unit, year=facts.year)
    services.set_lines(actor=SYSTEM, preparation_id=draft.pk, lines=figures.amounts(facts.lines("initial")))
    for command in ("submit", "approve", "accept"):
        services.move_preparation(actor=SYSTEM, preparation_id=draft.pk, command=command)
    services.move_preparation(
        actor=SYSTEM,
        preparation_id=draft.pk,
        command="issue",
        document=f"演示预〔{facts.year}〕1号",
        on=figures.day(facts, 1, 20),
    )


def _adjust(facts: Facts) -> None:
    added, moved = figures.adjustments(facts)
    for kind, lines, reason in (("supplement", added, "年中追加"), ("transfer", moved, "科目间调剂")):
        if not lines:
            continue
        asked = services.adjust(
            actor=SYSTEM,
            unit_code=facts.unit,
            year=facts.year,
            kind=kind,
            items=figures.amounts(lines),
            reason=reason,
            on=figures.day(facts, 9, 1),
        )
        services.decide_adjustment(
            actor=SYSTEM, number=asked.number, grant=True, document=f"演示调〔{facts.year}〕{asked.pk}号"
        )


def _sign(facts: Facts) -> None:
    """The contracts of the year, with roads of equal size; the last takes what is left over."""
    for given in facts.raw.get("contracts", ()):
        line = next(key for key in facts.lines("initial") if key.project == given["project"])
        roads, total = int(given["roads"]), Decimal(given["square_metres"])
        each = total // roads
        services.sign_contract(
            actor=SYSTEM,
            unit_code=facts.unit,
            year=facts.year,
            line=line,
            number=given["number"],
            name=given["name"],
            supplier=given["supplier"],
            supplier_size=given["supplier_size"],
            procurement=given["procurement"],
            amount=money(given["amount"]),
            starts_on=figures.day(facts, 1, 1),
            ends_on=figures.day(facts, 12, 31),
            on=figures.day(facts, 1, 25),
            areas=[
                (f"演示道路{n:02d}", each if n < roads else total - each * (roads - 1)) for n in range(1, roads + 1)
            ],
        )


def _spend(facts: Facts, name: str) -> None:
    """One payment with a summary voucher for each line: the documents print sums of the year, not its months."""
    spent = facts.lines("spent")
    if not spent:
        return
    paper = _voucher(facts, name, spent)
    on = figures.day(facts, 12, 20)
    for n, (line, amount) in enumerate(spent.items(), 1):
        made = services.pay(
            actor=SYSTEM,
            unit_code=facts.unit,
            year=facts.year,
            line=line,
            amount=amount,
            payee=PAYEE,
            purpose="全年汇总",
            on=on,
            key=_key(facts, "pay", n),
            papers=(paper,),
        )
        services.approve_payment(actor=SYSTEM, number=made.number, voucher=f"汇总-{n:03d}", on=on)


def _voucher(facts: Facts, name: str, spent: Mapping[LineKey, Decimal]) -> str:
    """The paper behind the summary payments: a list of them, marked as a demonstration."""
    rows = [[str(n), k.function, k.economic, f"{amount:,.2f}"] for n, (k, amount) in enumerate(spent.items(), 1)]
    data = documents.pdf(
        "kernel/listing",
        {
            "title": f"演示汇总凭证 {name} {facts.year}年",
            "titles": ["序号", "功能科目", "经济科目", "金额（元）"],
            "rows": rows,
        },
    )
    return files.put(data, name=f"演示汇总凭证-{facts.unit}-{facts.year}.pdf", actor=SYSTEM).sha256


def _receive(facts: Facts) -> None:
    for n, given in enumerate(facts.raw.get("income", ()), 1):
        services.receive(
            actor=SYSTEM,
            unit_code=facts.unit,
            year=facts.year,
            source=Source(given["source"]),
            amount=money(given["amount"]),
            on=figures.day(facts, 12, 20),
            voucher=f"收-{n:03d}",
            key=_key(facts, "income", n),
            function=given["function"],
            text="全年汇总",
        )


def _registers(facts: Facts) -> None:
    records = [
        services.Record(
            kind=given["kind"],
            item=given["item"],
            on=_day_of(facts, given),
            quantity=Decimal(str(given.get("quantity", 0))),
            amount=money(given["amount"]) if "amount" in given else None,
            words=given.get("words", ""),
            tag=given.get("tag", ""),
        )
        for given in facts.raw.get("registers", ())
    ]
    if records:
        services.record_register(actor=SYSTEM, unit_code=facts.unit, year=facts.year, records=records)
    if words := facts.words():
        services.explain(actor=SYSTEM, unit_code=facts.unit, year=facts.year, texts=words)


def _day_of(facts: Facts, given: Mapping[str, Any]) -> date:
    found: date = given.get("on", figures.day(facts, 12, 31) if "spent" in facts.raw else figures.day(facts, 1, 20))
    return found
