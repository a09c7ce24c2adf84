from django.urls import URLPattern, URLResolver, include, path

app_name = "finance"
urlpatterns: list[URLPattern | URLResolver] = [
    path("performance/", include("wangge.finance.performance.urls")),
]
