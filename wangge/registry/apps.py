from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "wangge.registry"
    label = "registry"
    verbose_name = "人·户·组织"

    def ready(self) -> None:
        from wangge.kernel import outbox
        from wangge.registry import metrics, metrics_organisations, metrics_quality  # noqa: F401 (they define this room's figures)
        from wangge.registry.services import keys

        keys.declare()
        outbox.load_reactions()
