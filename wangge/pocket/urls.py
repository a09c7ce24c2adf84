from django.urls import path

from wangge.pocket import views

app_name = "pocket"
urlpatterns = [
    path("", views.home, name="home"),
    path("sw.js", views.service_worker, name="service_worker"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("bootstrap.json", views.bootstrap, name="bootstrap"),
    path("doors.json", views.doors, name="doors"),
    path("day.json", views.day, name="day"),
    path("sync", views.send, name="sync"),
    path("files/<str:sha256>", views.file, name="file"),
    path("case/<str:number>.json", views.case, name="case"),
]
