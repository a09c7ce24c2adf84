import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("finance", "0002_guards"),
        ("kernel", "0002_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="PerformanceGoal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.PositiveIntegerField(default=0)),
                ("created_by", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                ("submitted_by", models.BigIntegerField(default=0)),
                ("reviewed_by", models.BigIntegerField(default=0)),
                ("approved_by", models.BigIntegerField(default=0)),
                ("approved_at", models.DateTimeField(null=True)),
                ("opinion", models.CharField(blank=True, max_length=500)),
                ("year", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("whole", "部门整体支出绩效目标表"),
                            ("summary", "专项资金绩效目标汇总表"),
                            ("direction", "专项资金支出方向绩效目标表"),
                        ],
                        max_length=10,
                    ),
                ),
                ("special", models.CharField(blank=True, max_length=120)),
                ("direction", models.CharField(blank=True, max_length=200)),
                ("office", models.CharField(blank=True, max_length=120)),
                ("period", models.CharField(blank=True, max_length=60)),
                ("amount", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("basic", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("projects", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("general", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("fund", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("other", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("duties", models.TextField(blank=True)),
                ("goal_period", models.TextField(blank=True)),
                ("goal_year", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "编制中"),
                            ("submitted", "待单位审核"),
                            ("reviewed", "待批复"),
                            ("returned", "退回修改"),
                            ("approved", "已批复"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("version", models.PositiveSmallIntegerField(default=0)),
                ("loaded", models.BooleanField(default=False)),
                (
                    "project",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="finance.project"
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
                "verbose_name": "绩效目标表",
            },
        ),
        migrations.CreateModel(
            name="PerformanceEvaluation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.PositiveIntegerField(default=0)),
                ("created_by", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                ("submitted_by", models.BigIntegerField(default=0)),
                ("reviewed_by", models.BigIntegerField(default=0)),
                ("approved_by", models.BigIntegerField(default=0)),
                ("approved_at", models.DateTimeField(null=True)),
                ("opinion", models.CharField(blank=True, max_length=500)),
                ("year", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("whole", "部门整体支出绩效自评表"), ("project", "项目支出绩效自评表")], max_length=10
                    ),
                ),
                ("special", models.CharField(blank=True, max_length=120)),
                ("direction", models.CharField(blank=True, max_length=200)),
                ("investment", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("investment_fiscal", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("period", models.CharField(blank=True, max_length=60)),
                ("expected", models.TextField(blank=True)),
                ("achieved", models.TextField(blank=True)),
                ("execution_weight", models.DecimalField(decimal_places=2, max_digits=6)),
                ("execution_score", models.DecimalField(decimal_places=2, max_digits=6, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "自评中"),
                            ("submitted", "待单位审核"),
                            ("reviewed", "待复核"),
                            ("returned", "退回修改"),
                            ("confirmed", "已复核"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("stated", models.JSONField(default=dict)),
                (
                    "faults",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300), default=list, size=None
                    ),
                ),
                ("loaded", models.BooleanField(default=False)),
                (
                    "project",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="finance.project"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="finance.budgetunit"
                    ),
                ),
                (
                    "goal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evaluations",
                        to="finance.performancegoal",
                    ),
                ),
            ],
            options={
                "verbose_name": "绩效自评表",
            },
        ),
        migrations.CreateModel(
            name="PerformanceIndicator",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("level1", models.CharField(max_length=20)),
                ("level2", models.CharField(blank=True, max_length=40)),
                ("level3", models.CharField(blank=True, max_length=200)),
                ("target", models.TextField(blank=True)),
                ("weight", models.DecimalField(decimal_places=2, max_digits=6, null=True)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("metric", models.CharField(blank=True, max_length=80)),
                ("place_lo", models.BigIntegerField(default=0)),
                ("place_hi", models.BigIntegerField(default=0)),
                ("starts_on", models.DateField(null=True)),
                ("ends_on", models.DateField(null=True)),
                ("revision", models.PositiveIntegerField(default=0)),
                (
                    "goal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="indicators",
                        to="finance.performancegoal",
                    ),
                ),
            ],
            options={
                "verbose_name": "绩效指标",
                "ordering": ("goal", "position", "id"),
            },
        ),
        migrations.CreateModel(
            name="PerformanceLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(choices=[("summary", "专项资金"), ("priority", "重点工作")], max_length=8)),
                ("number", models.CharField(blank=True, max_length=10)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("direction", models.CharField(blank=True, max_length=300)),
                ("amount", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("goal_period", models.TextField(blank=True)),
                ("goal_year", models.TextField(blank=True)),
                (
                    "goal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="finance.performancegoal"
                    ),
                ),
            ],
            options={
                "verbose_name": "绩效目标明细",
                "ordering": ("goal", "position", "id"),
            },
        ),
        migrations.CreateModel(
            name="PerformanceMonitoring",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("as_of", models.DateField()),
                ("budget", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("spent", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("expected", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                (
                    "warning",
                    models.CharField(
                        choices=[("none", "正常"), ("yellow", "黄色预警"), ("orange", "橙色预警"), ("red", "红色预警")],
                        max_length=6,
                    ),
                ),
                ("explanation", models.CharField(blank=True, max_length=300)),
                ("reason", models.TextField(blank=True)),
                ("filed_by", models.BigIntegerField()),
                ("filed_at", models.DateTimeField()),
                (
                    "goal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="monitorings",
                        to="finance.performancegoal",
                    ),
                ),
            ],
            options={
                "verbose_name": "绩效监控",
                "ordering": ("-as_of",),
            },
        ),
        migrations.CreateModel(
            name="PerformanceMonitored",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=200)),
                ("target", models.TextField(blank=True)),
                ("actual", models.TextField(blank=True)),
                ("expected", models.CharField(blank=True, max_length=60)),
                ("explanation", models.CharField(blank=True, max_length=300)),
                (
                    "warning",
                    models.CharField(
                        choices=[("none", "正常"), ("yellow", "黄色预警"), ("orange", "橙色预警"), ("red", "红色预警")],
                        max_length=6,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                (
                    "indicator",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="finance.performanceindicator",
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.metricsnapshot",
                    ),
                ),
                (
                    "monitoring",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="finance.performancemonitoring",
                    ),
                ),
            ],
            options={
                "verbose_name": "绩效监控指标",
                "ordering": ("monitoring", "id"),
            },
        ),
        migrations.CreateModel(
            name="PerformanceResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("level1", models.CharField(max_length=20)),
                ("level2", models.CharField(blank=True, max_length=40)),
                ("level3", models.CharField(blank=True, max_length=200)),
                ("target", models.TextField(blank=True)),
                ("actual", models.TextField(blank=True)),
                ("weight", models.DecimalField(decimal_places=2, max_digits=6)),
                ("score", models.DecimalField(decimal_places=2, max_digits=6, null=True)),
                (
                    "band",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("reached", "达成预期指标"),
                            ("partly", "部分达成并有一定效果"),
                            ("missed", "未达成且效果较差"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("explanation", models.CharField(blank=True, max_length=300)),
                ("evidence", models.CharField(blank=True, max_length=300)),
                ("file", models.CharField(blank=True, max_length=64)),
                ("entered_by", models.BigIntegerField(default=0)),
                ("revision", models.PositiveIntegerField(default=0)),
                (
                    "evaluation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
                        to="finance.performanceevaluation",
                    ),
                ),
                (
                    "indicator",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="finance.performanceindicator",
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.metricsnapshot",
                    ),
                ),
            ],
            options={
                "verbose_name": "绩效自评指标",
                "ordering": ("evaluation", "position", "id"),
            },
        ),
        migrations.CreateModel(
            name="PerformanceVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("command", models.CharField(max_length=12)),
                ("state", models.CharField(max_length=10)),
                ("words", models.CharField(blank=True, max_length=500)),
                ("content", models.JSONField()),
                ("by_id", models.BigIntegerField()),
                ("by_name", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                (
                    "evaluation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="finance.performanceevaluation",
                    ),
                ),
                (
                    "goal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="finance.performancegoal",
                    ),
                ),
            ],
            options={
                "verbose_name": "绩效表版本",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="PerformanceFund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("total", "合计"),
                            ("fiscal", "当年财政拨款"),
                            ("carryover", "上年结转资金"),
                            ("other", "其他资金"),
                        ],
                        max_length=9,
                    ),
                ),
                ("initial", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("budget", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("spent", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                (
                    "evaluation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="funds",
                        to="finance.performanceevaluation",
                    ),
                ),
            ],
            options={
                "verbose_name": "绩效自评资金",
                "ordering": ("evaluation", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("evaluation", "kind"), name="money_of_a_kind_stands_once_in_an_evaluation"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="performancegoal",
            index=models.Index(fields=["year", "unit"], name="performance_goal_by_year"),
        ),
        migrations.AddConstraint(
            model_name="performancegoal",
            constraint=models.UniqueConstraint(
                fields=("unit", "year", "kind", "special", "direction"), name="a_goal_form_stands_once_a_year"
            ),
        ),
        migrations.AddConstraint(
            model_name="performancegoal",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "submitted", "reviewed", "returned", "approved"])),
                name="a_goal_form_is_in_a_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="performancegoal",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "approved"), _negated=True), ("version__gt", 0), _connector="OR"),
                name="an_approved_goal_has_a_version",
            ),
        ),
        migrations.AddIndex(
            model_name="performanceevaluation",
            index=models.Index(fields=["year", "unit"], name="performance_result_by_year"),
        ),
        migrations.AddConstraint(
            model_name="performanceevaluation",
            constraint=models.UniqueConstraint(
                fields=("unit", "year", "kind", "special", "direction"), name="a_self_evaluation_stands_once_a_year"
            ),
        ),
        migrations.AddConstraint(
            model_name="performanceevaluation",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "submitted", "reviewed", "returned", "confirmed"])),
                name="an_evaluation_is_in_a_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="performanceindicator",
            constraint=models.CheckConstraint(
                condition=models.Q(("weight__isnull", True), ("weight__range", (0, 100)), _connector="OR"),
                name="a_weight_is_within_a_hundred",
            ),
        ),
        migrations.AddConstraint(
            model_name="performanceindicator",
            constraint=models.CheckConstraint(
                condition=models.Q(("metric", ""), ("ends_on__gt", models.F("starts_on")), _connector="OR"),
                name="a_bound_indicator_has_a_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="performancemonitoring",
            constraint=models.UniqueConstraint(fields=("goal", "as_of"), name="a_goal_is_monitored_once_a_day"),
        ),
        migrations.AddConstraint(
            model_name="performanceresult",
            constraint=models.CheckConstraint(
                condition=models.Q(("weight__range", (0, 100))), name="weight_of_a_result_is_bounded"
            ),
        ),
        migrations.AddConstraint(
            model_name="performanceresult",
            constraint=models.CheckConstraint(
                condition=models.Q(("score__isnull", True), ("score__gte", 0), _connector="OR"),
                name="a_score_is_not_below_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="performanceversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("goal__isnull", True), ("evaluation__isnull", True), _connector="XOR"),
                name="a_version_is_of_one_form",
            ),
        ),
    ]
