"""What must be true of a project before its money is asked for or spent: the door through which goals are demanded.

预算法 第三十二条: a budget is prepared with its performance goals; projects without them are not submitted.
"""

from collections.abc import Callable

from wangge.finance.budget.models import Project
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal

Check = Callable[[Actor, Project, int], Refusal | None]
_checks: list[Check] = []


def before_spending(check: Check) -> Check:
    """Register a check `(actor, project, year)`: None, or the refusal that keeps the project from being submitted or paid."""
    if check not in _checks:
        _checks.append(check)
    return check


def not_ready(actor: Actor, project: Project | None, year: int) -> Refusal | None:
    """The first refusal. 基本支出 has no project; what the system itself loads was decided elsewhere."""
    if project is None or actor.is_system:
        return None
    return next((r for r in (check(actor, project, year) for check in _checks) if r is not None), None)
