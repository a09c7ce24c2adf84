"""Two views of a made-up interface, to watch what the middleware hands them."""

from typing import Any

from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def tell(request: Any) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('app.lo', true), current_setting('app.hi', true)")
        lo, hi = cursor.fetchone()
    return JsonResponse({"id": request.actor.id, "channel": request.actor.channel, "lo": lo, "hi": hi})


urlpatterns = [path("api/v1/probe", tell), path("login", tell)]
