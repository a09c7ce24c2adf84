"""Addresses of the pages of places: standard addresses, doubts, fixtures, census."""

from django.urls import path

from wangge.territory.views import addresses, fixtures

urlpatterns = [
    path("territory/addresses", addresses.addresses, name="addresses"),
    path("territory/addresses/export", addresses.export, name="addresses-export"),
    path("territory/addresses/new", addresses.address_new, name="address-new"),
    path("territory/addresses/<int:address_id>", addresses.address, name="address"),
    path("territory/addresses/<int:address_id>/<slug:act>", addresses.address_act, name="address-act"),
    path("territory/aliases/<int:alias_id>/drop", addresses.alias_drop, name="alias-drop"),
    path("territory/doubts", addresses.doubts, name="doubts"),
    path("territory/doubts/<int:doubt_id>", addresses.doubt, name="doubt"),
    path("territory/doubts/<int:doubt_id>/undo", addresses.doubt_undo, name="doubt-undo"),
    path("territory/fixtures", fixtures.fixtures, name="fixtures"),
    path("territory/fixtures/export", fixtures.export, name="fixtures-export"),
    path("territory/fixtures/labels", fixtures.print_labels, name="fixture-labels"),
    path("territory/fixtures/new", fixtures.fixture_new, name="fixture-new"),
    path("territory/fixtures/<slug:code>", fixtures.fixture, name="fixture"),
    path("territory/fixtures/<slug:code>/photo", fixtures.photo, name="fixture-photo"),
    path("territory/fixtures/<slug:code>/edit", fixtures.fixture_edit, name="fixture-edit"),
    path("territory/fixtures/<slug:code>/check", fixtures.check, name="fixture-check"),
    path("territory/census", fixtures.censuses, name="censuses"),
    path("territory/census/<int:census_id>", fixtures.census, name="census"),
    path("territory/census/<int:census_id>/close", fixtures.census_close, name="census-close"),
]
