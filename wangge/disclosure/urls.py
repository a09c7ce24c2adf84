from django.urls import path

from wangge.disclosure import api
from wangge.disclosure.views import audits, publications, sets

app_name = "disclosure"
urlpatterns = [
    path("desk/audits", audits.audits, name="audits"),
    path("desk/audits/upload", audits.upload, name="audit-upload"),
    path("desk/audits/export", audits.export, name="audits-export"),
    path("desk/audits/<int:audit_id>", audits.audit, name="audit"),
    path("desk/audits/<int:audit_id>/decide", audits.decide, name="audit-decide"),
    path("desk/audits/<int:audit_id>/again", audits.again, name="audit-again"),
    path("desk/audits/<int:audit_id>/original", audits.original, name="audit-original"),
    path("desk/audits/<int:audit_id>/result.<str:form>", audits.result, name="audit-result"),
    path("desk/audits/<int:audit_id>/letter", audits.new_letter, name="letter-new"),
    path("desk/audits/letters/<str:number>", audits.show_letter, name="letter"),
    path("desk/audits/letters/<str:number>/file.<str:form>", audits.letter_file, name="letter-file"),
    path("desk/sets", sets.show, name="sets"),
    path("desk/sets/rows", sets.rows, name="set-rows"),
    path("desk/sets/file.<str:form>", sets.file, name="set-file"),
    path("desk/publications", publications.publications, name="publications"),
    path("desk/publications/export", publications.export, name="publications-export"),
    path("desk/publications/make", publications.make, name="publication-make"),
    path("desk/publications/<str:number>", publications.publication, name="publication"),
    path("desk/publications/<str:number>/do/<slug:command>", publications.act, name="publication-act"),
    path("desk/publications/<str:number>/files/<str:kind>", publications.file, name="publication-file"),
    path("api/v1/audits", api.by_method(GET=api.listing, POST=api.send), name="api_audits"),
    path("api/v1/audits/<int:audit_id>", api.by_method(GET=api.result), name="api_audit"),
]
