"""The words of the exchange: kinds of source, states, what a field means, how sensitive it is."""

from wangge.exchange.privacy import rules

KINDS: dict[str, str] = {"file": "文件上传", "table": "数据库表", "http": "接口拉取", "push": "接口推送"}
REFRESH: dict[str, str] = {
    "once": "一次性",
    "daily": "每日",
    "weekly": "每周",
    "monthly": "每月",
    "quarterly": "每季度",
    "yearly": "每年",
}
REFRESH_DAYS: dict[str, int] = {"daily": 1, "weekly": 7, "monthly": 31, "quarterly": 92, "yearly": 366}
SOURCE_STATES: dict[str, str] = {"active": "启用", "paused": "停用", "closed": "已注销"}
SOURCE_NEEDS: dict[str, str] = {"failed": "上次归集未完成", "late": "超过更新周期未归集"}
INTAKE_STATES: dict[str, str] = {"running": "归集中", "done": "已完成", "failed": "未完成", "withdrawn": "已撤回"}
RECORD_STATES: dict[str, str] = {"current": "有效", "withdrawn": "已撤回", "expired": "已到期清除"}
RUN_STATES: dict[str, str] = {
    "queued": "排队中",
    "running": "比对中",
    "done": "已完成",
    "failed": "未完成",
    "undone": "已撤销",
}
LINK_STATES: dict[str, str] = {
    "linked": "已关联",
    "proposed": "待复核",
    "rejected": "不是同一人",
    "undone": "已撤销",
    "passed": "未采用",
}
LINK_HOW: dict[str, str] = {"document": "证件号码相同", "probability": "概率比对", "person": "人工复核"}
# What a field of a source says about the person it is about; "" is any other field.
MEANINGS: dict[str, str] = {
    "key": "来源方编号",
    "id_type": "证件类型",
    "id_number": "证件号码",
    "name": "姓名",
    "sex": "性别",
    "birth_on": "出生日期",
    "phone": "联系电话",
    "address": "住址",
    "": "其他",
}
FIELD_KINDS: dict[str, str] = {"text": "文字", "date": "日期", "number": "数字"}
# GB/T 35273-2020 附录 B and 《个人信息保护法》第二十八条: level 3 is personal, level 4 sensitive personal information.
LEVELS: dict[int, str] = {1: "可公开", 2: "内部", 3: "个人信息", 4: "敏感个人信息"}
# 《政务信息资源共享管理暂行办法》（国发〔2016〕51号）第九条.
SHARE_KINDS: dict[str, str] = {"open": "无条件共享", "asked": "有条件共享", "never": "不予共享"}
DATASET_STATES: dict[str, str] = {"draft": "未发布", "listed": "已发布", "withdrawn": "已撤下"}
REQUEST_STATES: dict[str, str] = {
    "asked": "待审批",
    "approved": "已同意",
    "declined": "不同意",
    "withdrawn": "已撤回",
    "revoked": "已终止",
}
GROUPS: dict[str, str] = {
    "": "无",
    "released": "刑满释放人员",
    "correction": "社区矫正人员",
    "psychiatric": "严重精神障碍患者",
    "drug": "吸毒人员",
    "hiv": "艾滋病危险人员",
    "youth": "重点青少年",
}
# GB/T 36344-2018 数据质量评价指标.
DIMENSIONS: dict[str, str] = {
    "complete": "完整性",
    "standard": "规范性",
    "accurate": "准确性",
    "consistent": "一致性",
    "unique": "唯一性",
    "timely": "时效性",
}
CHECKS: dict[str, tuple[str, str]] = {
    "required": ("必填", "complete"),
    "document": ("证件号码校验", "accurate"),
    "phone": ("电话格式", "standard"),
    "date": ("日期有效且不在将来", "accurate"),
    "number": ("应为数字", "standard"),
    "length": ("字数不超过", "standard"),
    "pattern": ("符合格式", "standard"),
    "code": ("在代码表内", "standard"),
    "range": ("数值范围", "accurate"),
    "agrees": ("与证件号码一致", "consistent"),
    "unique": ("不重复", "unique"),
    "fresh": ("更新及时", "timely"),
}
# Requests about one's own data: kinds, and who may ask (个人信息保护法 第四十四至五十条).
REQUESTS: dict[str, str] = rules.KINDS
ASKERS: dict[str, str] = rules.WHO
