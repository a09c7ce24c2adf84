"""A budget unit with a budget, reached by walking the services. Run inside `scope.system()`."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests import make
from wangge.finance import queries, services, terms
from wangge.finance.models import BudgetUnit, Preparation
from wangge.finance.terms import LineAmount, LineKey, Source
from wangge.identity import queries as identity
from wangge.identity import services as identity_services
from wangge.identity.models import Department
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import CONSTRAINTS

YEAR = 2022
CODE = "103001"
OFFICE = LineKey("2010301", "30201")
WAGES = LineKey("2010301", "30101")
RUNNING = LineKey("2010302", "30299", project="P1")


def key(n: int) -> UUID:
    """A fixed id of the n-th act of a test."""
    return UUID(int=(0xF1A << 64) + n)


def bureau() -> Department:
    """The district's finance bureau."""
    found = Department.objects.filter(code="430204-finance").first()
    return found or identity_services.create_department(
        actor=SYSTEM,
        code="430204-finance",
        name="石峰区财政局",
        short="财政局",
        kind="department",
        place_code=make.SHIFENG,
        slug="finance",
    )


def unit(code: str = CODE, department: str = "430204-urban", nature: str = "public") -> BudgetUnit:
    found = BudgetUnit.objects.filter(code=code).first()
    if found is not None:
        return found
    office = identity.department(department)
    made = services.register_unit(actor=SYSTEM, code=code, name=office.name, department_id=office.pk, nature=nature)
    services.register_project(
        actor=SYSTEM, unit_code=code, code="P1", name="业务性专项经费", purpose="日常管理", first_year=YEAR
    )
    goals(code=code)
    return made


def clerk(name: str = "", department: str = "430204-urban") -> Actor:
    return make.actor("finance_clerk", department=identity.department(department), name=name)


def head(department: str = "430204-urban") -> Actor:
    return make.actor("finance_head", department=identity.department(department))


def leader(department: str = "430204-urban") -> Actor:
    return make.actor("unit_head", department=identity.department(department))


def treasury(name: str = "") -> Actor:
    return make.actor("treasury", department=bureau(), place=make.SHIFENG, name=name)


LINES = (
    LineAmount(WAGES, Decimal("117400.00"), "在职 7 人"),
    LineAmount(OFFICE, Decimal("12100.00")),
    LineAmount(RUNNING, Decimal("100000.00")),
)


def goals(year: int = YEAR, code: str = CODE, project: str = "P1") -> None:
    """The project's approved goals of the year, without which people submit no budget for it."""
    form = terms.GoalForm(
        id=0, kind="direction", year=year, unit_code=code, unit_name="", project_code=project, special=project,
        direction="", office="", period=f"{year}年", amount=Decimal(100000), basic=None, projects=None,
        general=None, fund=None, other=None, duties="", goal_period="", goal_year="大厅全年运行 ≥240 天", state="", version=0,
        indicators=(), lines=(),
    )  # fmt: skip
    services.load_goal(actor=SYSTEM, form=form)


def preparation(lines: Any = LINES, year: int = YEAR, code: str = CODE) -> Preparation:
    """A draft with lines."""
    unit(code)
    draft = services.open_preparation(actor=SYSTEM, unit_code=code, year=year)
    return services.set_lines(actor=SYSTEM, preparation_id=draft.pk, lines=lines)


def budget(lines: Any = LINES, year: int = YEAR, code: str = CODE) -> None:
    """The unit's budget of the year, issued on 15 January."""
    version = preparation(lines, year, code)
    for command in ("submit", "approve", "accept"):
        services.move_preparation(actor=SYSTEM, preparation_id=version.pk, command=command)
    services.move_preparation(
        actor=SYSTEM, preparation_id=version.pk, command="issue", document=f"财预〔{year}〕1号", on=date(year, 1, 15)
    )


def money(line: LineKey = OFFICE, year: int = YEAR, code: str = CODE) -> Any:
    """The line as it is now."""
    from wangge.finance.budget.services import ledger

    return ledger.find(queries.unit(SYSTEM, code), year, line)


def pay(by: Actor = SYSTEM, amount: str = "1000.00", n: int = 1, **given: Any) -> Any:
    """A submitted payment from the office line."""
    about: dict[str, Any] = {
        "unit_code": CODE,
        "year": YEAR,
        "line": OFFICE,
        "payee": "演示文具店",
        "purpose": "办公用品",
        "on": date(YEAR, 3, 10),
    } | given
    return services.pay(actor=by, amount=Decimal(amount), key=key(n), **about)


def paid(amount: str = "1000.00", n: int = 1, voucher: str = "", **given: Any) -> Any:
    """A payment in the books."""
    made = pay(SYSTEM, amount, n, **given)
    return services.approve_payment(actor=SYSTEM, number=made.number, voucher=voucher or f"记-{n:04d}")


def violated(error: Any) -> str:
    """The name of the constraint that the database refused by; it must have a sentence."""
    name = error.value.__cause__.diag.constraint_name
    assert name in CONSTRAINTS, f"{name} has no sentence"
    return str(name)


def receive(amount: str = "100.00", n: int = 900, **given: Any) -> Any:
    about: dict[str, Any] = {
        "unit_code": CODE,
        "year": YEAR,
        "source": Source.OTHER,
        "on": date(YEAR, 6, 1),
        "voucher": f"收-{n}",
    } | given
    return services.receive(actor=SYSTEM, amount=Decimal(amount), key=key(n), **about)
