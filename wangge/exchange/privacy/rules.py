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
# How an identity was verified. The telephone given with a request proves nothing: who asks in another's name gave it. So
# what hands anything out or destroys it needs the paper itself (GB/T 35273-2020 8.7 a, 个人信息保护法 第五十条).
METHODS = {
    "papers": "当面核对证件原件",
    "visit": "上门核对证件原件",
    "call": "拨打档案登记的电话核对",
}
BY_PAPERS = ("see", "delete")


def may_verify(kind: str, who: str, method: str, shown: str, state: str) -> tuple[str, str]:
    """(field, sentence) why the identity cannot count as verified so; ("", "") when it can.

    `shown` is what was noted of papers seen; `state` that of the record, "" when there is none.
    """
    if kind in BY_PAPERS and method == "call":
        return "method", f"要求{KINDS[kind]}的，须核对证件原件，不能只凭电话。请约请求人到场，或上门核对。"
    if who != "self" and len(shown.strip()) < 4:
        papers = {
            "guardian": "监护关系证明",
            "relative": "死亡证明和亲属关系证明",
            "agent": "委托书和双方身份证件",
        }[who]
        return "how", f"{WHO[who]}提出的，请写明核对了什么，例如{papers}。"
    if who == "relative" and state not in ("deceased", ""):
        return "person_id", "近亲属只能就已故者的信息提出请求，这份档案没有登记死亡（个人信息保护法第四十九条）。"
    return "", ""


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
