from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0004_alarm_calls"),
    ]

    operations = [
        migrations.AddField(
            model_name="alarmcall",
            name="shown_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="alarmcall",
            name="shown_by",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AlterField(
            model_name="alarmact",
            name="command",
            field=models.CharField(
                choices=[
                    ("sign", "签收告警"),
                    ("arrive", "确认到场"),
                    ("finish", "处置反馈"),
                    ("note", "补充说明"),
                    ("escalate", "逐级上报"),
                    ("recover", "自动恢复"),
                    ("again", "再次告警"),
                    ("unreached", "家属未联系上"),
                ],
                max_length=9,
            ),
        ),
        migrations.AlterField(
            model_name="alarmcall",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "排队"),
                    ("waiting", "待联系"),
                    ("reached", "已接通"),
                    ("missed", "未接通"),
                    ("lapsed", "逾时未登记"),
                    ("not_needed", "不再需要"),
                ],
                default="queued",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.CreateModel(
            name="AlarmRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("district_code", models.BigIntegerField(verbose_name="区")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("access", "智能门禁"),
                            ("falling", "高空抛物"),
                            ("sos", "一键报警"),
                            ("ebike", "电动车入电梯"),
                            ("offline", "设备离线"),
                        ],
                        max_length=8,
                        verbose_name="告警类别",
                    ),
                ),
                ("from_on", models.DateField(verbose_name="起用日期")),
                ("values", models.JSONField(default=dict)),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="依据")),
                ("by", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "告警规则",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district_code", "kind", "from_on"), name="an_alarm_rule_begins_once_on_a_day"
                    )
                ],
            },
        ),
    ]
