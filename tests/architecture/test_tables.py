"""Laws of the tables, walked over the app registry: what import-linter cannot see because keys are named by strings."""

import pytest
from django.apps import apps
from django.db import connection, models

# Lowest first. A foreign key may point to its own room or to one before it.
ORDER = ["kernel", "territory", "identity", "registry", "casework", "events", "finance", "exchange", "disclosure"]
WITHOUT_TABLES = ["portal", "desk", "pocket"]
OUTSIDE = {"contenttypes", "auth", "sessions"}
OURS = [m for m in apps.get_models() if m.__module__.startswith("wangge.")]
KEYS = [
    field
    for model in OURS
    for field in model._meta.get_fields()
    if isinstance(field, models.ForeignKey | models.OneToOneField | models.ManyToManyField)
]


def name(field: models.Field) -> str:
    return f"{field.model._meta.label}.{field.name}"


def test_there_is_something_to_judge():
    assert len(OURS) > 10
    assert len(KEYS) > 5


@pytest.mark.parametrize("field", KEYS, ids=name)
def test_a_key_points_down_and_leaves_no_trace_above(field):
    here, there = field.model._meta.app_label, field.related_model._meta.app_label
    if there in OUTSIDE:
        return
    assert ORDER.index(there) <= ORDER.index(here), f"{name(field)} points up to {there}"
    if here != there:
        assert field.remote_field.related_name == "+", f"{name(field)} is visible from {there}"
        if not isinstance(field, models.ManyToManyField):
            assert field.remote_field.on_delete is models.PROTECT, f"{name(field)} does not protect its target"


def test_the_entrances_have_no_tables():
    assert [m._meta.label for m in OURS if m._meta.app_label in WITHOUT_TABLES] == []


def test_every_constraint_has_a_name_that_is_a_sentence():
    poor = [
        f"{model._meta.label}: {constraint.name}"
        for model in OURS
        for constraint in model._meta.constraints
        if len(constraint.name.split("_")) < 3
    ]
    assert poor == []


def test_no_model_overrides_save_or_delete():
    overridden = [
        f"{model._meta.label}.{method}" for model in OURS for method in ("save", "delete") if method in vars(model)
    ]
    assert overridden == []


@pytest.mark.django_db
def test_no_row_is_looked_for_among_everybody_in_the_readers_scope():
    """`exists (…)` in a policy may be answered by first gathering all people of the scope; a scalar sub-select may not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select tablename from pg_policies where qual ~* 'exists \\( select\\s+from registry_person' order by 1"
        )
        gathered = {table for (table,) in cursor.fetchall()}
    # Some dozens of rows each, and only asked for by one device or one record.
    assert gathered <= {"registry_importdifference", "events_deviceuser"}
