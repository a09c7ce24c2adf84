"""Words of what keeps the register true: fields in Chinese, results, frequencies, the kinds of list."""

LISTS: dict[str, str] = {"duty": "依法履职事项", "assist": "协助办理事项", "never": "不得要求事项"}
FREQUENCIES: dict[str, str] = {
    "need": "按需",
    "once": "一次",
    "year": "每年一次",
    "half": "每半年一次",
    "quarter": "每季度一次",
    "month": "每月一次",
}
# Months that must lie between two campaigns on the same item; "once" never again, "need" at any time.
MONTHS: dict[str, int] = {"year": 12, "half": 6, "quarter": 3, "month": 1}
QUESTIONS: dict[str, str] = {"text": "文字", "yes_no": "是或否", "choice": "选项"}
FIELDS: dict[str, str] = {
    "id_number": "公民身份号码",
    "name": "姓名",
    "former_name": "曾用名",
    "sex": "性别",
    "birth_on": "出生日期",
    "ethnic": "民族",
    "native_place": "籍贯",
    "marriage": "婚姻状况",
    "politics": "政治面貌",
    "education": "学历",
    "religion": "宗教信仰",
    "occupation_class": "职业类别",
    "occupation": "职业",
    "employer": "服务处所",
    "phone": "联系方式",
    "hukou_area": "户籍地",
    "hukou_address": "户籍门详址",
    "home_area": "现住地",
    "home_address": "现住门详址",
}
# Beside the 19 fields: is the person still where the register says?
STATE_FIELD = "state"
CHECKED_FIELDS: dict[str, str] = {STATE_FIELD: "在册状态", **FIELDS}
# One kind per person in a sample: the first of these roles that holds on the day, else "other".
STRATA: dict[str, str] = {
    "foreigner": "境外人员",
    "left_behind": "留守人员",
    "migrant": "流动人口",
    "hukou": "户籍人口",
    "other": "其他在册人员",
}
# A dwelling is drawn under what it is (`rules.rentals.STATES`), an organisation under its kind.
DWELLING_STRATA: dict[str, str] = {"rented": "出租房屋", "own": "自住房屋", "work": "办公经营房屋", "empty": "空置房屋"}
ORGANISATION_STRATA: dict[str, str] = {
    "enterprise": "非公有制经济组织",
    "social": "社会组织",
    "school": "学校",
    "courier": "寄递物流企业",
    "public": "机关事业单位",
    "venue": "场所",
}
# What a spot check is of: its name, its kinds, what is checked of it, and what its state may be corrected to.
SAMPLED: dict[str, str] = {"person": "人员", "dwelling": "房屋", "organisation": "组织"}
SAMPLE_KINDS: dict[str, dict[str, str]] = {
    "person": STRATA,
    "dwelling": DWELLING_STRATA,
    "organisation": ORGANISATION_STRATA,
}
SAMPLE_FIELDS: dict[str, dict[str, str]] = {
    "person": CHECKED_FIELDS,
    "dwelling": {
        STATE_FIELD: "房屋存续",
        "let": "出租情况",
        "residents": "现住人员",
        "use": "建筑用途",
        "floor": "楼层",
        "area_m2": "建筑面积（平方米）",
    },
    "organisation": {
        STATE_FIELD: "在营状态",
        "name": "名称",
        "uscc": "统一社会信用代码",
        "address": "地址",
        "phone": "联系电话",
    },
}
SAMPLE_STATES: dict[str, dict[str, str]] = {
    "person": {"departed": "已迁离", "deceased": "已故"},
    "dwelling": {},
    "organisation": {"closed": "已注销或搬离"},
}
# Judged at the spot check, put right elsewhere: a building pulled down by who keeps the addresses, residents in their own records.
JUDGED_ONLY: dict[str, str] = {STATE_FIELD: "地址管理人员停用地址", "residents": "网格员入户更新现住人员"}
LET: dict[str, str] = {"1": "出租", "0": "未出租"}
SUBJECTS: dict[str, str] = {"person": "人员", "household": "户", "dwelling": "房屋", "organisation": "组织"}
