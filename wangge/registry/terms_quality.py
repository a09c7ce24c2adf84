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
SUBJECTS: dict[str, str] = {"person": "人员", "household": "户", "dwelling": "房屋", "organisation": "组织"}
