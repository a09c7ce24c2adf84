"""Addresses of people's records."""

from django.urls import path

from wangge.registry import api_people
from wangge.registry.views import handling, people, person_acts

_ONE = "registry/people/<int:person_id>/"
urlpatterns = [
    path("api/v1/people", api_people.listing, name="api-people"),
    path("api/v1/people/<int:person_id>", api_people.single, name="api-person"),
    path("registry/people", people.listing, name="people"),
    path("registry/people/export", people.export, name="people-export"),
    path("registry/people/new", people.new, name="person-new"),
    path("registry/people/<int:person_id>", people.show, name="person"),
    path(_ONE + "edit", people.edit, name="person-edit"),
    path(_ONE + "verify", people.verify, name="person-verify"),
    path(_ONE + "reveal", people.reveal, name="person-reveal"),
    path(_ONE + "contacts", people.contacts, name="person-contacts"),
    path(_ONE + "begin/<str:kind>", person_acts.begin, name="role-begin"),
    path(_ONE + "roles/<str:kind>/<int:row_id>/change", person_acts.change, name="role-change"),
    path(_ONE + "roles/<str:kind>/<int:row_id>/end", person_acts.end, name="role-end"),
    path(_ONE + "settle", person_acts.settle, name="person-settle"),
    path(_ONE + "residences/<int:row_id>/end", person_acts.leave, name="residence-end"),
    path(_ONE + "household", person_acts.household, name="household-new"),
    path(_ONE + "household/join", person_acts.join, name="household-join"),
    path(_ONE + "household/leave", person_acts.leave_household, name="household-leave"),
    path(_ONE + "household/head", person_acts.head, name="household-head"),
    path(_ONE + "relate", person_acts.relate, name="person-relate"),
    path(_ONE + "relations/<int:row_id>/end", person_acts.unrelate, name="relation-end"),
    path(_ONE + "relations/<int:row_id>/first", person_acts.first_call, name="relation-first"),
    path(_ONE + "depart", person_acts.depart, name="person-depart"),
    path(_ONE + "die", person_acts.die, name="person-die"),
    path(_ONE + "reinstate", person_acts.reinstate, name="person-reinstate"),
    path(_ONE + "move", handling.ask_move, name="person-move"),
    path("registry/moves", handling.moves, name="moves"),
    path("registry/moves/in", handling.transfer_in, name="transfer-in"),
    path("registry/moves/<int:move_id>/<str:command>", handling.answer, name="move-answer"),
    path("registry/duplicates", handling.duplicates, name="duplicates"),
    path("registry/duplicates/<int:one_id>/<int:other_id>", handling.judge, name="judge"),
    path("registry/duplicates/<int:decision_id>/undo", handling.undo_judgement, name="judgement-undo"),
    path("registry/reveals", handling.reveals, name="reveals"),
    path("registry/reveals/export", handling.reveals_export, name="reveals-export"),
]
