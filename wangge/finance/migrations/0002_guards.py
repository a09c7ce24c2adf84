"""Row-level security by district and department, append-only ledgers, and no posting into a closed month or year."""

from django.db import migrations

LO, HI, DEPARTMENT = (f"nullif(current_setting('app.{name}', true), '')::bigint" for name in ("lo", "hi", "department"))
OF_A_UNIT = (
    "project",
    "preparation",
    "period",
    "appropriation",
    "adjustment",
    "entry",
    "contract",
    "payment",
    "income",
    "balanceentry",
    "registerentry",
    "explanation",
)
OF_ANOTHER = {
    "preparedline": "preparation",
    "adjustmentitem": "adjustment",
    "contractarea": "contract",
    "inspection": "contract",
    "instalment": "contract",
}
APPEND_ONLY = ("entry", "income", "balanceentry", "registerentry", "inspection")
POSTED = ("entry", "income", "balanceentry")

SQL = f"""
alter table finance_budgetunit enable row level security;
alter table finance_budgetunit force row level security;
create policy a_unit_is_seen_by_its_district_and_its_department on finance_budgetunit using (
    place_code between {LO} and {HI} or department_id = {DEPARTMENT}
);

create function finance_period_is_open() returns trigger language plpgsql as $$
declare
    the_year int := extract(year from new."on");
    the_month int := extract(month from new."on");
    found_periods int;
begin
    -- Shared with every other clerk, but not with whoever closes the month in this moment.
    perform from finance_period
        where unit_id = new.unit_id and year = the_year and month in (0, the_month) order by month for share;
    get diagnostics found_periods = row_count;
    if found_periods < 2 then
        raise exception 'no period for %', new."on"
            using errcode = '23514', constraint = 'a_posting_needs_an_open_year';
    end if;
    if exists (
        select from finance_period
        where unit_id = new.unit_id and year = the_year and month in (0, the_month) and is_closed
    ) then
        raise exception 'closed period for %', new."on"
            using errcode = '23514', constraint = 'a_closed_month_takes_no_postings';
    end if;
    return new;
end $$;
"""
for table in OF_A_UNIT:
    SQL += f"""
alter table finance_{table} enable row level security;
alter table finance_{table} force row level security;
create policy seen_with_its_unit on finance_{table}
    using (exists (select from finance_budgetunit u where u.id = unit_id));
"""
for table, parent in OF_ANOTHER.items():
    SQL += f"""
alter table finance_{table} enable row level security;
alter table finance_{table} force row level security;
create policy seen_with_its_{parent} on finance_{table}
    using (exists (select from finance_{parent} p where p.id = {parent}_id));
"""
for table in APPEND_ONLY:
    SQL += f"""
create trigger append_only before update or delete on finance_{table}
    for each row execute function kernel_append_only();
"""
for table in POSTED:
    SQL += f"""
create trigger posted_into_an_open_period before insert on finance_{table}
    for each row execute function finance_period_is_open();
"""


class Migration(migrations.Migration):
    dependencies = [("finance", "0001_books"), ("kernel", "0001_initial")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
