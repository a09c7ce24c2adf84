"""Addresses of imports and of what they say otherwise than the records."""

from django.urls import path

from wangge.registry.views import import_differences, imports

urlpatterns = [
    path("registry/imports", imports.listing, name="imports"),
    path("registry/imports/export", imports.export, name="imports-export"),
    path("registry/imports/template/<str:kind>", imports.blank, name="import-template"),
    path("registry/imports/<int:batch_id>", imports.show, name="import"),
    path("registry/imports/<int:batch_id>/run", imports.run, name="import-run"),
    path("registry/imports/<int:batch_id>/drop", imports.drop, name="import-drop"),
    path("registry/imports/<int:batch_id>/undo", imports.undo, name="import-undo"),
    path("registry/imports/<int:batch_id>/errors", imports.errors, name="import-errors"),
    path("registry/imports/differences", import_differences.listing, name="import-differences"),
    path("registry/imports/differences/export", import_differences.export, name="import-differences-export"),
    path("registry/imports/differences/<int:difference_id>", import_differences.compare, name="import-difference"),
    path("registry/imports/<int:batch_id>/differences", import_differences.many, name="import-differences-many"),
]
