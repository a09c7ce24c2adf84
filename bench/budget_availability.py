"""Fifty clerks pay from one line until its money is gone: nothing is lost and nothing is spent twice.

Every clerk is a thread with a connection and a post of its own, asking for the same amount again and again until the answer
is "not enough". Accepted payments must be exactly what the money allows, bound money and ledger must agree to the fen.
Beside it the floor: the same fifty connections doing the bare statements that no payment can do without (lock the line,
look, insert the payment, the entry and the audit row, update the line), as a pgbench script would. The last line is
payments a second, and its share of the floor.
"""

import threading
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from _bench import installation, report

CLERKS, PAYMENTS, AMOUNT = 50, 2_000, Decimal("137.50")
MONEY = AMOUNT * PAYMENTS + Decimal("100.00")
UNIT, YEAR, DISTRICT = "103001", 2022, 430204000000000
LOOK = "select approved + adjusted - frozen - committed - paid from finance_appropriation where id = %(line)s for no key update"
WRITE = """
    with made as (
        insert into finance_payment (unit_id, year, number, line_id, state, amount, payee, purpose, "on", voucher, files,
            case_number, note, key, asked_by, asked_name, asked_at, decided_name)
        select unit_id, year, %(number)s, id, 'submitted', %(amount)s, 'x', 'x', '2022-03-10', '', '{}', '', '', %(key)s, 0,
            'x', now(), '' from finance_appropriation where id = %(line)s returning id, unit_id
    ), entered as (
        insert into finance_entry (line_id, unit_id, "on", counter, kind, amount, document, text, payment_id, at, actor_id,
            actor_name)
        select %(line)s, unit_id, '2022-03-10', 'committed', 'commit', %(amount)s, '', 'x', id, now(), 0, 'x' from made
    )
    insert into kernel_auditentry (at, actor_id, actor_name, post_name, channel, action, kind, subject, data)
        values (now(), 0, 'x', '', 'desk', 'finance.payment_submitted', 'payment', %(number)s, '{}')"""
BIND = "update finance_appropriation set committed = committed + %(amount)s where id = %(line)s"


def books() -> tuple[list[Any], dict[str, int]]:
    """Fifty clerks of one unit, and the ids of two lines with the same money."""
    from wangge.finance import queries, services
    from wangge.finance.terms import LineAmount, LineKey
    from wangge.identity import services as identity
    from wangge.kernel.actor import SYSTEM, Actor

    office = identity.create_department(
        actor=SYSTEM, code="bench", name="测试单位", short="测试", kind="department", place_code=DISTRICT
    )
    services.register_unit(actor=SYSTEM, code=UNIT, name="测试单位", department_id=office.pk, nature="public")
    version = services.open_preparation(actor=SYSTEM, unit_code=UNIT, year=YEAR)
    keys = {"ours": LineKey("2010301", "30201"), "floor": LineKey("2010301", "30202")}
    services.set_lines(actor=SYSTEM, preparation_id=version.pk, lines=[LineAmount(key, MONEY) for key in keys.values()])
    for command in ("submit", "approve", "accept"):
        services.move_preparation(actor=SYSTEM, preparation_id=version.pk, command=command)
    services.move_preparation(
        actor=SYSTEM, preparation_id=version.pk, command="issue", document="测试1号", on=date(YEAR, 1, 4)
    )
    rights = frozenset({"finance.view", "finance.pay"})
    clerks = [Actor(id=n, name=f"经办{n}", rights=rights, department_id=office.pk) for n in range(1, CLERKS + 1)]
    lines = {r.economic: r.ids[0] for r in queries.lines(SYSTEM, UNIT, YEAR)}
    return clerks, {name: lines[key.economic] for name, key in keys.items()}


def together(work: Callable[[int], int]) -> tuple[int, float]:
    """Run the work of every clerk at once; (payments accepted, seconds)."""
    from django.db import connection

    gate, done, wrong = threading.Barrier(CLERKS + 1), [0] * CLERKS, []

    def run(n: int) -> None:
        try:
            connection.ensure_connection()
            gate.wait()
            done[n] = work(n)
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[n]) for n in range(CLERKS)]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - began
    if wrong:
        raise SystemExit(f"出错：{wrong[0]!r}")
    return sum(done), taken


def by_the_service(clerks: list[Any]) -> Callable[[int], int]:
    from wangge.finance import services
    from wangge.finance.terms import LineKey
    from wangge.kernel import scope
    from wangge.kernel.errors import Refusal

    def work(n: int) -> int:
        for count in range(PAYMENTS):
            try:
                with scope.use(clerks[n]):
                    services.pay(
                        actor=clerks[n],
                        unit_code=UNIT,
                        year=YEAR,
                        line=LineKey("2010301", "30201"),
                        amount=AMOUNT,
                        payee="演示文具店",
                        purpose="办公用品",
                        on=date(YEAR, 3, 10),
                        key=UUID(int=n * 10**6 + count + 1),
                    )
            except Refusal as refusal:
                if refusal.code != "not_enough":
                    raise
                return count
        return PAYMENTS

    return work


def by_bare_statements(line: int) -> Callable[[int], int]:
    from django.db import connection, transaction

    from wangge.kernel import scope

    def work(n: int) -> int:
        for count in range(PAYMENTS):
            given = {"line": line, "amount": AMOUNT, "number": f"F{n}-{count}", "key": uuid4()}
            with scope.system(), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(LOOK, given)
                if cursor.fetchone()[0] < AMOUNT:
                    return count
                cursor.execute(WRITE, given)
                cursor.execute(BIND, given)
        return PAYMENTS

    return work


def main() -> None:
    with installation(WANGGE_POOL=str(CLERKS + 2)):
        from wangge.finance import queries
        from wangge.finance.models import Payment
        from wangge.kernel import scope
        from wangge.kernel.actor import SYSTEM

        with scope.system():
            clerks, lines = books()
        accepted, seconds = together(by_the_service(clerks))
        bare, floor_seconds = together(by_bare_statements(lines["floor"]))
        with scope.system():
            line = queries.appropriation(SYSTEM, lines["ours"])
            kept = Payment.objects.filter(line=line).count()
            wrong = [w for w in queries.unbalanced(SYSTEM) if f"指标 {line.pk}：" in w]
        fine = accepted == bare == PAYMENTS == kept and line.committed == AMOUNT * PAYMENTS and not wrong
        print(
            f"{CLERKS} 名经办同时从一条指标支付：可支付 {PAYMENTS} 笔，受理 {accepted} 笔，账上占用 {line.committed:,.2f} 元，"
            f"余 {line.available:,.2f} 元；{'一分不差' if fine else '对不上：' + '；'.join(wrong)}。"
            f"每秒 {accepted / seconds:.0f} 笔，只做必需语句每秒 {bare / floor_seconds:.0f} 笔。",
            flush=True,
        )
        report("budget_availability", accepted / seconds, "payments/s", bare / floor_seconds)
        if not fine:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
