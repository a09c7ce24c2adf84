"""A goal form as a table file: out, corrected by hand, and in again."""

from wangge.finance.performance import terms
from wangge.finance.performance.goal_words import LEVEL2
from wangge.kernel.tables import Column, write_xlsx

LINE = ("number", "name", "direction", "amount", "goal_period", "goal_year")
COLUMNS = (
    Column("level1", "一级指标", help="由二级指标决定，导入时不读。"),
    Column("level2", "二级指标", required=True, help=f"填：{'、'.join(LEVEL2)}。"),
    Column("level3", "三级指标", aliases=("指标名称",), help="考核什么，例如“事件办结率”。"),
    Column(
        "target", "指标值", aliases=("年度指标值",), help="方向、数量和单位，例如“≥95%”“≤3天”；不涉及的写“不适用”。"
    ),
    Column("weight", "分值", kind="decimal", help="产出合计 50，效益合计 30，满意度合计 10；不适用的填 0。"),
    Column("note", "备注"),
)


def goal_sheet(form: terms.GoalForm) -> bytes:
    """The indicators of the form as XLSX, with notes how to fill it in."""
    rows = [(i.level1, i.level2, i.level3, i.target, i.weight, i.note) for i in form.indicators]
    return write_xlsx(COLUMNS, rows, "绩效指标", notes=True)
