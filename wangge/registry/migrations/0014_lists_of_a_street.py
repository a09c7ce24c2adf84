"""Lists of special groups are made for a street and a group each: only who may see the group sees its list."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0013_sampled_things")]

    operations = [
        # Lists of all groups together: the next night proposes what is due anew, group by group.
        migrations.RunSQL("delete from registry_destruction where rule = 'special'", migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="destruction", name="one_open_list_of_a_rule_in_a_district"),
        migrations.AddConstraint(
            model_name="destruction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["proposed", "approved"])),
                fields=("place_code", "rule"),
                name="one_open_list_of_a_rule_in_a_place",
            ),
        ),
    ]
