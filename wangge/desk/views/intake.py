"""Taking a report at the desk: the same service as the phone, the portal and the interface."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from wangge.desk import forms, queries
from wangge.events import services as events
from wangge.identity.access import requires
from wangge.kernel import files
from wangge.kernel.errors import Refusal
from wangge.kernel.request import Request
from wangge.kernel.web import as_refusal


@require_http_methods(["GET", "POST"])
@requires("events.report")
def new(request: Request) -> HttpResponse:
    """`/desk/new`: a form with a map; the number is given at once, a refusal keeps what was typed."""
    actor = request.actor
    district = queries.district_of(actor) or 0
    form, status = forms.IntakeForm(district, request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = 422
        try:
            for one in request.FILES.getlist("upload"):
                form.kept_files.append(files.put(one.read(), name=one.name or "", actor=actor).sha256)
            if form.is_valid():
                number = _report(request, form)
                messages.success(request, f"已登记，编号 {number}。")
                return HttpResponseRedirect(f"/desk/case/{number}")
        except Exception as error:
            refusal = as_refusal(error)
            if refusal is None:
                raise
            form.is_valid()
            form.refuse(refusal.sentence, refusal.field)
            status = refusal.status
    known = files.find_many(form.kept_files)
    context = {"form": form, "kept": [(h, known[h].original_name) for h in form.kept_files if h in known]}
    return render(request, "desk/new.html", context, status=status)


def _report(request: Request, form: forms.IntakeForm) -> str:
    actor, given = request.actor, form.cleaned_data
    receipt = events.report(
        actor=actor,
        report=events.Report(
            id=given["key"],
            text=given["text"],
            lng=given["lng"],
            lat=given["lat"],
            datum="cgcs2000",
            seen_at=given["seen_at"],
            source=given["source"],
            category=given["category"] or None,
            files=form.kept_files,
            urgency=given["urgency"],
            is_secret=given["is_secret"],
        ),
    )
    if receipt.is_new and (given["name"] or given["phone"]):
        try:
            events.save_reporter(actor=actor, number=receipt.number, name=given["name"], phone=given["phone"])
        except Refusal as refusal:
            messages.warning(request, f"件已登记，联系方式没有保存：{refusal.sentence}")
    return receipt.number
