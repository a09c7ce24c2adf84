"""Look at the person of a row one by one.

Written as `exists (…)`, PostgreSQL may first gather every person in the reader's scope and then ask that heap: for fifty rows of
a district's 300,000 people it read them all. A scalar sub-select cannot be gathered, so a list pays for the rows that it shows.
"""

from django.db import migrations

SEES = "current_setting('app.sees', true)"
WITH_PERSON = ("personchange", "relation", "householdmember", "hukou", "migrant", "leftbehind", "foreigner", "care")
SPECIAL = {
    "released": "released",
    "correction": "correction",
    "psychiatric": "psychiatric",
    "druguse": "drug",
    "hivrisk": "hiv",
    "keyyouth": "youth",
}
GROUP = "seen_with_its_person_by_who_may_see_the_group"


def policies(person: str) -> str:
    """Every policy that lets a row be seen with its person, the person asked for by this expression."""
    conditions = [(table, "seen_with_its_person", person) for table in (*WITH_PERSON, "campaignanswer", "buildinglead")]
    for table, code in SPECIAL.items():
        conditions.append((table, GROUP, f"({SEES} = '*' or position(',{code},' in {SEES}) > 0) and {person}"))
    told = f"""("group" = '' or {SEES} = '*' or position(',' || "group" || ',' in {SEES}) > 0) and {person}"""
    conditions.append(("reminder", GROUP, told))
    return "".join(f"alter policy {name} on registry_{table} using ({told});\n" for table, name, told in conditions)


class Migration(migrations.Migration):
    dependencies = [("registry", "0014_lists_of_a_street")]
    operations = [
        migrations.RunSQL(
            policies("(select true from registry_person p where p.id = person_id)"),
            policies("exists (select from registry_person p where p.id = person_id)"),
        )
    ]
