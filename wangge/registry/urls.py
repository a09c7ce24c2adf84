from django.urls import URLPattern, URLResolver

from wangge.registry import urls_collection, urls_dwellings, urls_imports, urls_organisations, urls_people, urls_quality

app_name = "registry"
urlpatterns: list[URLPattern | URLResolver] = [
    *urls_organisations.urlpatterns,
    *urls_dwellings.urlpatterns,
    *urls_collection.urlpatterns,
    *urls_imports.urlpatterns,
    *urls_people.urlpatterns,
    *urls_quality.urlpatterns,
]
