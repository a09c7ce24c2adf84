"""The words of casework, and what a room hands over to register a kind of case. A door for every room above. Pure Python."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from math import ceil

from wangge.kernel.flow import Table
from wangge.kernel.workdays import Limit


class State(StrEnum):
    REPORTED = "reported"
    CHECKING = "checking"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    HELD = "held"
    HANDLED = "handled"
    VERIFIED = "verified"
    CLOSED = "closed"
    MERGED = "merged"
    VOID = "void"
    ARCHIVED = "archived"


STATES = {
    State.REPORTED: "待受理",
    State.CHECKING: "核实中",
    State.DECLINED: "不予受理",
    State.ACCEPTED: "待分派",
    State.DISPATCHED: "待签收",
    State.HANDLING: "处置中",
    State.HELD: "挂起",
    State.HANDLED: "待核查",
    State.VERIFIED: "待评价",
    State.CLOSED: "已结案",
    State.MERGED: "已合并",
    State.VOID: "已作废",
    State.ARCHIVED: "已归档",
}
OPEN = (
    State.REPORTED,
    State.CHECKING,
    State.ACCEPTED,
    State.DISPATCHED,
    State.HANDLING,
    State.HELD,
    State.HANDLED,
)
# The commands that a waiting matter waits for; the others accompany it.
FORWARD = ("accept", "check", "confirm", "dispatch", "sign", "finish", "support_done", "resume", "verify")
DONE = (State.VERIFIED, State.CLOSED, State.ARCHIVED)
FINAL = (State.DECLINED, State.MERGED, State.VOID, State.ARCHIVED)

COMMANDS = {
    "report": "上报",
    "self_solve": "自行处置",
    "check": "转核实",
    "confirm": "核实属实",
    "refute": "核实不属实",
    "accept": "受理",
    "decline": "不予受理",
    "dispatch": "派遣",
    "hand_up": "上报上级",
    "hand_down": "下派",
    "sign": "签收",
    "send_back": "退回",
    "designate": "指定承办",
    "note": "记录进展",
    "ask_hold": "申请挂起",
    "hold": "挂起",
    "deny_hold": "不同意挂起",
    "resume": "恢复",
    "ask_extension": "申请延期",
    "grant_extension": "同意延期",
    "deny_extension": "不同意延期",
    "finish": "办结上报",
    "support_done": "协办完成",
    "waive_support": "免除协办",
    "verify": "核查通过",
    "rework": "核查不通过",
    "rate": "评价",
    "redo": "不满意重办",
    "default_rating": "逾期未评价",
    "close": "结案",
    "reopen": "重开",
    "merge": "合并",
    "split": "拆分",
    "ask_void": "申请作废",
    "void": "作废",
    "archive": "归档",
    "urge": "催办",
    "supervise": "督办",
    "explain_card": "说明",
    "uphold_card": "维持",
    "cancel_card": "撤销",
    "appeal_card": "申诉",
    "support_joined": "又有人反映",
    "passed_on": "区划移交",
    "identify": "核验身份",
    "answer": "答复",
    "refuse": "不予办理",
    "recategorise": "改类别",
}
OUTCOMES = {
    "resolved": "已解决",
    "partly": "部分解决",
    "not_ours": "不属本区职责",
    "not_feasible": "暂不具备条件",
    "withdrawn": "反映人撤回",
    "duplicate": "重复反映",
    "self_solved": "自行处置",
}
SOURCES = {
    "officer": "网格员上报",
    "resident": "群众随手拍",
    "desk": "坐席登记",
    "api": "系统推送",
    "hotline": "热线",
    "device": "设备告警",
    "department": "部门推送",
}
URGENCIES = {"normal": "普通", "urgent": "加急", "emergency": "突发"}
GRADES = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
CLOCKS = {"check": "核实", "accept": "受理", "sign": "签收", "handle": "处置", "verify": "核查", "rate": "评价"}
CARDS = {"yellow": "黄牌", "red": "红牌"}
HOLD_REASONS = {
    "third_party": "等待第三方",
    "weather": "等待天气条件",
    "material": "等待材料",
    "procedure": "等待法定程序",
    "funding": "等待资金",
}
DECLINE_REASONS = {
    "not_duty": "不属于本区职责",
    "litigation": "已进入诉讼、仲裁或复议",
    "petition": "应通过信访渠道反映",
    "repeat": "重复反映且无新情况",
    "outside": "不在本区范围",
    "unclear": "内容不清且无法联系核实",
    "untrue": "经核实不属实",
}
# Words that the table of moves uses for inputs and relations, beside the states and commands themselves.
WORDS = {
    "reason": "原因",
    "text": "说明",
    "department": "承办单位",
    "proposed": "建议承办单位",
    "original": "主件编号",
    "until": "预计恢复日期",
    "amount": "延长天数",
    "files": "照片或文件",
    "grade": "评价等级",
    "category": "类别",
    "in_charge": "当前主管单位或其上级",
    "lead": "主办单位",
    "support": "协办单位",
    "reporter": "反映人",
    "handler": "处置",
    "asker": "提出申请",
    "sender": "派出单位",
    "local": "事发地网格单位",
    "answering": "处置告警的人员",
}
LABELS: Mapping[str, str] = {**{str(k): v for k, v in STATES.items()}, **WORDS, **COMMANDS}

YELLOW_AT = 0.9
MAX_EXTENSIONS = 2
MAX_EXTENSION_DAYS = 10
MAX_HOLD_DAYS = 30
MAX_RETURNS = 2
RETURN_DAYS = 2
MAX_TEXT = 2000
REOPEN_DAYS = 30
RATING_DAYS = 5
ARCHIVE_DAYS = 90
REWORKS_TO_ESCALATE = 3
# Who took one of these steps handled the case, and may not be the one who checks the result.
HANDLING = ("sign", "finish", "support_done")
# What a handling may end in; the other outcomes come from a merge or from solving on the spot.
RESULTS = ("resolved", "partly", "not_ours", "not_feasible", "withdrawn")


@dataclass(frozen=True, slots=True)
class Matter:
    """What a limit or an office depends on: the category, the place, the urgency, and when it was received."""

    category: str
    place_code: int
    urgency: str
    received_at: datetime


@dataclass(frozen=True)
class Process:
    """One kind of case: its number's prefix, its table of moves and where its limits come from.

    `limit(matter, clock)` gives the limit of a clock ("accept", "handle", …) under the rules in force when the matter
    was received. `verify_by(matter)` says who checks the result: "officer" or "office". `knows_category(matter)` is False
    for a code that the rules in force then do not have.
    """

    kind: str
    name: str
    prefix: str
    moves: Table
    limit: Callable[[Matter, str], Limit]
    verify_by: Callable[[Matter], str]
    category_name: Callable[[Matter], str]
    knows_category: Callable[[Matter], bool] = field(default=lambda matter: True)
    rated_sources: Collection[str] = field(default=("resident", "hotline"))


def part_of(amount: int | float | Fraction, share: float) -> int:
    """A share of a limit's amount in whole units: a part of an hour or a day counts as a whole one."""
    return max(1, ceil(float(amount) * share))
