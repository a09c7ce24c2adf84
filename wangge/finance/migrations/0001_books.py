from decimal import Decimal

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="BudgetUnit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=30, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("place_code", models.BigIntegerField()),
                (
                    "nature",
                    models.CharField(
                        choices=[
                            ("administrative", "行政单位"),
                            ("civil_like", "参照公务员法管理的事业单位"),
                            ("public", "事业单位"),
                        ],
                        max_length=14,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.department"
                    ),
                ),
            ],
            options={
                "verbose_name": "预算单位",
            },
        ),
        migrations.CreateModel(
            name="Appropriation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("function", models.CharField(max_length=7)),
                ("economic", models.CharField(max_length=5)),
                ("governmental", models.CharField(blank=True, max_length=5)),
                ("source", models.CharField(max_length=16)),
                ("origin", models.CharField(max_length=16)),
                ("year", models.SmallIntegerField()),
                ("approved", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=16)),
                ("adjusted", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=16)),
                ("frozen", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=16)),
                ("committed", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=16)),
                ("paid", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=16)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="finance.budgetunit"
                    ),
                ),
            ],
            options={
                "verbose_name": "预算指标",
            },
        ),
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.SmallIntegerField()),
                ("number", models.CharField(max_length=40, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("supplement", "追加"),
                            ("transfer", "调剂"),
                            ("withdraw", "收回"),
                            ("freeze", "冻结"),
                            ("unfreeze", "解冻"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "待审批"), ("granted", "已同意"), ("refused", "不同意")],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("reason", models.TextField()),
                ("document", models.CharField(blank=True, max_length=60)),
                ("on", models.DateField()),
                ("asked_by", models.BigIntegerField()),
                ("asked_at", models.DateTimeField()),
                ("decided_by", models.BigIntegerField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("note", models.TextField(blank=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="adjustments", to="finance.budgetunit"
                    ),
                ),
            ],
            options={
                "verbose_name": "预算调整",
            },
        ),
        migrations.CreateModel(
            name="Contract",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.SmallIntegerField()),
                ("number", models.CharField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("supplier", models.CharField(max_length=80)),
                (
                    "supplier_size",
                    models.CharField(
                        choices=[
                            ("large", "大型企业"),
                            ("medium", "中型企业"),
                            ("small", "小型企业"),
                            ("micro", "微型企业"),
                            ("none", "非企业"),
                        ],
                        max_length=6,
                    ),
                ),
                (
                    "procurement",
                    models.CharField(
                        blank=True, choices=[("goods", "货物"), ("works", "工程"), ("services", "服务")], max_length=8
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("paid", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=16)),
                ("pending", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=16)),
                ("released", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=16)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("bands", models.JSONField(default=list)),
                ("per_defect", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=16)),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "履行中"), ("ended", "已结束")], default="active", max_length=6
                    ),
                ),
                (
                    "files",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), default=list, size=None
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contracts",
                        to="finance.appropriation",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="contracts", to="finance.budgetunit"
                    ),
                ),
            ],
            options={
                "verbose_name": "合同",
            },
        ),
        migrations.CreateModel(
            name="ContractArea",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("square_metres", models.DecimalField(decimal_places=2, max_digits=12)),
                ("place_code", models.BigIntegerField(null=True)),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="areas", to="finance.contract"
                    ),
                ),
            ],
            options={
                "verbose_name": "作业区域",
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                (
                    "counter",
                    models.CharField(
                        choices=[
                            ("approved", "批复"),
                            ("adjusted", "调整"),
                            ("frozen", "冻结"),
                            ("committed", "占用"),
                            ("paid", "支付"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("approve", "批复"),
                            ("supplement", "追加"),
                            ("transfer", "调剂"),
                            ("withdraw", "收回"),
                            ("carry", "结转"),
                            ("freeze", "冻结"),
                            ("unfreeze", "解冻"),
                            ("commit", "占用"),
                            ("release", "释放"),
                            ("pay", "支付"),
                            ("reverse", "红字冲销"),
                        ],
                        max_length=10,
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("document", models.CharField(blank=True, max_length=60)),
                ("text", models.CharField(blank=True, max_length=200)),
                ("contract_id", models.BigIntegerField(null=True)),
                ("payment_id", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField()),
                ("actor_id", models.BigIntegerField()),
                ("actor_name", models.CharField(max_length=100)),
                (
                    "adjustment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="finance.adjustment",
                    ),
                ),
                (
                    "carried_from",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="carried",
                        to="finance.appropriation",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="finance.appropriation"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="finance.budgetunit"
                    ),
                ),
            ],
            options={
                "verbose_name": "指标账",
            },
        ),
        migrations.CreateModel(
            name="Explanation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.SmallIntegerField()),
                ("key", models.CharField(max_length=80)),
                ("text", models.TextField()),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="explanations",
                        to="finance.budgetunit",
                    ),
                ),
            ],
            options={
                "verbose_name": "数字说明",
            },
        ),
        migrations.CreateModel(
            name="Income",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.SmallIntegerField()),
                ("on", models.DateField()),
                ("source", models.CharField(max_length=16)),
                ("function", models.CharField(blank=True, max_length=7)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("voucher", models.CharField(max_length=40)),
                ("text", models.CharField(blank=True, max_length=200)),
                ("key", models.UUIDField(unique=True)),
                ("at", models.DateTimeField()),
                ("actor_id", models.BigIntegerField()),
                ("actor_name", models.CharField(max_length=100)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="incomes", to="finance.budgetunit"
                    ),
                ),
            ],
            options={
                "verbose_name": "收入",
            },
        ),
        migrations.CreateModel(
            name="Inspection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                ("score", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ("defects", models.SmallIntegerField(default=0)),
                ("text", models.TextField()),
                (
                    "files",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), default=list, size=None
                    ),
                ),
                ("case_number", models.CharField(blank=True, max_length=30)),
                ("at", models.DateTimeField()),
                ("actor_id", models.BigIntegerField()),
                ("actor_name", models.CharField(max_length=100)),
                (
                    "area",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="finance.contractarea",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="inspections", to="finance.contract"
                    ),
                ),
            ],
            options={
                "verbose_name": "作业检查",
            },
        ),
        migrations.CreateModel(
            name="Instalment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.SmallIntegerField()),
                ("month", models.DateField()),
                ("due", models.DecimalField(decimal_places=2, max_digits=16)),
                ("deduction", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=16)),
                ("basis", models.TextField(blank=True)),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.BigIntegerField(null=True)),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="instalments", to="finance.contract"
                    ),
                ),
            ],
            options={
                "verbose_name": "合同分期",
            },
        ),
        migrations.CreateModel(
            name="LocalCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place_code", models.BigIntegerField()),
                ("kind", models.CharField(max_length=12)),
                ("code", models.CharField(max_length=7)),
                ("name", models.CharField(max_length=60)),
                ("first_year", models.SmallIntegerField()),
                ("last_year", models.SmallIntegerField(null=True)),
            ],
            options={
                "verbose_name": "增设科目",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("place_code", "kind", "code", "first_year"), name="a_district_adds_a_code_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.SmallIntegerField()),
                ("number", models.CharField(max_length=40, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("submitted", "待审核"),
                            ("paid", "已支付"),
                            ("returned", "已退回"),
                            ("cancelled", "已作废"),
                            ("reversed", "已冲销"),
                        ],
                        max_length=9,
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("payee", models.CharField(max_length=80)),
                ("purpose", models.CharField(max_length=200)),
                ("on", models.DateField()),
                ("voucher", models.CharField(blank=True, max_length=40)),
                (
                    "files",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), default=list, size=None
                    ),
                ),
                ("case_number", models.CharField(blank=True, max_length=30)),
                ("note", models.TextField(blank=True)),
                ("key", models.UUIDField(unique=True)),
                ("asked_by", models.BigIntegerField()),
                ("asked_name", models.CharField(max_length=100)),
                ("asked_at", models.DateTimeField()),
                ("decided_by", models.BigIntegerField(null=True)),
                ("decided_name", models.CharField(blank=True, max_length=100)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "contract",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="finance.contract",
                    ),
                ),
                (
                    "instalment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="finance.instalment",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="finance.appropriation"
                    ),
                ),
                (
                    "reverses",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversals",
                        to="finance.payment",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="finance.budgetunit"
                    ),
                ),
            ],
            options={
                "verbose_name": "支付",
            },
        ),
        migrations.CreateModel(
            name="Period",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.SmallIntegerField()),
                ("month", models.SmallIntegerField()),
                ("is_closed", models.BooleanField(default=False)),
                ("changed_at", models.DateTimeField(null=True)),
                ("changed_by", models.BigIntegerField(null=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="periods", to="finance.budgetunit"
                    ),
                ),
            ],
            options={
                "verbose_name": "账期",
            },
        ),
        migrations.CreateModel(
            name="Preparation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.SmallIntegerField()),
                ("version", models.SmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "编制中"),
                            ("submitted", "待单位审核"),
                            ("unit_approved", "待财政审核"),
                            ("returned", "已退回"),
                            ("accepted", "待批复"),
                            ("issued", "已批复"),
                        ],
                        max_length=13,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("submitted_by", models.BigIntegerField(null=True)),
                ("approved_by", models.BigIntegerField(null=True)),
                ("decided_by", models.BigIntegerField(null=True)),
                ("document", models.CharField(blank=True, max_length=60)),
                ("issued_on", models.DateField(null=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="preparations",
                        to="finance.budgetunit",
                    ),
                ),
            ],
            options={
                "verbose_name": "预算编制",
            },
        ),
        migrations.CreateModel(
            name="Project",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=30)),
                ("name", models.CharField(max_length=80)),
                ("purpose", models.TextField(blank=True)),
                ("first_year", models.SmallIntegerField()),
                ("last_year", models.SmallIntegerField(null=True)),
                ("event_limit", models.DecimalField(decimal_places=2, max_digits=16, null=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="projects", to="finance.budgetunit"
                    ),
                ),
            ],
            options={
                "verbose_name": "项目",
            },
        ),
        migrations.CreateModel(
            name="PreparedLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("function", models.CharField(max_length=7)),
                ("economic", models.CharField(max_length=5)),
                ("governmental", models.CharField(blank=True, max_length=5)),
                ("source", models.CharField(max_length=16)),
                ("origin", models.CharField(max_length=16)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("basis", models.TextField(blank=True)),
                ("is_baseline", models.BooleanField(default=False)),
                (
                    "preparation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="finance.preparation"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="finance.project"
                    ),
                ),
            ],
            options={
                "verbose_name": "编制明细",
            },
        ),
        migrations.AddField(
            model_name="appropriation",
            name="project",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="finance.project"
            ),
        ),
        migrations.CreateModel(
            name="AdjustmentItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("function", models.CharField(max_length=7)),
                ("economic", models.CharField(max_length=5)),
                ("governmental", models.CharField(blank=True, max_length=5)),
                ("source", models.CharField(max_length=16)),
                ("origin", models.CharField(max_length=16)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16)),
                (
                    "adjustment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="finance.adjustment"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="finance.project"
                    ),
                ),
            ],
            options={
                "verbose_name": "调整明细",
            },
        ),
        migrations.CreateModel(
            name="RegisterEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.SmallIntegerField()),
                ("on", models.DateField()),
                ("kind", models.CharField(max_length=16)),
                ("item", models.CharField(max_length=40)),
                ("quantity", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=14)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16, null=True)),
                ("tag", models.CharField(blank=True, max_length=10)),
                ("words", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
                ("actor_id", models.BigIntegerField()),
                ("actor_name", models.CharField(max_length=100)),
                (
                    "payment",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="finance.payment"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="register", to="finance.budgetunit"
                    ),
                ),
                (
                    "voids",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="voided_by",
                        to="finance.registerentry",
                    ),
                ),
            ],
            options={
                "verbose_name": "台账",
            },
        ),
        migrations.CreateModel(
            name="Standard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place_code", models.BigIntegerField()),
                ("year", models.SmallIntegerField()),
                (
                    "nature",
                    models.CharField(
                        choices=[
                            ("administrative", "行政单位"),
                            ("civil_like", "参照公务员法管理的事业单位"),
                            ("public", "事业单位"),
                        ],
                        max_length=14,
                    ),
                ),
                ("economic", models.CharField(max_length=5)),
                (
                    "measure",
                    models.CharField(
                        choices=[("person", "在职人数"), ("post", "编制数"), ("percent", "按其他科目的比例")],
                        max_length=8,
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=14)),
                (
                    "base",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=5), default=list, size=None
                    ),
                ),
                ("document", models.CharField(max_length=120)),
            ],
            options={
                "verbose_name": "定额标准",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("place_code", "year", "nature", "economic"), name="a_standard_is_set_once_a_year"
                    ),
                    models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="a_standard_is_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="BalanceEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.SmallIntegerField()),
                ("on", models.DateField()),
                ("source", models.CharField(max_length=16)),
                (
                    "kind",
                    models.CharField(
                        choices=[("opening", "年初结转和结余"), ("distributed", "结余分配")], max_length=11
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("text", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                ("actor_id", models.BigIntegerField()),
                ("actor_name", models.CharField(max_length=100)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="balances", to="finance.budgetunit"
                    ),
                ),
            ],
            options={
                "verbose_name": "结转结余",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount", 0), _negated=True), name="a_balance_entry_is_not_nothing"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    ("asked_by", 0),
                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="an_adjustment_is_decided_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "granted"), _negated=True),
                    models.Q(("document", ""), _negated=True),
                    _connector="OR",
                ),
                name="a_granted_adjustment_names_its_document",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="a_contract_has_an_amount"),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="a_contract_ends_after_it_starts"
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "amount__gte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(models.F("paid"), "+", models.F("pending")),
                            "+",
                            models.F("released"),
                        ),
                    ),
                    ("paid__gte", 0),
                    ("pending__gte", 0),
                ),
                name="payments_stay_within_their_contract",
            ),
        ),
        migrations.AddConstraint(
            model_name="contractarea",
            constraint=models.UniqueConstraint(fields=("contract", "name"), name="an_area_stands_once_in_a_contract"),
        ),
        migrations.AddConstraint(
            model_name="contractarea",
            constraint=models.CheckConstraint(condition=models.Q(("square_metres__gt", 0)), name="an_area_has_a_size"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["line", "id"], name="entry_by_line"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("payment_id__isnull", False)), fields=["payment_id"], name="entry_by_payment"
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="an_entry_moves_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="explanation",
            constraint=models.UniqueConstraint(fields=("unit", "year", "key"), name="a_figure_is_explained_once"),
        ),
        migrations.AddIndex(
            model_name="income",
            index=models.Index(fields=["unit", "year"], name="income_by_unit"),
        ),
        migrations.AddConstraint(
            model_name="income",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="an_income_is_not_nothing"
            ),
        ),
        migrations.AddConstraint(
            model_name="inspection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("defects", 0), ("score__gte", 0), ("score__lte", 100)),
                    models.Q(("defects__gt", 0), ("score__isnull", True)),
                    _connector="OR",
                ),
                name="an_inspection_scores_or_counts",
            ),
        ),
        migrations.AddConstraint(
            model_name="instalment",
            constraint=models.UniqueConstraint(fields=("contract", "seq"), name="an_instalment_falls_due_once"),
        ),
        migrations.AddConstraint(
            model_name="instalment",
            constraint=models.CheckConstraint(
                condition=models.Q(("deduction__gte", 0), ("due__gte", models.F("deduction"))),
                name="a_deduction_stays_within_its_month",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["unit", "year", "state"], name="payment_by_unit"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["line"], name="payment_by_line"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("case_number", ""), _negated=True), fields=["case_number"], name="payment_by_case"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gt", 0), ("reverses__isnull", True)),
                    models.Q(("amount__lt", 0), ("reverses__isnull", False)),
                    _connector="OR",
                ),
                name="only_a_reversal_is_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "paid"), _negated=True),
                    models.Q(models.Q(("voucher", ""), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="a_paid_payment_has_its_voucher",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "paid"), _negated=True),
                    ("asked_by", 0),
                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="a_payment_is_approved_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "paid")),
                fields=("unit", "year", "voucher", "line"),
                name="a_voucher_pays_a_line_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reverses__isnull", True), ("state__in", ["submitted", "paid"])),
                fields=("instalment",),
                name="an_instalment_is_paid_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="period",
            constraint=models.UniqueConstraint(fields=("unit", "year", "month"), name="a_month_has_one_period"),
        ),
        migrations.AddConstraint(
            model_name="period",
            constraint=models.CheckConstraint(
                condition=models.Q(("month__gte", 0), ("month__lte", 12)), name="a_period_is_a_month_or_a_year"
            ),
        ),
        migrations.AddConstraint(
            model_name="preparation",
            constraint=models.UniqueConstraint(fields=("unit", "year", "version"), name="a_version_is_prepared_once"),
        ),
        migrations.AddConstraint(
            model_name="preparation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["issued", "returned"]), _negated=True),
                fields=("unit", "year"),
                name="one_preparation_is_open_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="preparation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "issued")), fields=("unit", "year"), name="a_budget_is_issued_once_a_year"
            ),
        ),
        migrations.AddConstraint(
            model_name="preparation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "issued"), _negated=True),
                    models.Q(models.Q(("document", ""), _negated=True), ("issued_on__isnull", False)),
                    _connector="OR",
                ),
                name="an_issued_budget_names_its_document",
            ),
        ),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.UniqueConstraint(fields=("unit", "code"), name="a_project_has_its_own_code"),
        ),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("last_year__isnull", True), ("last_year__gte", models.F("first_year")), _connector="OR"
                ),
                name="a_project_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="preparedline",
            constraint=models.UniqueConstraint(
                fields=("preparation", "function", "economic", "governmental", "project", "source", "origin"),
                name="a_line_stands_once_in_a_version",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="preparedline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="a_prepared_amount_is_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="appropriation",
            constraint=models.UniqueConstraint(
                fields=("unit", "year", "function", "economic", "governmental", "project", "source", "origin"),
                name="a_line_stands_once_a_year",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="appropriation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "approved__gte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("frozen"), "+", models.F("committed")
                                ),
                                "+",
                                models.F("paid"),
                            ),
                            "-",
                            models.F("adjusted"),
                        ),
                    )
                ),
                name="spending_stays_within_its_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="appropriation",
            constraint=models.CheckConstraint(
                condition=models.Q(("approved__gte", 0), ("committed__gte", 0), ("frozen__gte", 0), ("paid__gte", 0)),
                name="no_counter_of_a_line_is_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustmentitem",
            constraint=models.UniqueConstraint(
                fields=("adjustment", "function", "economic", "governmental", "project", "source", "origin"),
                name="an_adjustment_names_a_line_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustmentitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="an_adjustment_changes_something"
            ),
        ),
        migrations.AddIndex(
            model_name="registerentry",
            index=models.Index(fields=["unit", "year", "kind"], name="register_by_unit"),
        ),
    ]
