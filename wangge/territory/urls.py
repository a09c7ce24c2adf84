from django.urls import path, register_converter

from wangge.territory import place_urls, views


class PlaceCode:
    """Fifteen digits."""

    regex = r"[1-9]\d{14}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(PlaceCode, "place_code")

app_name = "territory"
urlpatterns = [
    path("territory/cells", views.cells, name="cells"),
    path("territory/cells/geojson", views.geojson, name="geojson"),
    path("territory/cells/check", views.check, name="check"),
    path("territory/cells/draw", views.draw, name="draw"),
    path("territory/cells/redraw", views.redraw, name="redraw"),
    path("territory/cells/split", views.split, name="split"),
    path("territory/cells/merge", views.merge, name="merge"),
    path("territory/cells/import", views.load, name="import"),
    path("territory/cells/<place_code:code>", views.cell, name="cell"),
    path("territory/cells/<place_code:code>/retire", views.retire, name="retire"),
    path("territory/cells/<place_code:code>/rename", views.rename, name="rename"),
    *place_urls.urlpatterns,
]
