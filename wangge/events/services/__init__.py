"""Writes of events: intake, the catalogue, the reporter's contact. Everything else in an event's life is `casework.act`."""

from wangge.events.services.catalogue import load_catalogue, save_categories, save_category
from wangge.events.services.intake import Receipt, Report, report, report_many
from wangge.events.services.reporter import reveal_reporter, save_reporter

__all__ = [
    "Receipt",
    "Report",
    "load_catalogue",
    "report",
    "report_many",
    "reveal_reporter",
    "save_categories",
    "save_category",
    "save_reporter",
]
