from django.urls import include, path

handler404 = "wangge.kernel.web.not_found"
handler500 = "wangge.kernel.web.server_error"

urlpatterns = [
    # First, because intake is the hot path and every address before it is tried on each report.
    path("", include("wangge.events.urls")),
    path("", include("wangge.identity.urls")),
    path("", include("wangge.territory.urls")),
    path("", include("wangge.registry.urls")),
    path("", include("wangge.exchange.urls")),
    path("finance/", include("wangge.finance.urls")),
    path("", include("wangge.disclosure.urls")),
    path("desk/", include("wangge.desk.urls")),
    path("pocket/", include("wangge.pocket.urls")),
    path("", include("wangge.portal.urls")),
]
