"""The words of the registry: kinds of role, of care group, of identity document; which rights open which rows."""

# Dated roles of a person; each is a table of its own. Label, table of GB/T 31000-2015.
ROLES: dict[str, tuple[str, str]] = {
    "hukou": ("户籍人口", "T12"),
    "migrant": ("流动人口", "T13"),
    "left_behind": ("留守人员", "T14"),
    "foreigner": ("境外人员", "T15"),
}
# Special groups: tables of their own, every field sealed, seen only with the right `sees.<code>`.
SPECIAL: dict[str, tuple[str, str]] = {
    "released": ("刑满释放人员", "T17"),
    "correction": ("社区矫正人员", "T18"),
    "psychiatric": ("严重精神障碍患者", "T19"),
    "drug": ("吸毒人员", "T20"),
    "hiv": ("艾滋病危险人员", "T21"),
    "youth": ("重点青少年", "T22"),
}
# Groups that are looked after; rows of one table, seen with the person by whoever holds `registry.care`.
CARE: dict[str, str] = {
    "elderly_alone": "独居老人",
    "elderly_empty_nest": "空巢老人",
    "disabled": "残疾人",
    "dibao": "低保对象",
    "tekun": "特困人员",
    "low_income": "低收入家庭成员",
    "orphan": "孤儿",
    "left_behind_child": "农村留守儿童",
    "pregnant": "孕产妇",
    "bereaved": "失独家庭成员",
    "veteran": "退役军人和优抚对象",
}
STATES: dict[str, str] = {
    "active": "在册",
    "departed": "已迁离",
    "deceased": "已故",
    "merged": "已并入",
    "erased": "已销档",
}
# GA/T 517 codes of identity documents. `ric` marks the 18-digit ones with the check digit of GB 11643.
DOCUMENTS: dict[str, str] = {
    "111": "居民身份证",
    "113": "户口簿",
    "154": "居住证",
    "411": "外交护照",
    "412": "公务护照",
    "414": "普通护照",
    "511": "台湾居民来往大陆通行证",
    "516": "港澳居民来往内地通行证",
    "553": "外国人永久居留身份证",
    "554": "外国人居留证",
    "818": "港澳台居民居住证",
    "999": "其他证件",
}
RIC_DOCUMENTS = frozenset({"111", "113", "818"})
RESIDENCE: dict[str, str] = {"own": "自住", "rent": "租住", "board": "寄住", "dorm": "集体宿舍", "work": "工作场所"}
MOVE_DIRECTIONS: dict[str, str] = {"out": "移交", "in": "申请调入"}
MOVE_STATES: dict[str, str] = {"asked": "待答复", "accepted": "已接收", "declined": "不接收", "withdrawn": "已撤回"}
MOVE_COMMANDS: dict[str, str] = {"accept": "接收", "decline": "不接收", "withdraw": "撤回"}
# GB/T 4761 gives family relations by code; these stand beside it for people who are called in need.
RELATIONS: dict[str, str] = {
    "guardian": "监护人",
    "carer": "照料人",
    "neighbour": "邻居",
    "friend": "亲友",
    "other": "其他",
}
# The person's own columns, in the order of the standard's 19 starred fields; `sealed` ones lie in the encrypted part.
CORE: tuple[str, ...] = (
    "id_number", "name", "former_name", "sex", "birth_on", "ethnic", "native_place", "marriage", "politics", "education",
    "religion", "occupation_class", "occupation", "employer", "phone", "hukou_area", "hukou_address", "home_area",
    "home_address",
)  # fmt: skip
SEALED_CORE = frozenset({"id_number", "phone", "religion"})
