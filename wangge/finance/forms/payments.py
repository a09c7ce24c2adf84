"""Forms of payments."""

from typing import Any

from wangge.finance.forms import fields
from wangge.kernel.forms import PlainForm, day, text


class PaymentForm(fields.WithPapers):
    """A payment, to be kept as a draft or submitted at once."""

    line = fields.choice("预算指标", empty="请选择")
    amount = fields.Yuan("金额（元）")
    payee = text("收款人", longest=80)
    purpose = text("用途", longest=200)
    on = day("日期")
    case_number = text("网格事件编号", required=False, longest=30, help_text="只有事件经费项目须填；填已办结的事件。")
    uploads = fields.papers(
        help_text="发票、审批单、照片等，可以一次选几个。三公、会议、培训和单笔满 5 万元的须有附件。"
    )
    key = fields.key()

    def __init__(self, lines: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["line"]
        chosen.choices = [("", "请选择"), *lines]


class SubmitForm(fields.WithPapers):
    on = day("日期", required=False, help_text="不填则用原日期；原日期所在月份已结账的，须改。")
    uploads = fields.papers("补充附件")


class ApproveForm(fields.WithPapers):
    voucher = text("凭证号", longest=40, help_text="如 记-0012。")
    on = day("记账日期", required=False, help_text="不填则用支付日期。")
    uploads = fields.papers("补充附件")


class ReturnForm(PlainForm):
    note = fields.reason("退回原因")


class CancelForm(PlainForm):
    note = fields.reason("作废原因", required=False)


class ReverseForm(PlainForm):
    reason = fields.reason("冲销原因")
    amount = fields.Yuan("冲销金额（元）", required=False, help_text="不填则冲销全部余额；合同分期款须全额冲销。")
    on = day("日期")
    key = fields.key()
