"""Addresses of dwellings, lettings and buildings."""

from django.urls import path

from wangge.registry import api_dwellings
from wangge.registry.views import dwellings as views

urlpatterns = [
    path("api/v1/dwellings", api_dwellings.listing, name="api-dwellings"),
    path("api/v1/dwellings/<int:dwelling_id>", api_dwellings.single, name="api-dwelling"),
    path("registry/dwellings", views.listing, name="dwellings"),
    path("registry/dwellings/export", views.export, name="dwellings-export"),
    path("registry/dwellings/<int:dwelling_id>", views.show, name="dwelling"),
    path("registry/dwellings/<int:dwelling_id>/reveal", views.reveal, name="dwelling-reveal"),
    path("registry/dwellings/<int:dwelling_id>/retire", views.retire, name="dwelling-retire"),
    path("registry/dwellings/<int:dwelling_id>/<slug:what>", views.act, name="dwelling-act"),
    path("registry/rentals", views.rentals, name="rentals"),
    path("registry/rentals/export", views.rentals_export, name="rentals-export"),
    path("registry/buildings/<int:building_id>", views.building, name="building"),
]
