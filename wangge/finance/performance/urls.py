"""Addresses of performance, under `/finance/performance/`; their names live in the room's own space."""

from django.urls import URLPattern, path

from wangge.finance.performance.views import evaluations, goals

GOAL, EVALUATION = "goals/<int:goal_id>", "evaluations/<int:evaluation_id>"
urlpatterns: list[URLPattern] = [
    path("", goals.index, name="performance"),
    path("overview", evaluations.overview, name="performance-overview"),
    path("goals/new", goals.create, name="goal-new"),
    path(GOAL, goals.goal, name="goal"),
    path(f"{GOAL}/indicators", goals.indicators, name="goal-indicators"),
    path(f"{GOAL}/lint", goals.lint, name="goal-lint"),
    path(f"{GOAL}/weights", goals.weights, name="goal-weights"),
    path(f"{GOAL}/lines", goals.lines, name="goal-lines"),
    path(f"{GOAL}/do/<slug:command>", goals.move, name="goal-move"),
    path(f"{GOAL}/export", goals.export, name="goal-export"),
    path(f"{GOAL}/import", goals.take_in, name="goal-import"),
    path(f"{GOAL}/form.pdf", goals.printed, name="goal-pdf"),
    path(f"{GOAL}/history", goals.history, name="goal-history"),
    path(f"{GOAL}/monitoring", evaluations.monitoring, name="goal-monitoring"),
    path(f"{GOAL}/evaluate", evaluations.start, name="goal-evaluate"),
    path("indicators/<int:indicator_id>/bind", goals.bind, name="indicator-bind"),
    path("indicators/<int:indicator_id>/unbind", goals.unbind, name="indicator-unbind"),
    path("indicators/<int:indicator_id>/rows", goals.indicator_rows, name="indicator-rows"),
    path(EVALUATION, evaluations.evaluation, name="evaluation"),
    *(path(f"{EVALUATION}/{w}", evaluations.fill, {"what": w}, name=f"evaluation-{w}") for w in ("funds", "freeze")),
    path(f"{EVALUATION}/do/<slug:command>", evaluations.move, name="evaluation-move"),
    path(f"{EVALUATION}/form.pdf", evaluations.printed, name="evaluation-pdf"),
    path(f"{EVALUATION}/report.pdf", evaluations.report, name="evaluation-report"),
    path(f"{EVALUATION}/history", evaluations.history, name="evaluation-history"),
    path("results/<int:result_id>", evaluations.result, name="result"),
    path("results/<int:result_id>/rows", evaluations.result_rows, name="result-rows"),
    path("results/<int:result_id>/evidence", evaluations.evidence, name="result-evidence"),
]
