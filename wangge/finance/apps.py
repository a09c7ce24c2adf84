from django.apps import AppConfig


class FinanceConfig(AppConfig):
    name = "wangge.finance"
    label = "finance"
    verbose_name = "预算绩效"

    def ready(self) -> None:
        from wangge.kernel import outbox

        outbox.load_reactions()
