"""What officers brought back from doors; row-level security by place."""

import django.db.models.deletion
from django.db import migrations, models

LO, HI = (f"nullif(current_setting('app.{name}', true), '')::bigint" for name in ("lo", "hi"))
SQL = "".join(
    f"""
alter table registry_{table} enable row level security;
alter table registry_{table} force row level security;
create policy seen_in_its_place on registry_{table} using (place_code between {LO} and {HI});
"""
    for table in ("collection", "collectiondifference")
)


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_guards")]
    operations = [
        migrations.CreateModel(
            name="Collection",
            fields=[
                (
                    "visit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="collection",
                        serialize=False,
                        to="registry.visit",
                    ),
                ),
                ("place_code", models.BigIntegerField()),
                ("replaces", models.UUIDField(null=True)),
                ("results", models.JSONField(default=list)),
                ("people", models.JSONField(default=dict)),
                ("steps", models.JSONField(default=dict)),
                ("verified", models.IntegerField(default=0, verbose_name="核实字段数")),
                ("changed", models.IntegerField(default=0, verbose_name="更新字段数")),
            ],
            options={
                "verbose_name": "采集",
            },
        ),
        migrations.CreateModel(
            name="CollectionDifference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place_code", models.BigIntegerField()),
                ("field", models.CharField(max_length=20, verbose_name="字段")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("changed", "他人已先更新"),
                            ("refused", "内容不合规定"),
                            ("exists", "证件已有登记"),
                            ("maybe_same", "疑似同一人"),
                            ("not_here", "档案不在本网格"),
                        ],
                        max_length=12,
                        verbose_name="原因",
                    ),
                ),
                ("sentence", models.CharField(max_length=300, verbose_name="说明")),
                ("sealed", models.BinaryField()),
                ("key_version", models.SmallIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待核定"), ("taken", "已采用"), ("dropped", "未采用")],
                        default="open",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("by_id", models.BigIntegerField()),
                ("by", models.CharField(max_length=100)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(blank=True, max_length=100)),
                ("decision", models.CharField(blank=True, max_length=200, verbose_name="核定说明")),
            ],
            options={
                "verbose_name": "采集差异",
            },
        ),
        migrations.AddIndex(
            model_name="collection",
            index=models.Index(fields=["place_code", "-visit"], name="collection_by_place"),
        ),
        migrations.AddField(
            model_name="collectiondifference",
            name="person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.person"
            ),
        ),
        migrations.AddField(
            model_name="collectiondifference",
            name="visit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="differences", to="registry.visit"
            ),
        ),
        migrations.AddIndex(
            model_name="collectiondifference",
            index=models.Index(fields=["place_code", "-id"], name="difference_by_place"),
        ),
        migrations.AddIndex(
            model_name="collectiondifference",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["person"], name="differences_of_a_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="collectiondifference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="a_difference_is_open_until_somebody_decides",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
