"""Writes of casework. `act` takes any command of a kind's table of moves; the rest are the sweeps and the bulk load."""

from wangge.casework.services import admission, assignment, endings, pauses
from wangge.casework.services.acts import act, register
from wangge.casework.services.cards import appeal_card, explain_card, judge_card
from wangge.casework.services.clocks import archive_old, recompute_open, sweep
from wangge.casework.services.filters import delete_filter, save_filter
from wangge.casework.services.legacy import Fault, History, Imported, import_cases, register_history
from wangge.casework.services.legacy_files import import_file
from wangge.casework.services.public import contest, join, rate
from wangge.casework.services.requests import open_case
from wangge.casework.services.transfers import pass_on_cases

__all__ = [
    "Fault",
    "History",
    "Imported",
    "act",
    "appeal_card",
    "archive_old",
    "contest",
    "delete_filter",
    "explain_card",
    "import_cases",
    "import_file",
    "join",
    "judge_card",
    "open_case",
    "pass_on_cases",
    "rate",
    "recompute_open",
    "register",
    "register_history",
    "save_filter",
    "sweep",
]
