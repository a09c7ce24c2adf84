"""Addresses of what officers brought back from doors."""

from django.urls import path

from wangge.registry.views import collection as views

urlpatterns = [
    path("registry/collected/", views.collected, name="collected"),
    path("registry/collected/export", views.export_collected, name="collected-export"),
    path("registry/collected/<int:number>", views.act, name="collected-act"),
    path("registry/differences/", views.differences, name="differences"),
    path("registry/differences/export", views.export_differences, name="differences-export"),
    path("registry/differences/<int:number>", views.difference, name="difference"),
]
