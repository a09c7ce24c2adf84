from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "wangge.events"
    label = "events"
    verbose_name = "网格事件"

    def ready(self) -> None:
        from wangge.casework import services as casework
        from wangge.events import queries
        from wangge.kernel import outbox

        casework.register(queries.PROCESS)
        outbox.load_reactions()
