"""Records change hands, are merged, are looked at; row-level security by place (a move shows to both of its sides)."""

import django.db.models.deletion
from django.db import migrations, models

LO, HI = (f"nullif(current_setting('app.{name}', true), '')::bigint" for name in ("lo", "hi"))
PLACE = f"place_code between {LO} and {HI}"
SQL = "".join(
    f"""
alter table registry_{table} enable row level security;
alter table registry_{table} force row level security;
create policy {name} on registry_{table} using ({condition});
"""
    for table, name, condition in (
        ("personmove", "seen_by_both_sides", f"from_place between {LO} and {HI} or to_place between {LO} and {HI}"),
        ("sameperson", "seen_in_its_place", PLACE),
        ("reveal", "seen_in_its_place", PLACE),
    )
)
SQL += """
create trigger append_only before update on registry_reveal
    for each row execute function kernel_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0005_imports"),
        ("territory", "0002_addresses"),
    ]

    operations = [
        migrations.CreateModel(
            name="PersonMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "direction",
                    models.CharField(choices=[("out", "移交"), ("in", "申请调入")], max_length=3, verbose_name="方向"),
                ),
                ("from_place", models.BigIntegerField()),
                ("to_place", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待答复"),
                            ("accepted", "已接收"),
                            ("declined", "不接收"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="asked",
                        max_length=9,
                        verbose_name="状态",
                    ),
                ),
                ("name", models.CharField(max_length=50)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("asked_by_id", models.BigIntegerField()),
                ("asked_by", models.CharField(max_length=100)),
                ("asked_at", models.DateTimeField()),
                ("due_on", models.DateField(verbose_name="答复期限")),
                ("answered_by_id", models.BigIntegerField(null=True)),
                ("answered_by", models.CharField(blank=True, max_length=100)),
                ("answered_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "人员调动",
            },
        ),
        migrations.CreateModel(
            name="Reveal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place_code", models.BigIntegerField()),
                ("reason", models.CharField(max_length=200, verbose_name="理由")),
                ("by_id", models.BigIntegerField()),
                ("by", models.CharField(max_length=100)),
                ("post", models.CharField(blank=True, max_length=100)),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "查看记录",
            },
        ),
        migrations.CreateModel(
            name="SamePerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place_code", models.BigIntegerField()),
                ("same", models.BooleanField(verbose_name="是同一人")),
                ("reason", models.CharField(max_length=200)),
                ("moved", models.JSONField(default=dict)),
                ("before", models.JSONField(default=dict)),
                ("by_id", models.BigIntegerField()),
                ("by", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                ("undone_by", models.CharField(blank=True, max_length=100)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_reason", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "重复判断",
            },
        ),
        migrations.RemoveConstraint(
            model_name="person",
            name="a_person_state_is_known",
        ),
        migrations.RemoveIndex(
            model_name="person",
            name="person_by_place_and_name",
        ),
        migrations.AddField(
            model_name="person",
            name="merged_into",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.person"
            ),
        ),
        migrations.AddField(
            model_name="personchange",
            name="step",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="person",
            name="state",
            field=models.CharField(
                choices=[
                    ("active", "在册"),
                    ("departed", "已迁离"),
                    ("deceased", "已故"),
                    ("merged", "已并入"),
                    ("erased", "已销档"),
                ],
                default="active",
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                fields=["place_code", "name", "id"], include=("pinyin", "state"), name="person_by_place_and_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["active", "departed", "deceased", "merged", "erased"])),
                name="a_person_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("merged_into__isnull", False), ("state", "merged")),
                    models.Q(models.Q(("state", "merged"), _negated=True), ("merged_into", None)),
                    _connector="OR",
                ),
                name="a_person_is_merged_iff_into_somebody",
            ),
        ),
        migrations.AddField(
            model_name="personmove",
            name="dwelling",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="territory.dwelling"
            ),
        ),
        migrations.AddField(
            model_name="personmove",
            name="household",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.household"
            ),
        ),
        migrations.AddField(
            model_name="personmove",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.person"
            ),
        ),
        migrations.AddField(
            model_name="reveal",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.person"
            ),
        ),
        migrations.AddField(
            model_name="sameperson",
            name="dropped",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.person"
            ),
        ),
        migrations.AddField(
            model_name="sameperson",
            name="kept",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.person"
            ),
        ),
        migrations.AddIndex(
            model_name="personmove",
            index=models.Index(fields=["from_place", "state", "id"], name="moves_from_a_place"),
        ),
        migrations.AddIndex(
            model_name="personmove",
            index=models.Index(fields=["to_place", "state", "id"], name="moves_to_a_place"),
        ),
        migrations.AddConstraint(
            model_name="personmove",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "asked")), fields=("person",), name="a_person_is_asked_for_once_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="personmove",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_at", None), ("state", "asked")),
                    models.Q(models.Q(("state", "asked"), _negated=True), ("answered_at__isnull", False)),
                    _connector="OR",
                ),
                name="a_move_is_answered_iff_it_is_no_longer_asked",
            ),
        ),
        migrations.AddConstraint(
            model_name="personmove",
            constraint=models.CheckConstraint(
                condition=models.Q(("from_place", models.F("to_place")), _negated=True),
                name="a_move_goes_somewhere_else",
            ),
        ),
        migrations.AddIndex(
            model_name="reveal",
            index=models.Index(fields=["-at", "by_id"], name="reveals_by_time"),
        ),
        migrations.AddIndex(
            model_name="reveal",
            index=models.Index(fields=["person", "-at"], name="reveals_of_a_person"),
        ),
        migrations.AddIndex(
            model_name="sameperson",
            index=models.Index(fields=["kept"], name="judgements_by_kept"),
        ),
        migrations.AddIndex(
            model_name="sameperson",
            index=models.Index(fields=["dropped"], name="judgements_by_dropped"),
        ),
        migrations.AddConstraint(
            model_name="sameperson",
            constraint=models.CheckConstraint(
                condition=models.Q(("kept", models.F("dropped")), _negated=True),
                name="a_person_is_not_compared_with_themselves",
            ),
        ),
        migrations.AddConstraint(
            model_name="sameperson",
            constraint=models.UniqueConstraint(
                condition=models.Q(("same", True), ("undone_at", None)),
                fields=("dropped",),
                name="a_person_is_merged_into_one_other",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
