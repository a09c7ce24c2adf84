from django.urls import URLPattern, URLResolver

from wangge.registry import urls_collection, urls_organisations, urls_people

app_name = "registry"
urlpatterns: list[URLPattern | URLResolver] = [
    *urls_organisations.urlpatterns,
    *urls_collection.urlpatterns,
    *urls_people.urlpatterns,
]
