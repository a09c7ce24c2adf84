from django.urls import URLPattern, URLResolver

from wangge.registry import urls_collection

app_name = "registry"
urlpatterns: list[URLPattern | URLResolver] = [
    *urls_collection.urlpatterns,
]
