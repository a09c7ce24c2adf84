"""Addresses of organisations, the dictionary and exports by the standard."""

from django.urls import path

from wangge.registry import api_organisations
from wangge.registry.views import dictionary, exports, organisations

urlpatterns = [
    path("api/v1/organisations", api_organisations.listing, name="api-organisations"),
    path("api/v1/organisations/<int:organisation_id>", api_organisations.single, name="api-organisation"),
    path("registry/organisations", organisations.listing, name="organisations"),
    path("registry/organisations/export", organisations.export, name="organisations-export"),
    path("registry/organisations/new", organisations.new, name="organisation-new"),
    path("registry/organisations/<int:organisation_id>", organisations.show, name="organisation"),
    path("registry/organisations/<int:organisation_id>/edit", organisations.edit, name="organisation-edit"),
    path("registry/organisations/<int:organisation_id>/verify", organisations.verify, name="organisation-verify"),
    path("registry/organisations/<int:organisation_id>/close", organisations.close, name="organisation-close"),
    path("registry/organisations/<int:organisation_id>/reopen", organisations.reopen, name="organisation-reopen"),
    path("registry/organisations/<int:organisation_id>/reveal", organisations.reveal, name="organisation-reveal"),
    path("registry/organisations/<int:organisation_id>/visit", organisations.visit, name="organisation-visit"),
    path("registry/dictionary", dictionary.dictionary, name="dictionary"),
    path("registry/dictionary/tables/<str:code>", dictionary.data_table, name="data-table"),
    path("registry/dictionary/codes/<str:name>", dictionary.code_table, name="code-table"),
    path("registry/dictionary/codes/<str:name>/export", dictionary.export, name="code-table-export"),
    path("registry/dictionary/codes/<str:name>/<int:label_id>/end", dictionary.end, name="code-name-end"),
    path("registry/exports", exports.listing, name="exports"),
    path("registry/exports/<int:export_id>", exports.show, name="export"),
    path("registry/exports/<int:export_id>/file", exports.fetch, name="export-file"),
    path("registry/exports/<int:export_id>/remove", exports.remove, name="export-remove"),
]
