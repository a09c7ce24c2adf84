from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "wangge.exchange"
    label = "exchange"
    verbose_name = "数据归集共享"

    def ready(self) -> None:
        from wangge.kernel import outbox

        outbox.load_reactions()
