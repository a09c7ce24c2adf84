"""A relative without a record of their own can be named and called."""

from django.db import migrations, models
from django.db.models import PROTECT, Q


class Migration(migrations.Migration):
    dependencies = [("registry", "0008_rentals")]
    operations = [
        migrations.AlterField(
            "relation",
            "other",
            models.ForeignKey(null=True, on_delete=PROTECT, related_name="+", to="registry.person"),
        ),
        migrations.AddField(
            "relation", "name", models.CharField("联系人", blank=True, default="", max_length=50), False
        ),
        migrations.AddField("relation", "sealed", models.BinaryField(null=True)),
        migrations.AddField("relation", "key_version", models.SmallIntegerField(default=1)),
        migrations.AddConstraint(
            "relation",
            models.CheckConstraint(
                name="a_relation_is_a_record_or_a_name",
                condition=Q(Q(other=None) & ~Q(name=""), Q(other__isnull=False, name=""), _connector="OR"),
            ),
        ),
        migrations.AddIndex("relation", models.Index(fields=["person"], name="relations_of_a_person")),
    ]
