from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "wangge.identity"
    label = "identity"
    verbose_name = "机构与权限"
