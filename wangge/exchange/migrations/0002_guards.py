"""Row-level security of the exchange: rows by place, rows about a special group only by the right to see that group."""

from django.db import migrations

LO, HI = (f"nullif(current_setting('app.{name}', true), '')::bigint" for name in ("lo", "hi"))
SEES = "current_setting('app.sees', true)"
OFFICE = "nullif(nullif(current_setting('app.department', true), ''), '0')::bigint"
GROUP = f"""("group" = '' or {SEES} = '*' or position(',' || "group" || ',' in {SEES}) > 0)"""
PLACE = f"place_code between {LO} and {HI}"
GUARDS = {
    # What a source or a data set is called names nobody; that it is about a special group is for who may see the group.
    "source": ("seen_by_who_may_see_its_group", GROUP),
    "dataset": ("seen_by_who_may_see_its_group", GROUP),
    "codemap": ("seen_with_its_source", "exists (select from exchange_source s where s.id = source_id)"),
    "qualityrule": ("seen_with_its_source", "exists (select from exchange_source s where s.id = source_id)"),
    "intake": ("seen_in_its_place_by_who_may_see_its_group", f"{PLACE} and {GROUP}"),
    "record": ("seen_in_its_place_by_who_may_see_its_group", f"{PLACE} and {GROUP}"),
    "linkrun": ("seen_in_its_place_by_who_may_see_its_group", f"{PLACE} and {GROUP}"),
    "link": ("seen_with_its_row", "exists (select from exchange_record r where r.id = record_id)"),
    "sharerequest": (
        "seen_by_its_office_and_in_its_place",
        f"(department_id = {OFFICE} or {PLACE}) and {GROUP}",
    ),
    "delivery": ("seen_with_its_request", "exists (select from exchange_sharerequest r where r.id = request_id)"),
}
SQL = "".join(
    f"""
alter table exchange_{table} enable row level security;
alter table exchange_{table} force row level security;
create policy {name} on exchange_{table} using ({condition});
"""
    for table, (name, condition) in GUARDS.items()
)
SQL += """
create trigger append_only before update on exchange_delivery
    for each row execute function kernel_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_exchange"), ("kernel", "0001_initial")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
