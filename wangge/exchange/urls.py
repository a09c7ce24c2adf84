from django.urls import URLPattern, URLResolver, include, path

app_name = "exchange"
urlpatterns: list[URLPattern | URLResolver] = [
    path("privacy/", include("wangge.exchange.privacy.urls")),
]
