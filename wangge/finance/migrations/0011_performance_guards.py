"""Row-level security of performance: a form is seen with its unit, its parts with the form. Versions are append-only."""

from django.db import migrations

FORMS = ("performancegoal", "performanceevaluation")
PARTS = {
    "performanceindicator": "goal",
    "performanceline": "goal",
    "performancemonitoring": "goal",
    "performancefund": "evaluation",
    "performanceresult": "evaluation",
}

SQL = """
create trigger append_only before update or delete on finance_performanceversion
    for each row execute function kernel_append_only();
"""
for table in FORMS:
    SQL += f"""
alter table finance_{table} enable row level security;
alter table finance_{table} force row level security;
create policy seen_with_its_unit on finance_{table}
    using (exists (select from finance_budgetunit u where u.id = unit_id));
"""
for table, parent in PARTS.items():
    SQL += f"""
alter table finance_{table} enable row level security;
alter table finance_{table} force row level security;
create policy seen_with_its_form on finance_{table}
    using (exists (select from finance_performance{parent} p where p.id = {parent}_id));
"""
SQL += """
alter table finance_performancemonitored enable row level security;
alter table finance_performancemonitored force row level security;
create policy seen_with_its_monitoring on finance_performancemonitored
    using (exists (select from finance_performancemonitoring m where m.id = monitoring_id));
alter table finance_performanceversion enable row level security;
alter table finance_performanceversion force row level security;
create policy seen_with_its_form on finance_performanceversion using (
    exists (select from finance_performancegoal g where g.id = goal_id)
    or exists (select from finance_performanceevaluation e where e.id = evaluation_id)
);
"""


class Migration(migrations.Migration):
    dependencies = [("finance", "0010_performance"), ("kernel", "0001_initial")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
