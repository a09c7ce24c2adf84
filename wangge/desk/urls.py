from django.urls import URLPattern, path

from wangge.desk.views import admin, boards, case, console, intake, lists, search, stored

app_name = "desk"
HASH = "files/<str:sha256>"
urlpatterns: list[URLPattern] = [
    path("", lists.inbox, name="inbox"),
    path("new", intake.new, name="new"),
    path("cases", lists.cases, name="cases"),
    path("cases/export", lists.export, name="export"),
    path("columns", lists.columns, name="columns"),
    path("filters", lists.save_filter, name="filter-save"),
    path("filters/<int:filter_id>/delete", lists.delete_filter, name="filter-delete"),
    path("bulk", lists.bulk, name="bulk"),
    path("case/<str:number>.pdf", case.printed, name="case-pdf"),
    path("case/<str:number>", case.page, name="case"),
    path("case/<str:number>/panel", case.panel, name="case-panel"),
    path("case/<str:number>/reveal", case.reveal, name="case-reveal"),
    path("case/<str:number>/cards/<int:card_id>/<slug:verb>", case.card, name="case-card"),
    path("case/<str:number>/do/<slug:command>", case.act, name="case-act"),
    path("console", console.page, name="console"),
    path("points.json", console.points, name="points"),
    path("cells.json", console.cells, name="cells"),
    path("changes", console.changes, name="changes"),
    path("search", search.search, name="search"),
    path("cards", boards.cards, name="cards"),
    path("platforms", boards.platforms, name="platforms"),
    path(f"{HASH}", stored.view, name="file"),
    path(f"{HASH}/thumb", stored.thumb, name="thumb"),
    path(f"{HASH}/original", stored.original, name="original"),
    path("admin/categories", admin.categories, name="categories"),
    path("admin/categories/export", admin.export_categories, name="categories-export"),
    path("admin/categories/import", admin.import_categories, name="categories-import"),
    path("admin/categories/versions", admin.versions, name="category-versions"),
    path("admin/categories/<str:code>", admin.category, name="category"),
    path("admin/calendar", admin.calendar, name="calendar"),
    path("admin/calendar/import", admin.import_calendar, name="calendar-import"),
    path("admin/calendar/template", admin.calendar_template, name="calendar-template"),
]
