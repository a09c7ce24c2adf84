"""The words of alarms. Pure Python."""

KINDS = {
    "access": "智能门禁",
    "falling": "高空抛物",
    "sos": "一键报警",
    "ebike": "电动车入电梯",
    "offline": "设备离线",
}
STATES = {"open": "待签收", "signed": "已签收", "arrived": "已到场", "done": "已处置"}
OPEN = ("open", "signed", "arrived")
COMMANDS = {
    "sign": "签收告警",
    "arrive": "确认到场",
    "finish": "处置反馈",
    "note": "补充说明",
    "escalate": "逐级上报",
    "recover": "自动恢复",
    "again": "再次告警",
}
RESULTS = {
    "handled": "属实，已处置",
    "passed": "属实，须部门办理",
    "false": "误报",
    "recovered": "自动恢复",
    "test": "测试",
}
# What a person may answer; the other two the system finds out by itself.
ANSWERS = ("handled", "passed", "false")
LEVELS = ("网格员、物业", "社区", "街道", "区中心")
CALLS = {
    "queued": "排队",
    "waiting": "待联系",
    "reached": "已接通",
    "missed": "未接通",
    "not_needed": "不再需要",
}
FAULTS = {
    "unreadable": "内容无法识别",
    "unknown": "设备未登记",
    "retired": "设备已拆除",
    "suspended": "设备已停用",
    "kind": "类别与登记不符",
    "code": "告警代码不在目录中",
}
VIEW, ANSWER = "devices.view", "devices.answer"
# Between two looks of the system at the same alarm whose event could not be opened.
RETRY_MINUTES = 10


def whom(relation: str, name: str) -> str:
    """ "女儿 张*": enough to ask for somebody, and no more."""
    return f"{relation or '亲属'} {name[:1]}*"
