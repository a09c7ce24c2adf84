"""Forms of what the books rest on: units, projects, added codes, standards."""

from typing import Any

from wangge.finance import terms
from wangge.finance.budget import rules
from wangge.finance.forms import fields
from wangge.kernel.forms import PlainForm, text

YEAR: Any = {"least": 2007, "most": 2099}


class UnitForm(PlainForm):
    code = text("预算单位代码", longest=30, help_text="如 204001。")
    name = text("预算单位名称", longest=80)
    department = fields.choice("部门", empty="请选择")
    nature = fields.choice("单位性质", rules.NATURES.items())

    def __init__(self, departments: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["department"]
        chosen.choices = [("", "请选择"), *departments]


class ProjectForm(PlainForm):
    name = text("项目名称", longest=80)
    purpose = fields.reason("用途", required=False, longest=1000)
    last_year = fields.whole("结束年度", required=False, help_text="不填则一直使用。", **YEAR)
    event_limit = fields.Yuan(
        "单个事件限额（元）", required=False, help_text="填了就是事件经费：每笔支付须关联已办结的网格事件。"
    )


class NewProjectForm(ProjectForm):
    field_order = ("code", "name", "purpose", "first_year", "last_year", "event_limit")
    code = text("项目代码", longest=30)
    first_year = fields.whole("开始年度", **YEAR)


class CodeForm(PlainForm):
    kind = fields.choice("科目类别", terms.KIND_NAMES.items())
    code = text("代码", longest=7, help_text="功能分类 3、5 或 7 位，经济分类 3 或 5 位；上级科目须已存在。")
    name = text("名称", longest=60)
    first_year = fields.whole("启用年度", **YEAR)
    last_year = fields.whole("停用年度", required=False, help_text="不填则一直使用。", **YEAR)


class StandardForm(PlainForm):
    year = fields.whole("年度", **YEAR)
    nature = fields.choice("单位性质", rules.NATURES.items())
    economic = text("经济分类", longest=60, help_text="填代码或名称。", list="economics", autocomplete="off")
    measure = fields.choice("计算方法", rules.MEASURES.items())
    amount = fields.Number("标准", digits=4, help_text="每人（每编制）每年的元数，或百分比。")
    base = text("计算基数", required=False, help_text="按比例的填作为基数的科目代码，用空格隔开，如 30101 30102。")
    document = text("文件依据", longest=120)

    def clean_base(self) -> list[str]:
        return str(self.cleaned_data["base"]).replace("，", " ").replace(",", " ").replace("、", " ").split()
