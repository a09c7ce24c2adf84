"""One settings file; everything that differs between installations comes from the environment."""

import os
from pathlib import Path

from wangge.config import database, secret

DATA = Path(os.environ.get("WANGGE_DATA", "var")).resolve()
DEBUG = False


SECRET_KEY = os.environ.get("WANGGE_SECRET_KEY") or secret.kept(DATA / "secret.key", size=48)
ALLOWED_HOSTS = os.environ.get("WANGGE_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("WANGGE_ORIGINS", "").split(",") if o]
HTTPS = os.environ.get("WANGGE_HTTPS") == "1"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

ROOMS = [
    *("kernel", "territory", "identity", "registry", "casework", "events", "finance", "exchange", "disclosure"),
    *("portal", "desk", "pocket"),
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    *(f"wangge.{room}.apps.{room.title()}Config" for room in ROOMS),
]
MIDDLEWARE = [
    "wangge.config.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "wangge.kernel.web.StaticFilesMiddleware",
    "wangge.kernel.web.LimitsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "wangge.identity.middleware.ActorMiddleware",
    "wangge.kernel.web.RefusalMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "wangge.config.urls"
WSGI_APPLICATION = "wangge.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "wangge.identity.context.actor",
                "wangge.desk.context.nav",
            ],
        },
    }
]
DATABASES = {"default": database.settings(DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "identity.Account"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "/login"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "wangge.kernel.web.forged"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATICFILES_DIRS: list[str] = []
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

FILES_S3_BUCKET = os.environ.get("WANGGE_S3_BUCKET", "")
FILES_S3_ENDPOINT = os.environ.get("WANGGE_S3_ENDPOINT", "")
TILE_URL = os.environ.get("WANGGE_TILE_URL", "")
EXCHANGE_HOSTS = os.environ.get("WANGGE_EXCHANGE_HOSTS", "").split(",")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("WANGGE_LOG", "WARNING")},
}
