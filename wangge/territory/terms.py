"""The words of territory that other rooms show. Pure Python."""

TRANSFER_KINDS = {"merge": "合并", "split": "拆分", "pass": "移交其他管理机构"}
TRANSFER_STATES = {"draft": "编制中", "offered": "待签署", "signed": "已签署", "done": "已执行", "cancelled": "已取消"}
TRANSFER_LISTS = {"duty": "职责清单", "task": "任务清单", "problem": "问题清单", "guarantee": "保障清单"}
TRANSFER_SIDES = {"from": "移出方", "to": "接收方"}
