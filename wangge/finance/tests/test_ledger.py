from decimal import Decimal

import pytest

from wangge.finance import queries
from wangge.finance.tests import make
from wangge.kernel.actor import SYSTEM

pytestmark = pytest.mark.usefixtures("district")


def test_an_issued_budget_is_the_lines_in_force():
    make.budget()
    rows = queries.lines(SYSTEM, make.CODE, make.YEAR)
    assert [(r.function, r.economic, r.project, r.amount) for r in rows] == [
        ("2010301", "30101", "", Decimal("117400.00")),
        ("2010301", "30201", "", Decimal("12100.00")),
        ("2010302", "30299", "P1", Decimal("100000.00")),
    ]
    make.paid()
    assert [(r.economic, r.amount) for r in queries.payments(SYSTEM, make.CODE, make.YEAR)] == [("30201", Decimal("1000.00"))]
    assert queries.unbalanced(SYSTEM) == []
