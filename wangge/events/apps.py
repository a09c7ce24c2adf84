from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "wangge.events"
    label = "events"
    verbose_name = "网格事件"

    def ready(self) -> None:
        from wangge.casework import services as casework
        from wangge.events import metrics, queries  # noqa: F401 (defines this room's figures)
        from wangge.events.services.history import HISTORY
        from wangge.kernel import outbox, resealing

        casework.register(queries.PROCESS)
        casework.register_history(queries.PROCESS.kind, HISTORY)
        for field in ("name", "phone"):
            resealing.keep("events.Reporter", field, "personal", lambda r: r.case.number)
        outbox.load_reactions()
