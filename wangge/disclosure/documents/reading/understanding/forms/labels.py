"""The words of performance forms: labels, levels of indicators, the columns of their blocks."""

import re
from collections.abc import Sequence

from wangge.disclosure.documents.reading.understanding.texts import bare, compact

LEVEL2: tuple[tuple[str, str, str], ...] = (
    (r"^(?:产出)?数量(?:指标?)?$", "数量指标", "产出指标"),
    (r"^(?:产出)?质量(?:指标?)?$", "质量指标", "产出指标"),
    (r"^(?:产出)?时效(?:指标?)?$", "时效指标", "产出指标"),
    (r"^(?:产出)?成本(?:指标?)?$", "成本指标", "产出指标"),
    (r"^经济成本(?:指标?)?$", "经济成本指标", "成本指标"),
    (r"^社会成本(?:指标?)?$", "社会成本指标", "成本指标"),
    (r"^生态环境成本(?:指标?)?$", "生态环境成本指标", "成本指标"),
    (r"^经济效益(?:指标?)?$", "经济效益指标", "效益指标"),
    (r"^社会效益(?:指标?)?$", "社会效益指标", "效益指标"),
    (r"^生态效益(?:指标?)?$", "生态效益指标", "效益指标"),
    (r"^可持续(?:影响|发展)?(?:指标?)?$", "可持续影响指标", "效益指标"),
    (r"^(?:社会公众及|社会公众或)?服务对象满意度?(?:指标?)?$|^满意度(?:指标?)?$|^社会公众满意度(?:指标?)?$", "服务对象满意度指标", "满意度指标"),
)  # fmt: skip
LEVEL1 = re.compile(r"^(产出|效益|满意度|成本|履职效能|管理效率|社会效应|预算执行率?)指标?(?:（(\d+(?:\.\d+)?)分?）)?$")
HEADER: tuple[tuple[str, str], ...] = (
    ("一级指标", r"^一级指标"),
    ("二级指标", r"^二级指标"),
    ("三级指标", r"^三级指标|^指标内容$|^指标名称$"),
    ("指标值", r"^(?:年度|全年)?(?:计划)?指标值(?:（.*）)?$|^目标值$|^年度目标值$"),
    ("实际完成值", r"^(?:全年)?实际完成(?:值|情况)?"),
    ("分值", r"^分值|^权重|^指标分值"),
    ("得分", r"^得分|^自评得分"),
    ("偏差原因", r"^偏差|^未完成原因"),
    ("指标值内容", r"^指标值内容|^指标解释|^指标说明"),
    ("评分标准", r"^评（?扣?）?分标准|^评分标准"),
    ("计量单位", r"^度量单位|^计量单位"),
    ("指标值类型", r"^指标值类型|^指标方向|^运算符号"),
    ("备注", r"^备注"),
)
FUNDS: tuple[tuple[str, str], ...] = (
    ("年初预算数", r"年初预算"),
    ("全年预算数", r"全年预算|预算调整"),
    ("全年执行数", r"全年执行|实际执行|决算数"),
    ("分值", r"^分值"),
    ("执行率", r"^执行率"),
    ("得分", r"^得分"),
)
_FUND_ROWS: tuple[tuple[str, str], ...] = (
    (r"^(?:年度)?(?:资金)?(?:总额|合计)$|^年度资金总额$|^合计$", "合计"),
    (r"(?:当年)?(?:一般公共预算)?财政拨款$|^当年财政", "当年财政拨款"),
    (r"上年结转", "上年结转资金"),
    (r"^其他资金", "其他资金"),
)
_FIELDS: tuple[tuple[str, str], ...] = (
    (r"^(?:预算)?(?:部门|单位)(?:（单位）)?名称$|^填报单位$|^预算(?:部门|单位)$|^部门（单位）名称$", "部门名称"),
    (r"^主管部门(?:及代码)?$|^项目主管部门$", "主管部门"),
    (r"^实施单位$|^项目单位$", "实施单位"),
    (r"^(?:专项|项目)名称$", "项目名称"),
    (r"^所属专项(?:名称)?$", "所属专项"),
    (r"^支出方向(?:名称)?(?:（子项目?）)?$", "支出方向"),
    (r"^项目总投资(?:（万元）)?$", "项目总投资"),
    (r"^资金总额$|^项目金额$|^支出方向年度金额$|^年度资金总额$|^项目资金总额$|^预算资金$", "资金总额"),
    (r"^基本支出$", "基本支出"),
    (r"^项目支出$", "项目支出"),
    (r"^(?:当年)?财政拨款$", "财政拨款"),
    (r"^一般公共预算(?:财政)?拨款$", "一般公共预算拨款"),
    (r"^政府性基金(?:预算)?(?:财政)?拨款$", "政府性基金拨款"),
    (r"^其他资金$|^其他$", "其他资金"),
    (r"^上年结转(?:资金)?$", "上年结转资金"),
    (r"^项目总?实施期$|^专项实施期$|^实施期$|^项目期限$|^实施周期$", "实施期"),
    (r"^实施期(?:绩效|总体)?目标$", "实施期绩效目标"),
    (r"^整体绩效目标$|^年度总体目标$|^总体目标$|^年度总目标$|^部门整体绩效目标$", "年度总体目标"),
    (r"^年度绩效目标$|^年度目标$|^绩效目标$", "年度绩效目标"),
    (r"^部门职责概述$|^部门职能概述$|^主要职能$|^职能职责$|^职责概述$", "部门职责概述"),
    (r"^项目类型$|^项目类别$|^项目属性$", "项目类别"),
    (r"^项目负责人(?:及电话)?$|^联系人$", "项目负责人"),
)


def level2_of(text: str) -> tuple[str, str] | None:
    """The canonical second level and its first level for a compact text that names one."""
    for pattern, name, first in LEVEL2:
        if re.match(pattern, text):
            return name, first
    return None


def field_of(text: str) -> str:
    """The canonical name of a form's label; "" when it is none."""
    plain = bare(re.sub(r"^其中：?", "", compact(text).rstrip("：")))
    for pattern, name in _FIELDS:
        if re.match(pattern, plain):
            return name
    return ""


def columns_of(plain: Sequence[str], patterns: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Which column each of the named patterns heads: the first that matches; what no cell names is left out."""
    found: dict[str, int] = {}
    for i, text in enumerate(plain):
        for name, pattern in patterns:
            if text and name not in found and re.search(pattern, text):
                found[name] = i
                break
    return found


def fund_row_of(text: str) -> str:
    """The canonical name of a row of money; "" when the label names none."""
    plain = bare(re.sub(r"^其中：?", "", text))
    for pattern, key in _FUND_ROWS:
        if re.search(pattern, plain):
            return key
    return ""


def second_of(plain: list[str], column: int) -> int | None:
    """Where the row names its second level: in its column, else the first that does. `成本指标` and `满意度指标` are names
    of first levels, too: before another second level they are that."""
    found = [i for i, text in enumerate(plain) if level2_of(text)]
    if column in found:
        return column
    if len(found) > 1 and found[1] == found[0] + 1 and LEVEL1.match(plain[found[0]]):
        return found[1]
    return found[0] if found else None


def is_weight(text: str) -> bool:
    """A weight or a score: a bare number, perhaps of points."""
    return bool(re.fullmatch(r"\d+(?:\.\d+)?分?", text))
