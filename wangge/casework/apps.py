from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "wangge.casework"
    label = "casework"
    verbose_name = "件"
