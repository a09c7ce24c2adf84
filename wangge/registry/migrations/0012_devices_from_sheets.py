from django.db import migrations, models

KINDS = [
    ("people", "人员"),
    ("households", "户"),
    ("dwellings", "房屋"),
    ("organisations", "组织"),
    ("devices", "设备"),
]


class Migration(migrations.Migration):
    dependencies = [("registry", "0011_merger_index")]

    operations = [
        migrations.AlterField("importbatch", "kind", models.CharField(choices=KINDS, max_length=13)),
        migrations.AlterField("importmapping", "kind", models.CharField(choices=KINDS, max_length=13)),
    ]
