from django.urls import path

from wangge.exchange.privacy import views

urlpatterns = [
    path("requests", views.requests, name="privacy"),
    path("requests/new", views.receive, name="privacy-new"),
    path("requests/<str:number>", views.one, name="privacy-request"),
    path("requests/<str:number>/asker", views.asker, name="privacy-asker"),
    path("requests/<str:number>/copy", views.copy, name="privacy-copy"),
    path("requests/<str:number>/do/<slug:command>", views.act, name="privacy-act"),
    path("destructions", views.destructions, name="destructions"),
    path("destructions/<int:destruction_id>", views.decide, name="destruction-decide"),
]
