from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "wangge.exchange"
    label = "exchange"
    verbose_name = "数据归集共享"

    def ready(self) -> None:
        from wangge.casework import services as casework
        from wangge.exchange.privacy.rules import PROCESS
        from wangge.exchange.services import keys
        from wangge.kernel import outbox

        casework.register(PROCESS)
        keys.declare()
        outbox.load_reactions()
