from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    name = "wangge.disclosure"
    label = "disclosure"
    verbose_name = "公开"

    def ready(self) -> None:
        from wangge.disclosure import openapi  # noqa: F401 (adds this room's addresses to the document)
        from wangge.kernel import outbox

        outbox.load_reactions()
