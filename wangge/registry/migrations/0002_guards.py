"""Row-level security of the registry: by place, with the person, and for special groups by the right `sees.<group>` too."""

from django.db import migrations

LO, HI = (f"nullif(current_setting('app.{name}', true), '')::bigint" for name in ("lo", "hi"))
BY_PLACE = ("person", "household", "residence", "visit", "organisation")
WITH_PERSON = ("personchange", "relation", "householdmember", "hukou", "migrant", "leftbehind", "foreigner", "care")
SPECIAL = {
    "released": "released",
    "correction": "correction",
    "psychiatric": "psychiatric",
    "druguse": "drug",
    "hivrisk": "hiv",
    "keyyouth": "youth",
}


def guard(table: str, name: str, condition: str) -> str:
    return f"""
alter table registry_{table} enable row level security;
alter table registry_{table} force row level security;
create policy {name} on registry_{table} using ({condition});
"""


PERSON = "exists (select from registry_person p where p.id = person_id)"
SQL = "".join(
    [
        *(guard(t, "seen_in_its_place", f"place_code between {LO} and {HI}") for t in BY_PLACE),
        *(guard(t, "seen_with_its_person", PERSON) for t in WITH_PERSON),
        *(
            guard(
                t,
                "seen_with_its_person_by_who_may_see_the_group",
                f"(current_setting('app.sees', true) = '*' or position(',{code},' in current_setting('app.sees', true)) > 0)"
                f" and {PERSON}",
            )
            for t, code in SPECIAL.items()
        ),
        """
create trigger append_only before update on registry_personchange
    for each row execute function kernel_append_only();
""",
    ]
)


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_records"), ("kernel", "0001_initial")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
