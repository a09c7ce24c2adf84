from django.apps import AppConfig


class PocketConfig(AppConfig):
    name = "wangge.pocket"
    label = "pocket"
    verbose_name = "网格通"
