"""Canonical names that reading, auditing and rendering share. The kinds of tables, and the keys of their columns.

Kinds T1-T17 are the budget set (the seventeen tables of the 2020 form of Hunan; other provinces print the same tables
under other numbers), F01-F09 the accounts set (公开01-09), the rest the performance forms.
"""

TABLE_KINDS = {
    "T1": "部门收支总表",
    "T2": "部门收入总表",
    "T3": "部门支出总表",
    "T4": "部门支出预算明细表",
    "T5": "基本支出预算明细表（工资福利支出）",
    "T6": "基本支出预算明细表（商品和服务支出）",
    "T7": "基本支出预算明细表（对个人和家庭的补助）",
    "T8": "项目支出预算明细表",
    "T9": "一般公共预算“三公”经费支出表",
    "T10": "财政拨款收支总表",
    "T11": "一般公共预算支出情况表",
    "T12": "一般公共预算基本支出表（工资福利支出）",
    "T13": "一般公共预算基本支出表（商品和服务支出）",
    "T14": "一般公共预算基本支出表（对个人和家庭的补助）",
    "T15": "政府性基金预算支出表",
    "T16": "纳入专户管理的非税收入拨款支出表",
    "T17": "一般公共预算基本支出情况表",
    "T18": "国有资本经营预算支出表",
    "T19": "政府采购预算表",
    "F01": "收入支出决算总表",
    "F02": "收入决算表",
    "F03": "支出决算表",
    "F04": "财政拨款收入支出决算总表",
    "F05": "一般公共预算财政拨款支出决算表",
    "F06": "一般公共预算财政拨款基本支出决算明细表",
    "F07": "一般公共预算财政拨款“三公”经费支出决算表",
    "F08": "政府性基金预算财政拨款收入支出决算表",
    "F09": "国有资本经营预算财政拨款支出决算表",
    "G1": "部门整体支出绩效目标表",
    "G2": "专项资金预算绩效目标汇总表",
    "G3": "专项资金支出方向绩效目标表",
    "E1": "部门整体支出绩效自评表",
    "E2": "项目支出绩效自评表",
    "U": "其他表格",
}

# Column keys. A table has at most one column of a key, except the pairs of F07 (预算数/决算数), which carry a prefix.
TOTAL = "合计"
BASIC, PROJECT = "基本支出", "项目支出"
BASIC_TOTAL, PROJECT_TOTAL = "基本支出合计", "项目支出合计"
STAFF, OPERATING_COST = "人员经费", "公用经费"
WAGES, GOODS, FAMILY = "工资福利支出", "商品和服务支出", "对个人和家庭的补助"
GENERAL = "一般公共预算"
FUND = "政府性基金预算"
STATE_CAPITAL = "国有资本经营预算"
FISCAL = "财政拨款"
NONTAX = "非税收入"
SPECIAL_ACCOUNT = "财政专户"
SUPERIOR, BUSINESS, OPERATING = "上级补助收入", "事业收入", "经营收入"
AFFILIATE, OTHER, CARRYOVER = "附属单位上缴收入", "其他收入", "上年结转"
UNIT_MONEY = "单位资金"
HAND_UP, OPERATING_SPENDING, SUBSIDY = "上缴上级支出", "经营支出", "对附属单位补助支出"
AMOUNT = "金额"  # the one column of figures of a table that has only one
LINE = "行次"

# Keys of rows that are no classification code.
ROW_TOTAL = "合计"
