"""Fields of long code tables: a person reads and writes names, not numbers."""

from django import forms

from wangge.registry.forms.table_fields import NamedCode, form_field
from wangge.registry.rules import tables

LISTED = {"430200": "株洲市", "430202": "市辖区", "430301": "市辖区"}


class Place(forms.Form):
    home = NamedCode(LISTED, required=False, show_hidden_initial=True)


def test_a_code_is_shown_by_its_name_where_no_other_has_it():
    assert Place(initial={"home": "430200"})["home"].value() == "株洲市"
    assert Place(initial={"home": "430202"})["home"].value() == "430202"
    assert Place(initial={"home": ""})["home"].value() == ""


def test_a_form_sent_back_untouched_has_not_changed():
    for code in LISTED:
        shown = Place(initial={"home": code})["home"].value()
        sent = Place({"home": shown, "initial-home": shown}, initial={"home": code})
        assert sent.is_valid()
        assert sent.changed_data == []


def test_the_home_of_a_person_is_such_a_field():
    (origin,) = [f for f in tables.core() if f.key == "native_place"]
    field = form_field(origin)
    assert isinstance(field, NamedCode)
    assert field.prepare_value("430200") == "株洲市"
