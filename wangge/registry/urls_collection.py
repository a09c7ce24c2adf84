"""Addresses of what officers brought back from doors."""

from django.urls import path

from wangge.registry.views import collection as views

urlpatterns = [
    path("collected/", views.collected, name="collected"),
    path("collected/export", views.export_collected, name="collected-export"),
    path("collected/<int:number>", views.act, name="collected-act"),
    path("differences/", views.differences, name="differences"),
    path("differences/export", views.export_differences, name="differences-export"),
    path("differences/<int:number>", views.difference, name="difference"),
]
