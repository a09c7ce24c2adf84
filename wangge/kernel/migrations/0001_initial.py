from django.contrib.postgres.functions import TransactionNow
from django.db import migrations, models

FUNCTIONS = """
create function kernel_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'append_only: % rows of % are never changed', tg_op, tg_table_name using errcode = '23514',
        constraint = 'append_only';
end $$;

create function kernel_next_number(series text) returns bigint language plpgsql as $$
begin
    loop
        begin
            return nextval(('number_' || series)::regclass);
        exception when undefined_table then
            begin
                execute format('create sequence if not exists %I', 'number_' || series);
            exception when unique_violation then
                null; -- somebody else is making it in this moment
            end;
        end;
    end loop;
end $$;

create trigger append_only before update or delete on kernel_auditentry
    for each row execute function kernel_append_only();
create trigger append_only before update or delete on kernel_fact
    for each row execute function kernel_append_only();
create trigger append_only before update or delete on kernel_auditseal
    for each row execute function kernel_append_only();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Fact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("data", models.JSONField()),
                ("at", models.DateTimeField()),
            ],
            options={"verbose_name": "事实"},
        ),
        migrations.CreateModel(
            name="Reaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subscriber", models.CharField(max_length=150)),
                ("at", models.DateTimeField(db_default=TransactionNow())),
                ("fact", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="kernel.fact")),
            ],
            options={
                "verbose_name": "反应",
                "constraints": [
                    models.UniqueConstraint(fields=["fact", "subscriber"], name="a_fact_takes_effect_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("actor_id", models.BigIntegerField()),
                ("actor_name", models.CharField(max_length=100)),
                ("post_name", models.CharField(blank=True, max_length=100)),
                ("channel", models.CharField(max_length=20)),
                ("action", models.CharField(max_length=60)),
                ("kind", models.CharField(max_length=40)),
                ("subject", models.CharField(max_length=80)),
                ("data", models.JSONField(default=dict)),
            ],
            options={
                "verbose_name": "审计记录",
                "indexes": [
                    models.Index(fields=["kind", "subject"], name="audit_by_subject"),
                    models.Index(fields=["actor_id", "id"], name="audit_by_actor"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entry_id", models.BigIntegerField(unique=True)),
                ("digest", models.CharField(max_length=64)),
            ],
            options={"verbose_name": "审计封存"},
        ),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
    ]
