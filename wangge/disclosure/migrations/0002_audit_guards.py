"""Row-level security of audits: a district sees what it uploaded; findings and letters are seen with their audit."""

from django.db import migrations

LO, HI = (f"nullif(current_setting('app.{name}', true), '')::bigint" for name in ("lo", "hi"))
SQL = f"""
alter table disclosure_documentaudit enable row level security;
alter table disclosure_documentaudit force row level security;
create policy an_audit_is_seen_in_its_district on disclosure_documentaudit using (place_code between {LO} and {HI});
create trigger append_only before update or delete on disclosure_auditletter
    for each row execute function kernel_append_only();
"""
for child in ("auditfinding", "auditletter"):
    SQL += f"""
alter table disclosure_{child} enable row level security;
alter table disclosure_{child} force row level security;
create policy seen_with_its_audit on disclosure_{child}
    using (exists (select from disclosure_documentaudit a where a.id = audit_id));
"""


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0001_audits"), ("kernel", "0001_initial")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
