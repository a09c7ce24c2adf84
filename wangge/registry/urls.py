from django.urls import URLPattern, URLResolver

from wangge.registry import urls_collection, urls_organisations

app_name = "registry"
urlpatterns: list[URLPattern | URLResolver] = [
    *urls_organisations.urlpatterns,
    *urls_collection.urlpatterns,
]
