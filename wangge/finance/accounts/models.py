"""Tables of the execution: contracts, payments, income, balances, registers and the sentences that explain figures."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from wangge.finance.accounts import rules
from wangge.finance.budget.models import ZERO, Appropriation, BudgetUnit, money
from wangge.kernel.errors import explain


class Contract(models.Model):
    """合同. A commitment against one line; its months are paid by instalments that add up to the amount."""

    unit = models.ForeignKey(BudgetUnit, on_delete=models.PROTECT, related_name="contracts")
    year = models.SmallIntegerField()
    number = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    supplier = models.CharField(max_length=80)
    supplier_size = models.CharField(max_length=6, choices=list(rules.SIZES.items()))
    procurement = models.CharField(max_length=8, blank=True, choices=list(rules.PROCUREMENTS.items()))
    line = models.ForeignKey(Appropriation, on_delete=models.PROTECT, related_name="contracts")
    amount = money()
    paid = money(default=ZERO)
    pending = money(default=ZERO)
    released = money(default=ZERO)
    starts_on = models.DateField()
    ends_on = models.DateField()
    # Bands of a monthly inspection's score: [lowest score, percent of the month that is deducted], best first.
    bands = models.JSONField(default=list)
    per_defect = money(default=ZERO)
    state = models.CharField(max_length=6, choices=list(rules.CONTRACT_STATES.items()), default="active")
    files = ArrayField(models.CharField(max_length=64), default=list)

    class Meta:
        verbose_name = "合同"
        constraints = [
            models.CheckConstraint(name="a_contract_has_an_amount", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="a_contract_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(
                name="payments_stay_within_their_contract",
                condition=Q(amount__gte=F("paid") + F("pending") + F("released"), paid__gte=0, pending__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ContractArea(models.Model):
    """作业区域. A road or place the contract covers, with its square metres."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="areas")
    name = models.CharField(max_length=60)
    square_metres = models.DecimalField(max_digits=12, decimal_places=2)
    place_code = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "作业区域"
        constraints = [
            models.UniqueConstraint(fields=["contract", "name"], name="an_area_stands_once_in_a_contract"),
            models.CheckConstraint(name="an_area_has_a_size", condition=Q(square_metres__gt=0)),
        ]


class Inspection(models.Model):
    """作业检查. A month's score, or defects found on a day in an area. Append-only; a case number ties it to an event."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="inspections")
    area = models.ForeignKey(ContractArea, null=True, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    defects = models.SmallIntegerField(default=0)
    text = models.TextField()
    files = ArrayField(models.CharField(max_length=64), default=list)
    case_number = models.CharField(max_length=30, blank=True)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=100)

    class Meta:
        verbose_name = "作业检查"
        constraints = [
            models.CheckConstraint(
                name="an_inspection_scores_or_counts",
                condition=Q(score__gte=0, score__lte=100, defects=0) | Q(score__isnull=True, defects__gt=0),
            )
        ]


class Instalment(models.Model):
    """合同分期. What is due for one month; settled once with what the inspections took off."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="instalments")
    seq = models.SmallIntegerField()
    month = models.DateField()
    due = money()
    deduction = money(default=ZERO)
    basis = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "合同分期"
        constraints = [
            models.UniqueConstraint(fields=["contract", "seq"], name="an_instalment_falls_due_once"),
            models.CheckConstraint(
                name="a_deduction_stays_within_its_month", condition=Q(deduction__gte=0, due__gte=F("deduction"))
            ),
        ]


class Payment(models.Model):
    """支付. Asked by one person, approved by another; a paid one is never changed, only reversed by a red one (红字)."""

    unit = models.ForeignKey(BudgetUnit, on_delete=models.PROTECT, related_name="payments")
    year = models.SmallIntegerField()
    number = models.CharField(max_length=40, unique=True)
    line = models.ForeignKey(Appropriation, on_delete=models.PROTECT, related_name="payments")
    contract = models.ForeignKey(Contract, null=True, on_delete=models.PROTECT, related_name="payments")
    instalment = models.ForeignKey(Instalment, null=True, on_delete=models.PROTECT, related_name="payments")
    reverses = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="reversals")
    state = models.CharField(max_length=9, choices=list(rules.PAYMENT_STATES.items()))
    amount = money()
    payee = models.CharField(max_length=80)
    purpose = models.CharField(max_length=200)
    on = models.DateField()
    voucher = models.CharField(max_length=40, blank=True)
    files = ArrayField(models.CharField(max_length=64), default=list)
    case_number = models.CharField(max_length=30, blank=True)
    note = models.TextField(blank=True)
    key = models.UUIDField(unique=True)
    asked_by = models.BigIntegerField()
    asked_name = models.CharField(max_length=100)
    asked_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_name = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "支付"
        constraints = [
            models.CheckConstraint(
                name="only_a_reversal_is_negative",
                condition=Q(amount__gt=0, reverses__isnull=True) | Q(amount__lt=0, reverses__isnull=False),
            ),
            models.CheckConstraint(
                name="a_paid_payment_has_its_voucher",
                condition=~Q(state="paid") | (~Q(voucher="") & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_payment_is_approved_by_another",
                condition=~Q(state="paid") | Q(asked_by=0) | ~Q(decided_by=F("asked_by")),
            ),
            models.UniqueConstraint(
                fields=["unit", "year", "voucher", "line"],
                condition=Q(state="paid"),
                name="a_voucher_pays_a_line_once",
            ),
            models.UniqueConstraint(
                fields=["instalment"],
                condition=Q(state__in=["submitted", "paid"], reverses__isnull=True),
                name="an_instalment_is_paid_once",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "year", "state"], name="payment_by_unit"),
            models.Index(fields=["line"], name="payment_by_line"),
            models.Index(fields=["case_number"], name="payment_by_case", condition=~Q(case_number="")),
        ]

    def __str__(self) -> str:
        return self.number


class Income(models.Model):
    """收入. Money received in a year, by source and function. Append-only; a correction is a negative entry."""

    unit = models.ForeignKey(BudgetUnit, on_delete=models.PROTECT, related_name="incomes")
    year = models.SmallIntegerField()
    on = models.DateField()
    source = models.CharField(max_length=16)
    function = models.CharField(max_length=7, blank=True)
    amount = money()
    voucher = models.CharField(max_length=40)
    text = models.CharField(max_length=200, blank=True)
    key = models.UUIDField(unique=True)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=100)

    class Meta:
        verbose_name = "收入"
        constraints = [models.CheckConstraint(name="an_income_is_not_nothing", condition=~Q(amount=0))]
        indexes = [models.Index(fields=["unit", "year"], name="income_by_unit")]


class BalanceEntry(models.Model):
    """结转结余. What a source brought into a year, or what of its surplus was distributed at the end. Append-only."""

    unit = models.ForeignKey(BudgetUnit, on_delete=models.PROTECT, related_name="balances")
    year = models.SmallIntegerField()
    on = models.DateField()
    source = models.CharField(max_length=16)
    kind = models.CharField(max_length=11, choices=list(rules.BALANCES.items()))
    amount = money()
    text = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=100)

    class Meta:
        verbose_name = "结转结余"
        constraints = [models.CheckConstraint(name="a_balance_entry_is_not_nothing", condition=~Q(amount=0))]


class RegisterEntry(models.Model):
    """台账. One line of a register; a wrong one is voided by another that names it. Append-only."""

    unit = models.ForeignKey(BudgetUnit, on_delete=models.PROTECT, related_name="register")
    year = models.SmallIntegerField()
    on = models.DateField()
    kind = models.CharField(max_length=16)
    item = models.CharField(max_length=40)
    quantity = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO)
    amount = money(null=True)
    tag = models.CharField(max_length=10, blank=True)
    words = models.CharField(max_length=300, blank=True)
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="+")
    voids = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="voided_by")
    at = models.DateTimeField()
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=100)

    class Meta:
        verbose_name = "台账"
        indexes = [models.Index(fields=["unit", "year", "kind"], name="register_by_unit")]


class Explanation(models.Model):
    """数字说明. Why a figure is as it is: the sentence a document prints beside it."""

    unit = models.ForeignKey(BudgetUnit, on_delete=models.PROTECT, related_name="explanations")
    year = models.SmallIntegerField()
    key = models.CharField(max_length=80)
    text = models.TextField()

    class Meta:
        verbose_name = "数字说明"
        constraints = [models.UniqueConstraint(fields=["unit", "year", "key"], name="a_figure_is_explained_once")]


explain("finance_contract_number_key", "这个合同编号已被使用。请核对合同编号。", "contract_number_taken")
explain("a_contract_has_an_amount", "合同金额须大于零。请核对金额。")
explain("a_contract_ends_after_it_starts", "合同的结束日期不能早于开始日期。请核对日期。")
explain("payments_stay_within_their_contract", "付款合计超过合同金额，未保存。请核对合同已付和待付金额。")
explain("an_area_stands_once_in_a_contract", "合同中已有同名的作业区域。请换一个名称。")
explain("an_area_has_a_size", "作业面积须大于零。请核对面积。")
explain("an_inspection_scores_or_counts", "检查须填写 0 到 100 的得分，或填写问题数，二者择一。")
explain("an_instalment_falls_due_once", "本合同的这一期已经建立。请刷新后再试。", "stale")
explain("a_deduction_stays_within_its_month", "扣款不能超过当期应付金额。请核对扣款。")
explain("only_a_reversal_is_negative", "支付金额须大于零。如需冲销，请对原支付办理红字冲销。")
explain("a_paid_payment_has_its_voucher", "支付须写明凭证号。请补填。")
explain(
    "a_payment_is_approved_by_another",
    "支付申请由您提出，须由其他人员审核。请转交有审核权的同事。",
    "separation_of_duties",
)
explain("a_voucher_pays_a_line_once", "这个凭证号在本指标下已经支付过。请核对凭证号，避免重复支付。", "voucher_used")
explain("an_instalment_is_paid_once", "这一期合同款已在支付或已经支付，不能重复支付。")
explain("finance_payment_key_key", "这次提交已经处理过，没有重复支付。请刷新后查看。", "key_reused")
explain("finance_income_key_key", "这次提交已经处理过，没有重复记账。请刷新后查看。", "key_reused")
explain("finance_registerentry_voids_id_key", "这条台账已经作废过。请刷新后查看。", "stale")
explain("a_figure_is_explained_once", "这项说明刚由他人保存。请刷新后再改。", "stale")
explain("an_income_is_not_nothing", "收入金额不能为零。请核对金额。")
explain("a_balance_entry_is_not_nothing", "结转结余金额不能为零。请核对金额。")
