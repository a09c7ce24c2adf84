import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

LO, HI = (f"nullif(current_setting('app.{name}', true), '')::bigint" for name in ("lo", "hi"))
# What people wrote of an address may name who lives there: seen in its place only.
SQL = f"""
alter table territory_addressdoubt enable row level security;
alter table territory_addressdoubt force row level security;
create policy seen_in_its_place on territory_addressdoubt using (place_code between {LO} and {HI});
create trigger append_only before update on territory_fixturecheck
    for each row execute function kernel_append_only();
-- A sequence, so that a number is never used again after a rollback: readers compare it for equality only.
create sequence territory_address_version;
"""


class Migration(migrations.Migration):
    dependencies = [("territory", "0002_addresses"), ("kernel", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="AddressVersion",
            fields=[
                ("place_code", models.BigIntegerField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(default=0)),
            ],
            options={"verbose_name": "地址版本"},
        ),
        migrations.CreateModel(
            name="Fixture",
            fields=[
                ("code", models.CharField(max_length=16, primary_key=True, serialize=False, verbose_name="部件标识码")),
                ("kind", models.CharField(max_length=4, verbose_name="部件类别")),
                ("name", models.CharField(max_length=60, verbose_name="部件名称")),
                ("place_code", models.BigIntegerField(verbose_name="所在网格")),
                ("lng", models.FloatField(verbose_name="经度")),
                ("lat", models.FloatField(verbose_name="纬度")),
                ("spot", models.CharField(blank=True, max_length=200, verbose_name="位置说明")),
                ("owner", models.CharField(blank=True, max_length=40, verbose_name="权属单位")),
                ("keeper", models.CharField(blank=True, max_length=40, verbose_name="养护单位")),
                (
                    "state",
                    models.CharField(
                        choices=[("intact", "完好"), ("damaged", "破损"), ("missing", "丢失"), ("removed", "废弃")],
                        default="intact",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("state_on", models.DateField(null=True, verbose_name="状态日期")),
                ("placed_on", models.DateField(null=True, verbose_name="设置日期")),
                ("photo", models.CharField(blank=True, max_length=64, verbose_name="照片")),
                ("checked_on", models.DateField(null=True, verbose_name="普查日期")),
                ("checked_by", models.CharField(blank=True, max_length=100, verbose_name="普查人")),
                ("source", models.CharField(blank=True, max_length=60, verbose_name="来源")),
                ("step", models.IntegerField(default=1)),
            ],
            options={
                "verbose_name": "部件",
                "indexes": [
                    models.Index(fields=["place_code", "code"], name="fixture_by_place"),
                    models.Index(fields=["kind", "place_code"], name="fixture_by_kind"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^[1-9]\\d{15}$")), name="a_fixture_code_has_its_kind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["intact", "damaged", "missing", "removed"])),
                        name="a_fixture_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FixtureCensus",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="普查名称")),
                ("place_code", models.BigIntegerField(verbose_name="普查范围")),
                ("kinds", models.JSONField(default=list, verbose_name="部件类别")),
                ("starts_on", models.DateField(verbose_name="开始日期")),
                ("due_on", models.DateField(verbose_name="截止日期")),
                ("closed_on", models.DateField(null=True, verbose_name="结束日期")),
                ("by", models.CharField(max_length=100, verbose_name="发起人")),
            ],
            options={
                "verbose_name": "部件普查",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("due_on__gte", models.F("starts_on"))), name="a_census_ends_after_it_starts"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AddressDoubt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place_code", models.BigIntegerField()),
                ("text", models.CharField(max_length=200)),
                ("key", models.CharField(max_length=200)),
                ("candidates", models.JSONField(default=list)),
                ("origins", models.JSONField(default=list)),
                ("times", models.IntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待核"), ("decided", "已认定"), ("dismissed", "不是地址")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("decided_by", models.CharField(blank=True, max_length=100)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "address",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="territory.standardaddress",
                    ),
                ),
                (
                    "alias",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="territory.addressalias",
                    ),
                ),
            ],
            options={
                "verbose_name": "待核地址",
                "indexes": [models.Index(fields=["state", "place_code", "-id"], name="doubt_by_state_and_place")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("place_code", "key"), name="a_doubtful_text_is_asked_once_in_its_area"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("address__isnull", False), ("state", "decided")),
                            models.Q(models.Q(("state", "decided"), _negated=True), ("address", None)),
                            _connector="OR",
                        ),
                        name="a_doubt_is_decided_for_an_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("state", "open")),
                            models.Q(models.Q(("state", "open"), _negated=True), ("decided_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_doubt_is_open_until_somebody_decides",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FixtureCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_id", models.UUIDField(unique=True)),
                (
                    "result",
                    models.CharField(
                        choices=[("found", "在位完好"), ("damaged", "在位破损"), ("missing", "不在位")],
                        max_length=8,
                        verbose_name="结果",
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("photo", models.CharField(blank=True, max_length=64, verbose_name="照片")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("by_id", models.BigIntegerField()),
                ("by", models.CharField(max_length=100, verbose_name="普查人")),
                (
                    "census",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checks",
                        to="territory.fixturecensus",
                    ),
                ),
                (
                    "fixture",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="checks", to="territory.fixture"
                    ),
                ),
            ],
            options={
                "verbose_name": "普查记录",
                "indexes": [
                    models.Index(fields=["fixture", "-id"], name="checks_of_a_fixture"),
                    models.Index(fields=["census", "fixture"], name="checks_of_a_census"),
                ],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
