import django.contrib.postgres.functions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="WorkHours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField(unique=True)),
                ("segments", models.CharField(max_length=100)),
                ("source", models.CharField(max_length=100)),
                ("loaded_at", models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow())),
            ],
            options={
                "verbose_name": "作息时间",
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date", models.DateField(unique=True)),
                ("kind", models.CharField(choices=[("rest", "放假"), ("work", "上班")], max_length=4)),
                ("name", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=100)),
                ("segments", models.CharField(blank=True, default="", max_length=100)),
                ("loaded_at", models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow())),
            ],
            options={
                "verbose_name": "特殊日",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["rest", "work"])), name="calendar_day_rests_or_works"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "work"), ("segments", ""), _connector="OR"),
                        name="only_a_working_day_has_hours",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MetricSnapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=80)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("place_lo", models.BigIntegerField()),
                ("place_hi", models.BigIntegerField()),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("value", models.DecimalField(decimal_places=6, max_digits=24, null=True)),
                ("rows_count", models.PositiveBigIntegerField()),
                ("rows_digest", models.CharField(max_length=64)),
                ("definition_hash", models.CharField(max_length=64)),
                ("definition", models.JSONField()),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("frozen_at", models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow())),
                ("frozen_by", models.BigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "数据快照",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("code", "starts_on", "ends_on", "place_lo", "place_hi", "version"),
                        name="figure_is_frozen_once_a_version",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version", 1), models.Q(("reason", ""), _negated=True), _connector="OR"),
                        name="a_corrected_figure_has_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("size", models.PositiveBigIntegerField()),
                ("media_type", models.CharField(max_length=100)),
                ("width", models.PositiveIntegerField(null=True)),
                ("height", models.PositiveIntegerField(null=True)),
                ("taken_at", models.DateTimeField(null=True)),
                ("has_place", models.BooleanField(default=False)),
                ("original_name", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow())),
                ("created_by", models.BigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "文件",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="file_hash_is_sha256"
                    ),
                    models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="file_is_not_empty"),
                ],
            },
        ),
        migrations.RunSQL(
            "create trigger append_only before update or delete on kernel_metricsnapshot"
            " for each row execute function kernel_append_only()",
            "drop trigger append_only on kernel_metricsnapshot",
        ),
    ]
