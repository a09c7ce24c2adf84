"""Writes of events: intake, the catalogue, the reporter's contact. Everything else in an event's life is `casework.act`."""

from wangge.events.alarms.services.acts import act_on_alarm
from wangge.events.alarms.services.calls import answer_call, assign_user, release_user, reveal_call
from wangge.events.alarms.services.deciding import set_alarm_rule, withdraw_alarm_rule
from wangge.events.alarms.services.raising import raise_alarms
from wangge.events.alarms.services.signals import TOPICS, read_message, settle_fault, take_messages, unreadable
from wangge.events.alarms.services.transfers import pass_on_alarms
from wangge.events.alarms.services.watch import escalate, sweep
from wangge.events.services.catalogue import load_catalogue, save_categories, save_category
from wangge.events.services.hazards import open_for_hazard
from wangge.events.services.intake import Receipt, Report, report, report_many
from wangge.events.services.reporter import reveal_reporter, save_reporter

__all__ = [
    "TOPICS",
    "Receipt",
    "Report",
    "act_on_alarm",
    "answer_call",
    "assign_user",
    "escalate",
    "load_catalogue",
    "open_for_hazard",
    "pass_on_alarms",
    "raise_alarms",
    "read_message",
    "release_user",
    "report",
    "report_many",
    "reveal_call",
    "reveal_reporter",
    "save_categories",
    "save_category",
    "save_reporter",
    "set_alarm_rule",
    "settle_fault",
    "sweep",
    "take_messages",
    "unreadable",
    "withdraw_alarm_rule",
]
