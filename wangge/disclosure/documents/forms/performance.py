"""Words and proportions of the performance forms: targets of the form of Hunan of 2020 and of 2021, self-evaluations.

Source: 财预〔2015〕88号, 财预〔2021〕101号; printed forms of Shifeng (2020, 2022), Jinglong (2021) and Hetang (2020).
"""

# Second-level indicators of the direction table of 2020, in columns, by the first level printed above them.
DIRECTION_COLUMNS = (
    ("产出指标", ("数量指标", "质量指标", "时效指标", "成本指标")),
    ("效益指标", ("经济效益指标", "社会效益指标", "生态效益指标", "可持续影响指标")),
    ("满意度指标", ("服务对象满意度指标",)),
)
DIRECTION_WIDTHS = (2, 2.4, 2, 1.3, 1.5, 2.6, 2.6, *(1.5,) * 9)
SUMMARY_2020 = ("序号", "专项支出名称", "支出方向", "资金总额", "实施期绩效目标", "年度绩效目标")
SUMMARY_2021 = ("序号", "支出方向（子项）", "金额", "实施期绩效目标", "年度绩效目标")
INDICATORS_2021 = ("一级指标", "二级指标", "三级指标", "指标值", "备注")
# The second levels of 2021 have names of their own.
LEVEL2_2021 = {
    "数量指标": "产出数量",
    "质量指标": "产出质量",
    "时效指标": "产出时效",
    "成本指标": "产出成本",
    "经济效益指标": "经济效益",
    "社会效益指标": "社会效益",
    "生态效益指标": "生态效益",
    "可持续影响指标": "可持续影响",
    "服务对象满意度指标": "社会公众及服务对象满意度",
}
FUND_ROWS = (
    ("total", "合计"),
    ("fiscal", "其中：当年财政拨款"),
    ("carryover", "上年结转资金"),
    ("other", "其他资金"),
)
EVALUATION_WIDTHS = (1.6, 1.7, 2.1, 2.6, 2.7, 2.7, 1.4, 1.4, 2.6)
EVALUATION_NOTES = (
    "备注：1.“执行率”＝“全年执行数”/“全年预算数”；",
    "2.总分设置为100分，等级划分为：90分（含）—100分为优，80分（含）—90分为良，60分（含）—80分为中，60分以下为差。",
)
