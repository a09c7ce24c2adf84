from django.urls import path

from wangge.portal.views import fixture, grid, home, lists, open, progress, report

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("display", home.display, name="display"),
    path("f/<slug:code>", fixture.fixture, name="fixture"),
    path("help/accessibility", home.accessibility, name="accessibility"),
    path("report", report.start, name="report"),
    path("report/again", report.again, name="report_again"),
    path("report/category", report.category, name="report_category"),
    path("report/place", report.place, name="report_place"),
    path("report/place/<int:code>", report.place, name="report_place_in"),
    path("report/which", report.which, name="report_which"),
    path("report/photos", report.photos, name="report_photos"),
    path("report/photos/<str:sha256>", report.photo, name="report_photo"),
    path("report/similar", report.similar, name="report_similar"),
    path("report/contact", report.contact, name="report_contact"),
    path("report/check", report.check, name="report_check"),
    path("report/done", report.done, name="report_done"),
    path("progress", progress.find, name="progress"),
    path("progress/view", progress.view, name="progress_view"),
    path("progress/rate", progress.rate, name="progress_rate"),
    path("progress/contest", progress.contest, name="progress_contest"),
    path("progress/leave", progress.leave, name="progress_leave"),
    path("my-grid", grid.find, name="my_grid"),
    path("my-grid/cells.json", grid.cells, name="grid_cells"),
    path("my-grid/<int:code>", grid.find, name="grid"),
    path("my-grid/<int:code>/board.pdf", grid.board, name="grid_board"),
    path("lists", lists.show, name="lists"),
    path("open/", open.find, name="open"),
    path("open/<str:number>", open.one, name="open-one"),
    path("open/<str:number>/data.zip", open.package, name="open-package"),
    path("open/<str:number>/tables/<str:table_id>.csv", open.table, name="open-table"),
    path("open/<str:number>/files/<str:kind>", open.file, name="open-file"),
]
