from django.urls import URLPattern, URLResolver, include, path

from wangge.finance.views import home, lines, payments

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
]
