"""Writes of the plan."""

from wangge.finance.budget.services.adjustments import adjust, carry_over, decide_adjustment
from wangge.finance.budget.services.preparation import (
    import_lines,
    move_preparation,
    open_preparation,
    remove_line,
    set_lines,
)
from wangge.finance.budget.services.units import add_code, edit_project, register_project, register_unit, set_standard

__all__ = [
    "add_code",
    "adjust",
    "carry_over",
    "decide_adjustment",
    "edit_project",
    "import_lines",
    "move_preparation",
    "open_preparation",
    "register_project",
    "register_unit",
    "remove_line",
    "set_lines",
    "set_standard",
]
