from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    name = "wangge.disclosure"
    label = "disclosure"
    verbose_name = "公开"

    def ready(self) -> None:
        from wangge.kernel import outbox

        outbox.load_reactions()
