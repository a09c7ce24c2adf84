"""Imports, with row-level security: by place, with their batch, and differences with their record."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

LO, HI = (f"nullif(current_setting('app.{name}', true), '')::bigint" for name in ("lo", "hi"))
BATCH = "exists (select from registry_importbatch b where b.id = batch_id)"


def guard(table: str, name: str, condition: str) -> str:
    return f"""
alter table registry_{table} enable row level security;
alter table registry_{table} force row level security;
create policy {name} on registry_{table} using ({condition});
"""


SQL = "".join(
    [
        guard("importbatch", "seen_in_its_place", f"place_code between {LO} and {HI}"),
        guard("importmapping", "seen_in_its_place", f"place_code between {LO} and {HI}"),
        guard("importpiece", "seen_with_its_import", BATCH),
        guard("importchunk", "seen_with_its_import", BATCH),
        guard(
            "importdifference",
            "seen_with_its_record",
            "exists (select from registry_person p where p.id = person_id)"
            " or exists (select from registry_organisation o where o.id = organisation_id)",
        ),
    ]
)


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0004_kept_true"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("people", "人员"),
                            ("households", "户"),
                            ("dwellings", "房屋"),
                            ("organisations", "组织"),
                        ],
                        max_length=13,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "待核对"),
                            ("checking", "核对中"),
                            ("checked", "已核对"),
                            ("running", "导入中"),
                            ("done", "已导入"),
                            ("undoing", "撤销中"),
                            ("undone", "已撤销"),
                        ],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("sha256", models.CharField(max_length=64)),
                ("place_code", models.BigIntegerField()),
                ("source", models.CharField(max_length=40, verbose_name="来源")),
                ("as_of", models.DateField(verbose_name="数据日期")),
                ("role", models.CharField(blank=True, max_length=12)),
                ("titles", models.JSONField(default=list)),
                ("header_row", models.IntegerField(default=1)),
                ("mapping", models.JSONField(default=dict)),
                ("total", models.IntegerField(default=0, verbose_name="行数")),
                ("cursor", models.IntegerField(default=0)),
                ("placed", models.IntegerField(default=0)),
                ("counts", models.JSONField(default=dict)),
                ("foreseen", models.JSONField(default=dict)),
                ("trouble", models.CharField(blank=True, max_length=300)),
                ("by_id", models.BigIntegerField()),
                ("by", models.CharField(max_length=100)),
                ("actor", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("beat_at", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(blank=True, max_length=100)),
            ],
            options={
                "verbose_name": "导入批次",
            },
        ),
        migrations.CreateModel(
            name="ImportChunk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("written", models.BooleanField(default=True)),
                ("first", models.IntegerField()),
                ("last", models.IntegerField()),
                (
                    "made",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("verified", models.JSONField(default=list)),
                ("filled", models.JSONField(default=list)),
                ("refused", models.IntegerField(default=0)),
                ("faults", models.JSONField(default=list)),
                ("sealed", models.BinaryField(null=True)),
                ("undone", models.JSONField(default=dict)),
            ],
            options={
                "verbose_name": "导入分段",
            },
        ),
        migrations.CreateModel(
            name="ImportDifference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.IntegerField(verbose_name="行号")),
                ("field", models.CharField(max_length=40, verbose_name="项目")),
                ("given", models.CharField(blank=True, max_length=200, verbose_name="来文")),
                ("sealed", models.BinaryField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "待比对"),
                            ("kept", "保留档案"),
                            ("taken", "采用来文"),
                            ("both", "两者都留"),
                            ("withdrawn", "已随批次撤销"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("decided_by", models.CharField(blank=True, max_length=100)),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "导入差异",
            },
        ),
        migrations.CreateModel(
            name="ImportMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place_code", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("people", "人员"),
                            ("households", "户"),
                            ("dwellings", "房屋"),
                            ("organisations", "组织"),
                        ],
                        max_length=13,
                    ),
                ),
                ("sender", models.CharField(max_length=40, verbose_name="来源")),
                ("header", models.CharField(max_length=64)),
                ("columns", models.JSONField(default=dict)),
                ("used_at", models.DateTimeField()),
                ("by", models.CharField(max_length=100)),
            ],
            options={
                "verbose_name": "列对照",
            },
        ),
        migrations.CreateModel(
            name="ImportPiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.SmallIntegerField()),
                ("sealed", models.BinaryField()),
            ],
            options={
                "verbose_name": "导入原文",
            },
        ),
        migrations.AddIndex(
            model_name="importbatch",
            index=models.Index(fields=["place_code", "-id"], name="import_by_place"),
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "undone"), _negated=True),
                fields=("sha256", "kind", "place_code"),
                name="the_same_file_is_imported_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", False), ("state__in", ["done", "undoing", "undone"])),
                    models.Q(("finished_at", None), ("state__in", ["draft", "checking", "checked", "running"])),
                    _connector="OR",
                ),
                name="an_import_is_finished_iff_done",
            ),
        ),
        migrations.AddField(
            model_name="importchunk",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="chunks", to="registry.importbatch"
            ),
        ),
        migrations.AddField(
            model_name="importdifference",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="differences", to="registry.importbatch"
            ),
        ),
        migrations.AddField(
            model_name="importdifference",
            name="organisation",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.organisation"
            ),
        ),
        migrations.AddField(
            model_name="importdifference",
            name="person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.person"
            ),
        ),
        migrations.AddConstraint(
            model_name="importmapping",
            constraint=models.UniqueConstraint(
                fields=("place_code", "kind", "sender", "header"), name="a_mapping_is_kept_once"
            ),
        ),
        migrations.AddField(
            model_name="importpiece",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="pieces", to="registry.importbatch"
            ),
        ),
        migrations.AddConstraint(
            model_name="importchunk",
            constraint=models.UniqueConstraint(
                fields=("batch", "written", "first"), name="a_part_of_an_import_is_done_once"
            ),
        ),
        migrations.AddIndex(
            model_name="importdifference",
            index=models.Index(fields=["state", "field", "id"], name="difference_by_state"),
        ),
        migrations.AddIndex(
            model_name="importdifference",
            index=models.Index(fields=["person"], name="import_differences_of_a_person"),
        ),
        migrations.AddConstraint(
            model_name="importdifference",
            constraint=models.UniqueConstraint(fields=("batch", "row", "field"), name="a_difference_is_noted_once"),
        ),
        migrations.AddConstraint(
            model_name="importdifference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("organisation", None), ("person__isnull", False)),
                    models.Q(("organisation__isnull", False), ("person", None)),
                    _connector="OR",
                ),
                name="a_difference_is_of_one_record",
            ),
        ),
        migrations.AddConstraint(
            model_name="importdifference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="a_difference_is_open_iff_undecided",
            ),
        ),
        migrations.AddConstraint(
            model_name="importpiece",
            constraint=models.UniqueConstraint(fields=("batch", "part"), name="a_piece_of_an_import_is_kept_once"),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
