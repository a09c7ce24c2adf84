from django.urls import include, path

urlpatterns = [
    path("", include("wangge.identity.urls")),
    path("", include("wangge.territory.urls")),
    path("", include("wangge.events.urls")),
    path("desk/", include("wangge.desk.urls")),
    path("pocket/", include("wangge.pocket.urls")),
    path("", include("wangge.portal.urls")),
]
