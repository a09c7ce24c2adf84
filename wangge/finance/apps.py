from django.apps import AppConfig


class FinanceConfig(AppConfig):
    name = "wangge.finance"
    label = "finance"
    verbose_name = "预算绩效"

    def ready(self) -> None:
        from wangge.finance import metrics  # noqa: F401 (defines this room's figures)
        from wangge.kernel import outbox

        outbox.load_reactions()
