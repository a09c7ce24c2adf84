from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    name = "wangge.territory"
    label = "territory"
    verbose_name = "地·物"

    def ready(self) -> None:
        from wangge.territory import metrics  # noqa: F401 (defines this room's figures)
