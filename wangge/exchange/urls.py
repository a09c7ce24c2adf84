from django.urls import URLPattern, URLResolver, include, path

from wangge.exchange import api
from wangge.exchange.views import linking, sharing, sources

app_name = "exchange"
urlpatterns: list[URLPattern | URLResolver] = [
    path("privacy/", include("wangge.exchange.privacy.urls")),
    path("exchange/sources", sources.sources, name="sources"),
    path("exchange/sources/export", sources.export, name="sources-export"),
    path("exchange/sources/new", sources.new, name="source-new"),
    path("exchange/sources/<int:source_id>", sources.source, name="source"),
    path("exchange/sources/<int:source_id>/edit", sources.edit, name="source-edit"),
    path("exchange/sources/<int:source_id>/template", sources.sample, name="source-template"),
    path("exchange/sources/<int:source_id>/take", sources.take, name="source-take"),
    path("exchange/sources/<int:source_id>/do/<slug:command>", sources.set_up, name="source-act"),
    path("exchange/sources/<int:source_id>/records", sources.records, name="records"),
    path("exchange/sources/<int:source_id>/run", linking.begin, name="run-begin"),
    path("exchange/sources/<int:source_id>/dataset", sharing.draft, name="dataset-draft"),
    path("exchange/intakes/<int:intake_id>", sources.intake, name="intake"),
    path("exchange/intakes/<int:intake_id>/refused", sources.refused, name="intake-refused"),
    path("exchange/intakes/<int:intake_id>/withdraw", sources.withdraw, name="intake-withdraw"),
    path("exchange/intakes/<int:intake_id>/resume", sources.resume, name="intake-resume"),
    path("exchange/runs/<int:run_id>", linking.run, name="run"),
    path("exchange/runs/<int:run_id>/undo", linking.undo_run, name="run-undo"),
    path("exchange/review", linking.review, name="review"),
    path("exchange/review/export", linking.review_export, name="review-export"),
    path("exchange/records/<int:record_id>", linking.record, name="record"),
    path("exchange/links/<int:link_id>/<slug:command>", linking.decide, name="link-act"),
    path("exchange/people/<int:person_id>", linking.person, name="person"),
    path("exchange/catalogue", sharing.catalogue, name="catalogue"),
    path("exchange/catalogue/export", sharing.catalogue_export, name="catalogue-export"),
    path("exchange/catalogue/<int:dataset_id>", sharing.dataset, name="dataset"),
    path("exchange/catalogue/<int:dataset_id>/publish", sharing.publish, name="dataset-publish"),
    path("exchange/shares", sharing.shares, name="shares"),
    path("exchange/shares/export", sharing.shares_export, name="shares-export"),
    path("exchange/shares/<slug:number>", sharing.share, name="share"),
    path("exchange/shares/<slug:number>/decide", sharing.decide, name="share-decide"),
    path("exchange/shares/<slug:number>/fetch", sharing.fetch, name="share-fetch"),
    path("exchange/shares/<slug:number>/do/<slug:command>", sharing.end, name="share-end"),
    path("exchange/trace", sharing.trace, name="trace"),
    path("api/v1/exchange/<slug:code>/records", api.push, name="api_push"),
    path("api/v1/exchange/shares/<slug:number>/records", api.shared, name="api_shared"),
]
