from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "wangge.kernel"
    label = "kernel"
    verbose_name = "内核"
