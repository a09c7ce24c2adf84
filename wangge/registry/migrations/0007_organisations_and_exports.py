"""Names of codes in a district, what changed of an organisation, exports by the standard; row-level security by place."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

LO, HI = (f"nullif(current_setting('app.{name}', true), '')::bigint" for name in ("lo", "hi"))
SQL = "".join(
    f"""
alter table registry_{table} enable row level security;
alter table registry_{table} force row level security;
create policy {name} on registry_{table} using ({condition});
"""
    for table, name, condition in (
        (
            "organisationchange",
            "seen_with_its_organisation",
            "exists (select from registry_organisation o where o.id = organisation_id)",
        ),
        ("standardexport", "seen_in_its_place", f"place_code between {LO} and {HI}"),
    )
)
SQL += """
create trigger append_only before update on registry_organisationchange
    for each row execute function kernel_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0006_people_in_hand"),
    ]

    operations = [
        migrations.CreateModel(
            name="CodeLabel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("district", models.BigIntegerField()),
                ("table", models.CharField(max_length=10, verbose_name="代码表")),
                ("code", models.CharField(max_length=8, verbose_name="代码")),
                ("label", models.CharField(max_length=60, verbose_name="名称")),
                ("stands_for", models.CharField(blank=True, max_length=8, verbose_name="对应国标代码")),
                ("since", models.DateField(verbose_name="启用")),
                ("until", models.DateField(null=True, verbose_name="停用")),
                ("reason", models.CharField(max_length=200, verbose_name="依据")),
                ("by", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "字典名称",
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("district", "="),
                            ("table", "="),
                            ("code", "="),
                            (models.Func(models.F("since"), models.F("until"), function="daterange"), "&&"),
                        ],
                        name="a_code_has_one_name_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"),
                        name="a_name_of_a_code_ends_after_it_begins",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StandardExport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place_code", models.BigIntegerField()),
                (
                    "tables",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=3), size=None),
                ),
                ("on", models.DateField(verbose_name="数据日期")),
                ("reason", models.CharField(max_length=200, verbose_name="用途")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "排队"),
                            ("running", "生成中"),
                            ("done", "已生成"),
                            ("failed", "未生成"),
                            ("removed", "已清除"),
                        ],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("total", models.IntegerField(default=0, verbose_name="行数")),
                ("written", models.IntegerField(default=0)),
                ("counts", models.JSONField(default=dict)),
                ("size", models.BigIntegerField(default=0)),
                ("trouble", models.CharField(blank=True, max_length=300)),
                ("actor", models.JSONField(default=dict)),
                ("by_id", models.BigIntegerField()),
                ("by", models.CharField(max_length=100)),
                ("created_at", models.DateTimeField()),
                ("beat_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("fetched", models.IntegerField(default=0, verbose_name="下载次数")),
            ],
            options={
                "verbose_name": "标准导出",
                "indexes": [models.Index(fields=["place_code", "-id"], name="export_by_place")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at", None), ("state__in", ["waiting", "running"])),
                            models.Q(("finished_at__isnull", False), ("state__in", ["done", "failed", "removed"])),
                            _connector="OR",
                        ),
                        name="an_export_is_finished_iff_it_is_over",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OrganisationChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=40)),
                ("before", models.CharField(blank=True, max_length=1024)),
                ("after", models.CharField(blank=True, max_length=1024)),
                ("step", models.IntegerField()),
                ("source", models.CharField(max_length=40)),
                ("by", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="registry.organisation"
                    ),
                ),
            ],
            options={
                "verbose_name": "组织变更",
                "indexes": [models.Index(fields=["organisation", "-id"], name="changes_of_an_organisation")],
            },
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                fields=["organisation", "-id"],
                name="visits_of_an_organisation",
                condition=Q(organisation__isnull=False),
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
