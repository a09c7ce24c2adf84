"""Forms of contracts, income, registers, explanations and periods."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from wangge.finance import terms
from wangge.finance.accounts import rules
from wangge.finance.forms import fields
from wangge.finance.terms import Source
from wangge.kernel.forms import PlainForm, day, text

HUNDRED = Decimal(100)
SOURCES = [(str(s), n) for s, n in terms.SOURCE_NAMES.items() if s != Source.CARRYOVER]


def bands(typed: str) -> list[tuple[Decimal, Decimal]]:
    """`90:0 80:5 0:20` → lowest score and percent taken off, best first; `ValidationError` names the part at fault."""
    made = []
    for part in typed.replace("：", ":").replace("；", " ").replace("，", " ").replace(",", " ").split():
        lowest, _, share = part.partition(":")
        try:
            made.append((Decimal(lowest), Decimal(share.rstrip("%"))))
        except ArithmeticError:
            raise ValidationError(
                f"“{part}”看不懂。请按“90:0 80:5 0:20”的样式填写，得分在前、扣款百分比在后。"
            ) from None
    return made


class ContractForm(fields.WithPapers):
    """What is signed. Areas may come as lines of text or as a table."""

    line = fields.choice("预算指标", empty="请选择", help_text="签订时占用合同全额。")
    number = text("合同编号", longest=40)
    name = text("合同名称", longest=80)
    amount = fields.Yuan("合同金额（元）")
    supplier = text("供应商", longest=80)
    supplier_size = fields.choice("供应商规模", rules.SIZES.items())
    procurement = fields.choice("政府采购类别", rules.PROCUREMENTS.items(), required=False, empty="不是政府采购")
    starts_on = day("开始日期")
    ends_on = day("结束日期", help_text="须在本年度内；按月分期付款。")
    on = day("签订日期", help_text="占用资金的日期。")
    bands = text(
        "得分扣款档次",
        required=False,
        longest=120,
        help_text="如 90:0 80:5 0:20，即 90 分起不扣、80 分起扣 5%、其余扣 20%。",
    )
    per_defect = fields.Number("每处问题扣款（元）", required=False)
    areas = fields.reason("作业区域", required=False, longest=20000)
    uploads = fields.papers("合同文本")

    def __init__(self, lines: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["line"]
        chosen.choices = [("", "请选择"), *lines]
        self.fields["areas"].help_text = "每行一条：名称、面积（平方米），中间用空格隔开；可以从表格中复制两列粘贴。"

    def clean_bands(self) -> list[tuple[Decimal, Decimal]]:
        return bands(self.cleaned_data["bands"])

    def clean_per_defect(self) -> Decimal:
        return self.cleaned_data["per_defect"] or Decimal(0)

    def clean_areas(self) -> list[tuple[str, Decimal]]:
        """(name, square metres) of every line; the fault of a line names it."""
        made = []
        for n, row in enumerate(self.cleaned_data["areas"].splitlines(), 1):
            words = row.split()
            if not words:
                continue
            try:
                made.append((" ".join(words[:-1]), Decimal(fields.plain(words[-1]))))
            except ArithmeticError:
                raise ValidationError(f"第 {n} 行“{row[:40]}”的面积“{words[-1]}”不是数字。") from None
            if len(words) < 2:
                raise ValidationError(f"第 {n} 行“{row[:40]}”缺少名称或面积。")
        return made


class InspectForm(fields.WithPapers):
    of_thing = True
    on = day("检查日期")
    score = fields.Number("得分", most=HUNDRED, required=False, help_text="填得分或问题数，二者择一。")
    defects = fields.whole("问题数", required=False, most=10000)
    area = fields.choice("作业区域", required=False, empty="全部区域")
    case_number = text("网格事件编号", required=False, longest=30)
    text = fields.reason("检查情况", longest=500)
    uploads = fields.papers("照片")

    def __init__(self, *args: Any, thing: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["area"]
        chosen.choices = [("", "全部区域"), *((a.name, a.name) for a in thing.areas.all())]


class EndForm(PlainForm):
    on = day("结束日期")
    reason = fields.reason("结束原因")


class SettleForm(PlainForm):
    seq = fields.whole("期次", least=1, most=999)
    on = day("核定日期")


class PayMonthForm(fields.WithPapers):
    seq = fields.whole("期次", least=1, most=999)
    on = day("支付日期")
    uploads = fields.papers("附件")
    key = fields.key()


class IncomeForm(PlainForm):
    source = fields.choice("收入来源", SOURCES)
    amount = fields.Yuan("金额（元）", signed=True, help_text="更正以前多记的收入，填负数。")
    on = day("日期")
    voucher = text("凭证号", longest=40)
    function = text(
        "功能分类", required=False, help_text="填代码，或从列表中选择。", list="functions", autocomplete="off"
    )
    text = text("摘要", required=False, longest=200)
    key = fields.key()


class OpeningForm(PlainForm):
    source = fields.choice("资金来源", SOURCES)
    amount = fields.Yuan("年初结转和结余（元）", signed=True)
    on = day("日期")
    text = text("说明", required=False, longest=200)


class DayForm(PlainForm):
    on = day("记账日期")


class CarryForm(PlainForm):
    document = text("结转文号", longest=60)
    on = day("日期")


class RegisterForm(PlainForm):
    """One line of a register of the kind."""

    item = fields.choice("项目")
    on = day("日期")
    quantity = fields.Number("数量", required=False)
    amount = fields.Number("金额（元）", required=False)
    tag = fields.choice("供应商规模", rules.SIZES.items())
    words = text("说明", required=False, longest=300)
    payment = text("支付编号", required=False, longest=40, help_text="与哪一笔支付对应。")

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        register, item = rules.REGISTERS[kind], self.fields["item"]
        chosen: Any = item
        chosen.choices = [(c, f"{name}（{unit}）") for c, (name, unit) in register.items.items()]
        if not register.tags:
            del self.fields["tag"]
        if kind in ("staff", "prior", "asset"):
            del self.fields["payment"]
        if kind in ("staff",):
            del self.fields["amount"]
        if kind == "prior":
            del self.fields["quantity"]


class VoidForm(PlainForm):
    reason = fields.reason("作废原因")


class ReasonForm(PlainForm):
    reason = fields.reason("重开理由")


class CloseYearForm(PlainForm):
    text = text("说明", required=False, longest=200, help_text="有结余分配时填写依据。")
