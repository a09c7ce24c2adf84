"""Publications are seen in their district until they are public, then by everybody; what was published stays as it was."""

from django.db import migrations

LO, HI, DEPARTMENT = (f"nullif(current_setting('app.{name}', true), '')::bigint" for name in ("lo", "hi", "department"))
OURS = f"(place_code between {LO} and {HI} or department_id = {DEPARTMENT})"
PUBLIC = "('published', 'withdrawn', 'superseded')"
SQL = f"""
alter table disclosure_publication enable row level security;
alter table disclosure_publication force row level security;
create policy a_publication_is_seen_by_its_own_or_public on disclosure_publication for select
    using ({OURS} or state in {PUBLIC});
create policy made_by_its_own on disclosure_publication for insert with check ({OURS});
create policy changed_by_its_own on disclosure_publication for update using ({OURS});

create function disclosure_publication_stays() returns trigger language plpgsql as $$
begin
    if old.state in {PUBLIC} and (old.contents, old.contents_sha256, old.published_at, old.approved_on, old.number)
        is distinct from (new.contents, new.contents_sha256, new.published_at, new.approved_on, new.number) then
        raise exception 'what was published does not change' using errcode = 'check_violation',
            constraint = 'what_was_published_stays';
    end if;
    return new;
end $$;
create trigger what_was_published_stays before update on disclosure_publication
    for each row execute function disclosure_publication_stays();
create trigger append_only before update or delete on disclosure_publicationstep
    for each row execute function kernel_append_only();
"""
for child in ("publicationfile", "publicationstep"):
    SQL += f"""
alter table disclosure_{child} enable row level security;
alter table disclosure_{child} force row level security;
create policy seen_with_its_publication on disclosure_{child}
    using (exists (select from disclosure_publication p where p.id = publication_id));
"""


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0003_publications"), ("kernel", "0001_initial")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
