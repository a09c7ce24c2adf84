import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.operations
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
import django.db.models.lookups
from django.db import migrations, models

GUARDS = """
create sequence territory_version_number;

create function territory_cells_stay() returns trigger language plpgsql as $$
begin
    raise exception 'a grid cell is retired, never deleted' using errcode = '23514',
        constraint = 'grid_cells_are_never_deleted';
end $$;

create trigger grid_cells_are_never_deleted before delete on territory_gridcell
    for each row execute function territory_cells_stay();
"""
UNDO = """
drop trigger grid_cells_are_never_deleted on territory_gridcell;
drop function territory_cells_stay();
drop sequence territory_version_number;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(),
        migrations.CreateModel(
            name="Division",
            fields=[
                ("code", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="区划代码")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("short", models.CharField(max_length=60, verbose_name="简称")),
                ("level", models.CharField(max_length=10, verbose_name="层级")),
                ("pinyin", models.CharField(blank=True, max_length=60, verbose_name="拼音首字母")),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="有效期")),
                ("source", models.CharField(max_length=200, verbose_name="来源")),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="territory.division",
                        verbose_name="上级",
                    ),
                ),
            ],
            options={
                "verbose_name": "区划",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="DivisionOutline",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("geometry", models.JSONField(verbose_name="边界")),
                ("grade", models.CharField(max_length=10, verbose_name="精度")),
                ("area_m2", models.FloatField(verbose_name="面积（平方米）")),
                ("source", models.CharField(max_length=200, verbose_name="来源")),
                ("limits", models.CharField(max_length=300, verbose_name="适用限制")),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="有效期")),
                (
                    "division",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outlines",
                        to="territory.division",
                        verbose_name="区划",
                    ),
                ),
            ],
            options={
                "verbose_name": "区划边界",
            },
        ),
        migrations.CreateModel(
            name="GridCell",
            fields=[
                ("code", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="网格编码")),
                ("name", models.CharField(max_length=60, verbose_name="网格名称")),
                ("kind", models.CharField(default="general", max_length=10, verbose_name="类别")),
                ("pinyin", models.CharField(blank=True, max_length=60, verbose_name="拼音首字母")),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="有效期")),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cells",
                        to="territory.division",
                        verbose_name="社区（村）",
                    ),
                ),
            ],
            options={
                "verbose_name": "网格",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="CellLineage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10, verbose_name="方式")),
                ("on", models.DateField(verbose_name="生效日期")),
                (
                    "predecessor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="led_to",
                        to="territory.gridcell",
                        verbose_name="原网格",
                    ),
                ),
                (
                    "successor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="came_from",
                        to="territory.gridcell",
                        verbose_name="新网格",
                    ),
                ),
            ],
            options={
                "verbose_name": "网格沿革",
            },
        ),
        migrations.CreateModel(
            name="CellBoundary",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("geometry", models.JSONField(verbose_name="边界")),
                ("area_m2", models.FloatField(verbose_name="面积（平方米）")),
                ("west", models.FloatField()),
                ("south", models.FloatField()),
                ("east", models.FloatField()),
                ("north", models.FloatField()),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="有效期")),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="来源")),
                ("drawn_by", models.CharField(max_length=100, verbose_name="绘制人")),
                ("drawn_at", models.DateTimeField(verbose_name="绘制时间")),
                (
                    "cell",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="boundaries",
                        to="territory.gridcell",
                        verbose_name="网格",
                    ),
                ),
            ],
            options={
                "verbose_name": "网格边界",
            },
        ),
        migrations.CreateModel(
            name="TerritoryVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "区划版本",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="there_is_one_territory_version")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="division",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        django.db.models.lookups.Exact(
                            django.db.models.functions.math.Mod(models.F("code"), models.Value(1000000000)), 0
                        ),
                        ("level", "district"),
                    ),
                    models.Q(
                        django.db.models.lookups.Exact(
                            django.db.models.functions.math.Mod(models.F("code"), models.Value(1000000)), 0
                        ),
                        models.Q(
                            django.db.models.lookups.Exact(
                                django.db.models.functions.math.Mod(models.F("code"), models.Value(1000000000)), 0
                            ),
                            _negated=True,
                        ),
                        ("level", "street"),
                    ),
                    models.Q(
                        django.db.models.lookups.Exact(
                            django.db.models.functions.math.Mod(models.F("code"), models.Value(1000)), 0
                        ),
                        models.Q(
                            django.db.models.lookups.Exact(
                                django.db.models.functions.math.Mod(models.F("code"), models.Value(1000000)), 0
                            ),
                            _negated=True,
                        ),
                        ("level", "community"),
                    ),
                    _connector="OR",
                ),
                name="a_division_level_fits_its_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="division",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("level", "district"), ("parent", None)),
                    models.Q(models.Q(("level", "district"), _negated=True), models.Q(("parent", None), _negated=True)),
                    _connector="OR",
                ),
                name="only_a_district_has_no_parent",
            ),
        ),
        migrations.AddConstraint(
            model_name="divisionoutline",
            constraint=models.CheckConstraint(
                condition=models.Q(("grade__in", ["detailed", "simplified"])),
                name="an_outline_is_detailed_or_simplified",
            ),
        ),
        migrations.AddConstraint(
            model_name="divisionoutline",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("division", "="), ("grade", "="), ("valid", "&&")],
                name="one_outline_of_a_grade_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="gridcell",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        django.db.models.lookups.Exact(
                            django.db.models.functions.math.Mod(models.F("code"), models.Value(1000)), 0
                        ),
                        _negated=True,
                    ),
                    ("code__range", (100000000000000, 999999999999999)),
                ),
                name="a_cell_code_has_a_cell_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="gridcell",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    models.F("community_id"),
                    django.db.models.expressions.CombinedExpression(
                        models.F("code"), "-", django.db.models.functions.math.Mod(models.F("code"), models.Value(1000))
                    ),
                ),
                name="a_cell_lies_in_the_community_of_its_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="gridcell",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["general", "micro", "dedicated"])),
                name="a_cell_is_general_micro_or_dedicated",
            ),
        ),
        migrations.AddConstraint(
            model_name="celllineage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "retire"), ("successor", None)),
                    models.Q(("kind__in", ["split", "merge"]), models.Q(("successor", None), _negated=True)),
                    _connector="OR",
                ),
                name="only_a_retired_cell_has_no_successor",
            ),
        ),
        migrations.AddConstraint(
            model_name="celllineage",
            constraint=models.UniqueConstraint(
                fields=("predecessor", "successor"), name="a_cell_succeeds_another_once", nulls_distinct=False
            ),
        ),
        migrations.AddIndex(
            model_name="cellboundary",
            index=models.Index(fields=["cell", "-id"], name="boundaries_of_a_cell"),
        ),
        migrations.AddConstraint(
            model_name="cellboundary",
            constraint=models.CheckConstraint(condition=models.Q(("area_m2__gt", 0)), name="a_cell_has_an_area"),
        ),
        migrations.AddConstraint(
            model_name="cellboundary",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("cell", "="), ("valid", "&&")], name="one_boundary_per_cell_at_a_time"
            ),
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
