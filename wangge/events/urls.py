from django.urls import URLPattern, path

from wangge.events import api, openapi
from wangge.events.alarms import urls as alarms

app_name = "events"
_reading = {str(p.pattern): p.callback for p in api.reading.urls[0] if isinstance(p, URLPattern)}
urlpatterns = [
    path("api/v1/events", api.by_method(GET=_reading["events"], POST=api.report_one), name="api_events"),
    path("api/v1/events/batch", api.by_method(POST=api.report_batch), name="api_batch"),
    path("api/v1/events/<str:number>", api.by_method(GET=_reading["events/<number>"]), name="api_event"),
    path("api/v1/categories", api.by_method(GET=_reading["categories"]), name="api_categories"),
    path("api/v1/files", api.by_method(POST=api.upload), name="api_files"),
    path("api/v1/openapi.json", openapi.document_view, name="api_document"),
    *alarms.urlpatterns,
]
