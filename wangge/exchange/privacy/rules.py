"""The life cycle of a request about one's own data. Pure.

Sources: 个人信息保护法 第四十四至五十条 (see, copy, correct, complete, delete, explain; near relatives of a deceased person;
refusals with reasons); GB/T 35273-2020 8.7 (identity is verified first, thirty days to answer).
"""

from wangge.casework.terms import Process, State
from wangge.kernel.flow import Move, Table
from wangge.kernel.workdays import Limit

KIND, PREFIX, RIGHT = "privacy", "GX", "privacy.handle"
KINDS = {
    "see": "查阅、复制",
    "correct": "更正、补充",
    "delete": "删除",
    "explain": "说明处理规则",
}
WHO = {"self": "本人", "guardian": "监护人", "relative": "近亲属（本人已故）", "agent": "受托人"}
# Days: the identity is verified within three working days, the answer stands within thirty days of receipt.
LIMITS = {"accept": Limit(3, "work_day"), "handle": Limit(30, "natural_day")}
CHARGE = ("in_charge",)


def moves() -> Table:
    table: dict[tuple[str, str], Move] = {
        (State.REPORTED, "identify"): Move(State.HANDLING, RIGHT, CHARGE, needs=("text",)),
        (State.REPORTED, "refuse"): Move(State.CLOSED, RIGHT, CHARGE, needs=("text",)),
        (State.HANDLING, "answer"): Move(State.CLOSED, RIGHT, CHARGE, needs=("text",)),
        (State.HANDLING, "refuse"): Move(State.CLOSED, RIGHT, CHARGE, needs=("text",)),
        (State.CLOSED, "archive"): Move(State.ARCHIVED, RIGHT),
    }
    for state in (State.REPORTED, State.HANDLING):
        table[state, "note"] = Move(state, RIGHT, CHARGE, needs=("text",))
    return table


PROCESS = Process(
    kind=KIND,
    name="个人信息请求",
    prefix=PREFIX,
    moves=moves(),
    limit=lambda matter, clock: LIMITS[clock],
    verify_by=lambda matter: "office",
    category_name=lambda matter: KINDS.get(matter.category, matter.category),
    knows_category=lambda matter: matter.category in KINDS,
    rated_sources=(),
)
