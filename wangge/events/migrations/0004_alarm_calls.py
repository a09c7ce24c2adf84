"""A call names the entry of the family chain: the relative need not have a record of their own."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0003_alarms"), ("registry", "0001_records")]
    operations = [
        # Nobody was called before this: the table is empty wherever 0003 was applied.
        migrations.RunSQL("delete from events_alarmcall", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="alarmcall",
            name="relation",
            field=models.ForeignKey(
                default=None,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.relation",
            ),
            preserve_default=False,
        ),
    ]
