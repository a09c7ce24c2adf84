from django.urls import URLPattern, URLResolver, include, path

from wangge.finance.views import adjustments, home, lines, payments, preparation

app_name = "finance"
BOOKS = "u/<str:unit>/<int:year>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("performance/", include("wangge.finance.performance.urls")),
    path("", home.choose, name="books"),
    path(BOOKS, home.home, name="home"),
    path(f"{BOOKS}lines", lines.lines, name="lines"),
    path(f"{BOOKS}lines/export", lines.export, name="lines-export"),
    path(f"{BOOKS}lines/left", lines.left, name="lines-left"),
    path("lines/<int:line_id>", lines.line, name="line"),
    path(f"{BOOKS}payments", payments.payments, name="payments"),
    path(f"{BOOKS}payments/export", payments.export, name="payments-export"),
    path(f"{BOOKS}payments/new", payments.new, name="payment-new"),
    path("payments/<str:number>", payments.payment, name="payment"),
    path("payments/<str:number>/do/<slug:command>", payments.act, name="payment-act"),
    path("payments/<str:number>/files/<slug:sha256>", payments.paper, name="payment-paper"),
    path("payments/<str:number>/slip.pdf", payments.slip, name="payment-slip"),
    path(f"{BOOKS}preparation", preparation.preparations, name="preparations"),
    path(f"{BOOKS}preparation/begin", preparation.begin, name="preparation-begin"),
    path("preparations/<int:preparation_id>", preparation.preparation, name="preparation"),
    path("preparations/<int:preparation_id>/lines", preparation.save, name="preparation-save"),
    path("preparations/<int:preparation_id>/baseline", preparation.baseline, name="preparation-baseline"),
    path("preparations/<int:preparation_id>/import", preparation.take_in, name="preparation-import"),
    path("preparations/<int:preparation_id>/export", preparation.export, name="preparation-export"),
    path("preparations/<int:preparation_id>/compare", preparation.compare, name="preparation-compare"),
    path("preparations/<int:preparation_id>/do/<slug:command>", preparation.act, name="preparation-act"),
    path(f"{BOOKS}adjustments", adjustments.adjustments, name="adjustments"),
    path(f"{BOOKS}adjustments/export", adjustments.export, name="adjustments-export"),
    path(f"{BOOKS}adjustments/new", adjustments.new, name="adjustment-new"),
    path("adjustments/<str:number>", adjustments.adjustment, name="adjustment"),
    path("adjustments/<str:number>/do/<slug:command>", adjustments.act, name="adjustment-act"),
]
