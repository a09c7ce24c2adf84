"""告警规则: what holds of each kind in the district, what was decided, and the form of whoever keeps the devices there."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from wangge.events import services
from wangge.events.alarms import forms, queries, terms
from wangge.identity.access import requires
from wangge.kernel import clock
from wangge.kernel.forms import attempt
from wangge.kernel.request import Request
from wangge.territory import queries as territory

SEE, EDIT = requires(terms.VIEW), requires(queries.EDIT)
PAGE = "/devices/rules"


@require_http_methods(["GET", "POST"])
@SEE
def alarm_rules(request: Request) -> HttpResponse:
    """Every kind with its limits today; POST decides one kind anew from a day on."""
    actor = request.actor
    district = territory.at_level(actor.lo, "district") if 10**14 <= actor.lo <= actor.hi else 0
    rows = queries.alarm_rules(district)
    asked = request.POST.get("kind") or request.GET.get("kind", "")
    chosen = next((r for r in rows if r.code == asked), None)
    form = None
    if chosen is not None and actor.may(queries.EDIT):
        form = forms.RuleForm(chosen, request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            act = partial(services.set_alarm_rule, actor=actor, district=district, kind=chosen.code, **form.told())
            if made := attempt(form, act):
                messages.success(request, f"已设定，自 {made.from_on} 起用。在此之前可以撤回。")
                return HttpResponseRedirect(PAGE)
    context: dict[str, Any] = {
        "rows": rows,
        "chosen": chosen,
        "form": form,
        "levels": terms.LEVELS,
        "labels": {name: label for name, (label, _, _) in terms.LIMITS.items()},
        "today": clock.today(),
        "place": territory.name_of(district) if district else "",
        "may_set": actor.may(queries.EDIT) and district != 0 and actor.covers(district + 10**9 - 1),
    }
    return render(request, "events/alarms/rules.html", context, status=422 if form is not None and form.errors else 200)


@require_POST
@EDIT
def withdraw(request: Request, rule_id: int) -> HttpResponse:
    """Take back a rule whose day has not come."""
    services.withdraw_alarm_rule(actor=request.actor, rule_id=rule_id)
    messages.success(request, "已撤回，仍按原规则办理。")
    return HttpResponseRedirect(PAGE)
