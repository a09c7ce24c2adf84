"""Progress in plain words. Pure Python. What residents wrote and who on the staff acted is never among them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

STATES = {
    "reported": "已收到，等待受理",
    "checking": "正在现场核实",
    "declined": "不予受理",
    "accepted": "已受理，等待分派",
    "dispatched": "已分派，等待承办单位签收",
    "handling": "正在办理",
    "held": "暂停办理",
    "handled": "已办理，等待核查",
    "verified": "已办好，请您评价",
    "closed": "已结案",
    "merged": "已与另一件合并办理",
    "void": "已作废",
    "archived": "已结案并归档",
}
CLOCKS = {
    "accept": "应受理",
    "check": "应核实完毕",
    "sign": "应由承办单位签收",
    "handle": "应办理完毕",
    "verify": "应核查完毕",
}
DECLINED = {
    "not_duty": "不属于本区职责",
    "litigation": "已进入诉讼、仲裁或复议",
    "petition": "应通过信访渠道反映",
    "repeat": "与以前的反映重复，且没有新情况",
    "outside": "不在本区范围",
    "unclear": "内容不清，又无法联系到您",
    "untrue": "现场核实与反映不符",
}
# Staff words that are written for the reporter; every other text of a step stays inside.
TOLD = frozenset({"decline", "refute", "finish"})


@dataclass(frozen=True, slots=True)
class Step:
    """A step as this module needs it."""

    at: datetime
    command: str
    to_state: str
    reason: str
    text: str
    data: Mapping[str, Any]
    is_public: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline: when, what happened, and what the office says about it."""

    at: datetime
    words: str
    text: str = ""


REQUEST_STATES = {
    "reported": "已收到，等待核验身份",
    "handling": "身份已核验，正在办理",
    "closed": "已答复",
    "archived": "已答复并归档",
}


def request_now(state: str) -> str:
    """What the asker of a request about their own data has to know or do now."""
    return {
        "reported": "请带身份证件原件到区网格中心核验身份；行动不便的，工作人员可以约定上门。核验以前不能告诉任何人是否登记、登记了什么。",
        "handling": "由区网格中心的个人信息保护负责人办理。",
    }.get(state, "")


def request_remedy(state: str) -> str:
    """What may still be done about an answer."""
    if state not in ("closed", "archived"):
        return ""
    return (
        "对答复不服的，可以重新提出，可以向履行个人信息保护职责的部门投诉，"
        "被拒绝的可以依法向人民法院起诉（个人信息保护法第五十条、第六十五条）。"
    )


def request_timeline(steps: Iterable[Step]) -> list[Line]:
    """The lines of a request about one's own data. Nothing that an office writes is shown before the identity was verified:
    from its words a stranger could tell whether somebody is on record."""
    lines, verified = [], False
    for s in steps:
        verified = verified or s.command == "identify"
        said = {
            "report": "收到请求，已登记。",
            "identify": "身份已核验。",
            "answer": "已答复。",
            "refuse": "不予办理，理由如下。" if verified else "未能核验请求人的身份，不予办理。",
        }.get(s.command)
        if said:
            lines.append(Line(s.at, said, s.text if verified and s.command in ("answer", "refuse") else ""))
    return lines


def now_at(state: str, office: str) -> str:
    """Who has it now, as a sentence."""
    who = office or "网格中心"
    return {
        "reported": f"现在由{who}受理。",
        "checking": f"网格员正在现场核实，核实后由{who}处理。",
        "accepted": f"现在由{who}确定承办单位。",
        "dispatched": f"现在由{who}承办，等待签收。",
        "handling": f"现在由{who}办理。",
        "held": f"由{who}办理，目前暂停，原因见下。",
        "handled": f"承办单位已办理，现在由{who}安排核查。",
        "verified": "已核查通过，等待您评价。",
    }.get(state, "")


def timeline(steps: Iterable[Step]) -> list[Line]:
    """The lines for the reporter, oldest first."""
    return [Line(s.at, said, _text(s)) for s in steps if (said := _words(s))]


def _text(step: Step) -> str:
    return step.text if step.command in TOLD or (step.command == "note" and step.is_public) else ""


def _words(step: Step) -> str:
    data = step.data
    match step.command:
        case "report":
            return "收到反映，已登记。"
        case "self_solve":
            return "网格员已当场处理。"
        case "check":
            return "已安排网格员到现场核实。"
        case "confirm":
            return "现场核实属实，已受理。"
        case "accept":
            return "已受理。"
        case "decline" | "refute":
            return f"不予受理：{DECLINED.get(step.reason, '原因见说明')}。"
        case "dispatch" | "designate":
            helpers = "、".join(data.get("supports") or [])
            return f"已交{data.get('department', '承办单位')}办理{f'，{helpers}协助' if helpers else ''}。"
        case "sign":
            return "承办单位已签收，开始办理。"
        case "send_back":
            return "原承办单位认为不属其职责，正在重新确定承办单位。"
        case "hold":
            return f"暂停办理：{data.get('hold_reason', '')}，预计 {data.get('until', '')} 恢复。"
        case "resume":
            return "已恢复办理。"
        case "grant_extension":
            return f"办理期限经批准延长 {data.get('amount', '')} 个工作日。"
        case "finish":
            return f"承办单位办理完毕：{data.get('outcome', '')}。"
        case "verify":
            return "核查通过。"
        case "rework":
            return "核查没有通过，已退回承办单位继续办理。"
        case "rate":
            return f"反映人评价：{data['grade']}。" if data.get("grade") else "反映人已评价。"
        case "redo":
            return "反映人认为没有解决，已重新办理。"
        case "reopen":
            return "发现新情况，已重新办理。"
        case "default_rating":
            return "评价期已过，按未评价结案。"
        case "merge":
            return "与另一件反映同一问题的合并办理。"
        case "split":
            return "已从合并中分出，单独办理。"
        case "void":
            return "已作废。"
        case "archive":
            return "已归档。"
        case "note" if step.is_public:
            return "承办单位说明进展。"
    return ""
