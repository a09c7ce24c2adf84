"""Row-level security and append-only steps. A policy names `current_setting` directly so that the planner sees the value."""

from django.db import migrations

LO, HI, DEPARTMENT, ACCOUNT = (
    f"nullif(current_setting('app.{name}', true), '')::bigint" for name in ("lo", "hi", "department", "account")
)
CHILDREN = ("step", "assignment", "clock", "hold", "card", "rating", "supporter")

SQL = f"""
alter table casework_case enable row level security;
alter table casework_case force row level security;
create policy a_case_is_seen_by_its_place_its_offices_and_its_reporter on casework_case using (
    place_code between {LO} and {HI} or {DEPARTMENT} = any (department_ids) or reporter_id = {ACCOUNT}
);
create trigger append_only before update or delete on casework_step
    for each row execute function kernel_append_only();
"""
for child in CHILDREN:
    SQL += f"""
alter table casework_{child} enable row level security;
alter table casework_{child} force row level security;
create policy seen_with_its_case on casework_{child} for select
    using (exists (select from casework_case c where c.id = case_id));
create policy changed_with_its_case on casework_{child} for update
    using (exists (select from casework_case c where c.id = case_id));
create policy added on casework_{child} for insert with check (true);
"""


class Migration(migrations.Migration):
    dependencies = [("casework", "0001_initial"), ("kernel", "0001_initial")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
