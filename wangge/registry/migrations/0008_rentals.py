import django.contrib.postgres.constraints
import django.db.models.deletion
from django.db import migrations, models

LO, HI = (f"nullif(current_setting('app.{name}', true), '')::bigint" for name in ("lo", "hi"))
SQL = f"""
alter table registry_rental enable row level security;
alter table registry_rental force row level security;
create policy seen_in_its_place on registry_rental using (place_code between {LO} and {HI});
alter table registry_rentalfind enable row level security;
alter table registry_rentalfind force row level security;
create policy seen_with_its_rental on registry_rentalfind
    using (exists (select from registry_rental r where r.id = rental_id));
alter table registry_buildinglead enable row level security;
alter table registry_buildinglead force row level security;
create policy seen_with_its_person on registry_buildinglead
    using (exists (select from registry_person p where p.id = person_id));
create trigger append_only before update on registry_rentalfind
    for each row execute function kernel_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0007_organisations_and_exports"),
        ("territory", "0003_doubts_fixtures"),
        ("kernel", "0001_initial"),
    ]
    operations = [
        migrations.CreateModel(
            name="Rental",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                ("ended_reason", models.CharField(blank=True, max_length=100)),
                ("source", models.CharField(max_length=40)),
                ("by", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                ("place_code", models.BigIntegerField()),
                ("number", models.CharField(blank=True, max_length=50, verbose_name="房屋编号")),
                ("use", models.CharField(blank=True, max_length=2, verbose_name="出租用途")),
                ("details", models.JSONField(default=dict)),
                ("sealed", models.BinaryField(null=True)),
                ("key_version", models.SmallIntegerField(default=1)),
                ("hazards", models.JSONField(default=list, verbose_name="隐患类型")),
                ("hazard_text", models.CharField(blank=True, max_length=300, verbose_name="隐患说明")),
                ("hazard_on", models.DateField(null=True, verbose_name="隐患发现日期")),
                ("hazard_seq", models.IntegerField(default=0)),
                ("cleared_on", models.DateField(null=True, verbose_name="隐患消除日期")),
                ("cleared_note", models.CharField(blank=True, max_length=300, verbose_name="消除说明")),
                ("verified_on", models.DateField(null=True)),
                ("verified_by", models.CharField(blank=True, max_length=100)),
                ("step", models.IntegerField(default=1)),
                (
                    "dwelling",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="territory.dwelling"
                    ),
                ),
            ],
            options={"verbose_name": "出租房"},
        ),
        migrations.CreateModel(
            name="RentalFind",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_id", models.UUIDField(unique=True)),
                ("seq", models.IntegerField()),
                ("hazards", models.JSONField(default=list)),
                ("text", models.CharField(blank=True, max_length=300)),
                ("seen_at", models.DateTimeField()),
                ("by_id", models.BigIntegerField()),
                ("by", models.CharField(max_length=100)),
                (
                    "rental",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="finds", to="registry.rental"
                    ),
                ),
            ],
            options={"verbose_name": "隐患记录"},
        ),
        migrations.CreateModel(
            name="BuildingLead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                ("ended_reason", models.CharField(blank=True, max_length=100)),
                ("source", models.CharField(max_length=40)),
                ("by", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                (
                    "building",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="territory.building"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.person"
                    ),
                ),
            ],
            options={
                "verbose_name": "楼栋长",
                "indexes": [models.Index(fields=["person"], name="buildings_of_a_lead")],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("building", "="),
                            (models.Func(models.F("since"), models.F("until"), function="daterange"), "&&"),
                        ],
                        name="one_lead_of_a_building_at_a_time",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="rental", index=models.Index(fields=["place_code", "id"], name="rental_by_place")
        ),
        migrations.AddConstraint(
            model_name="rental",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("dwelling", "="),
                    (models.Func(models.F("since"), models.F("until"), function="daterange"), "&&"),
                ],
                name="one_rental_of_a_dwelling_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="rental",
            constraint=models.CheckConstraint(
                condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"),
                name="a_rental_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="rental",
            constraint=models.CheckConstraint(
                condition=models.Q(("hazards", []), ("hazard_on__isnull", False), _connector="OR"),
                name="a_hazard_has_a_day_it_was_found",
            ),
        ),
        migrations.AddConstraint(
            model_name="rentalfind",
            constraint=models.UniqueConstraint(fields=("rental", "seq"), name="finds_of_a_rental_have_an_order"),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
