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
    "unreached": "家属未联系上",
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
    # Nobody said in time whether they called: that is not the same as having called in vain.
    "lapsed": "逾时未登记",
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


# What a district may decide of a kind of alarm: (label, least, most), minutes but for the last three.
LIMITS = {
    "sign": ("签收时限（分钟）", 1, 10_080),
    "arrive": ("到场时限（分钟）", 1, 10_080),
    "finish": ("反馈时限（分钟）", 1, 43_200),
    "next": ("无人签收时逐级上报的间隔（分钟）", 1, 10_080),
    "join": ("合并窗口（分钟）", 0, 1_440),
    "call": ("每位家属的联系时限（分钟）", 1, 120),
    "silent": ("离线判定（分钟没有信号）", 2, 10_080),
    "top": ("最高上报到", 0, 3),
}


def limits_of(kind: str) -> list[str]:
    """Which of `LIMITS` mean something for a kind: a silent device sends nothing, and only the one-key alarm has a family."""
    left_out = {"silent", "join", "call"} if kind == "offline" else set() if kind == "sos" else {"call"}
    return [name for name in LIMITS if name not in left_out]


def whom(relation: str, name: str) -> str:
    """ "女儿 张*": enough to ask for somebody, and no more."""
    return f"{relation or '亲属'} {name[:1]}*"
