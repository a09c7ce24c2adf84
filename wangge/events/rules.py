"""The life cycle of a grid event: who may take which step in which state. Pure Python.

Sources: 滨州市社会治理网格化服务管理条例 第十一、十二条 (solve, hand up, route, feed back); GB/T 30428.8 (立案、处置和结案)
for the seven-step loop; 处核分离 as in GB/T 22239-2019 8.1.10 separation of duties. Limits are dated data of the catalogue.
"""

from wangge.casework.terms import OPEN, State
from wangge.kernel.flow import Move, Table

KIND, PREFIX = "event", "WG"
CHARGE = ("in_charge",)
# Who may add to the story. An office whose part is over still reads the case, but no longer writes in it.
INVOLVED = ("in_charge", "lead", "support", "sender", "reporter", "local")


def _moves() -> Table:
    reported, checking, accepted = State.REPORTED, State.CHECKING, State.ACCEPTED
    dispatched, handling, held, handled = State.DISPATCHED, State.HANDLING, State.HELD, State.HANDLED
    table: dict[tuple[str, str], Move] = {
        (reported, "accept"): Move(accepted, "events.accept", CHARGE),
        (reported, "check"): Move(checking, "events.accept", CHARGE),
        (reported, "decline"): Move(State.DECLINED, "events.decline", CHARGE, needs=("reason", "text")),
        (reported, "hand_up"): Move(reported, "events.hand_up", CHARGE, needs=("text",)),
        (reported, "hand_down"): Move(reported, "events.dispatch", CHARGE, needs=("department",)),
        (checking, "confirm"): Move(accepted, "events.check", CHARGE, needs=("text",)),
        (checking, "refute"): Move(State.DECLINED, "events.check", CHARGE, needs=("reason", "text")),
        (accepted, "dispatch"): Move(dispatched, "events.dispatch", CHARGE, needs=("department",)),
        (accepted, "designate"): Move(dispatched, "events.designate", CHARGE, needs=("department", "text")),
        (accepted, "hand_up"): Move(reported, "events.hand_up", CHARGE, needs=("text",)),
        (accepted, "hand_down"): Move(accepted, "events.dispatch", CHARGE, needs=("department",)),
        (accepted, "decline"): Move(State.DECLINED, "events.decline", CHARGE, needs=("reason", "text")),
        (dispatched, "sign"): Move(handling, "events.sign", ("lead",)),
        (dispatched, "send_back"): Move(accepted, "events.send_back", ("lead",), needs=("text", "proposed")),
        (dispatched, "designate"): Move(dispatched, "events.designate", CHARGE, needs=("department", "text")),
        (handling, "finish"): Move(handled, "events.finish", ("lead",), needs=("text",)),
        (handling, "support_done"): Move(handling, "events.finish", ("support",), needs=("text",)),
        (handling, "waive_support"): Move(handling, "events.dispatch", ("in_charge", "sender"), needs=("text",)),
        (handling, "ask_hold"): Move(handling, "events.hold", ("lead",), needs=("reason", "until", "text")),
        (handling, "hold"): Move(held, "events.approve_hold", CHARGE),
        (handling, "deny_hold"): Move(handling, "events.approve_hold", CHARGE, needs=("text",)),
        (handling, "ask_extension"): Move(handling, "events.extend", ("lead",), needs=("amount", "text")),
        (handling, "grant_extension"): Move(handling, "events.approve_extension", CHARGE, not_by=("handler",)),
        (handling, "deny_extension"): Move(handling, "events.approve_extension", CHARGE, needs=("text",)),
        (held, "resume"): Move(handling, "events.hold", ("lead", "in_charge")),
        (handled, "verify"): Move(State.VERIFIED, "events.verify", CHARGE, not_by=("handler",)),
        (handled, "rework"): Move(handling, "events.verify", CHARGE, not_by=("handler",), needs=("text",)),
        (State.VERIFIED, "rate"): Move(State.CLOSED, "events.rate", needs=("grade",)),
        (State.VERIFIED, "redo"): Move(handling, "events.rate"),
        (State.VERIFIED, "default_rating"): Move(State.CLOSED, "events.close"),
        (State.CLOSED, "redo"): Move(handling, "events.rate"),
        (State.CLOSED, "reopen"): Move(handling, "events.reopen", CHARGE, needs=("text",)),
        (State.CLOSED, "archive"): Move(State.ARCHIVED, "events.archive"),
        (State.MERGED, "split"): Move(reported, "events.merge", CHARGE),
    }
    for state in (reported, accepted):
        # Taken by the system alone, for an alarm that was dealt with on the spot: nobody stands in this relation to a case.
        table[state, "close"] = Move(State.CLOSED, "events.close", ("answering",))
    for state in OPEN:
        table[state, "note"] = Move(state, "events.note", INVOLVED, needs=("text",))
        table[state, "urge"] = Move(state, "events.supervise", CHARGE)
        table[state, "supervise"] = Move(state, "events.supervise", CHARGE, needs=("text",))
    for state in (reported, checking, accepted, dispatched, handling, held):
        table[state, "merge"] = Move(State.MERGED, "events.merge", CHARGE, needs=("original",))
        table[state, "ask_void"] = Move(state, "events.accept", CHARGE, needs=("text",))
        table[state, "void"] = Move(State.VOID, "events.void", CHARGE, not_by=("asker",))
    for state in (reported, accepted, dispatched, handling):
        table[state, "recategorise"] = Move(state, "events.accept", CHARGE, needs=("category",))
    return table


MOVES = _moves()

# What ends a state when nobody does anything: a card and, for some, a step of the system itself.
TIMEOUTS = {
    State.REPORTED: "card",
    State.CHECKING: "card",
    State.ACCEPTED: "card",
    State.DISPATCHED: "card",
    State.HANDLING: "card",
    State.HELD: "resume",
    State.HANDLED: "card",
    State.VERIFIED: "default_rating",
    State.CLOSED: "archive",
}
MIN_TEXT = 5
MAX_TEXT = 2000
MAX_BATCH = 500
# Before this year no clock is right, and a database date before the year 1 can be written but never read again.
EARLIEST_YEAR = 2000


def first_office_level(source: str) -> str:
    """Which office a report waits at: an officer's own community, everybody else's at the district centre."""
    return "community" if source == "officer" else "centre"


# Hazards of let dwellings (GB/T 31000-2015 table 5.19) → 小类 of the shipped catalogue; the first that is found counts.
HAZARD_CATEGORIES = (("01", "1007"), ("04", "1009"))
OTHER_HAZARD = "0904"


def hazard_category(hazards: tuple[str, ...]) -> str:
    """The 小类 under which an event of these hazards begins; settled by people at acceptance."""
    return next((category for hazard, category in HAZARD_CATEGORIES if hazard in hazards), OTHER_HAZARD)
