from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "wangge.identity"
    label = "identity"
    verbose_name = "机构与权限"

    def ready(self) -> None:
        from wangge.identity import metrics  # noqa: F401 (defines this room's figures)
        from wangge.kernel import resealing

        resealing.keep_hex("identity.Account", "totp_secret", "totp", lambda r: str(r.pk))
