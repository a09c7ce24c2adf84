import os

from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from wangge.config import server

server.die_with_parent(of_supervisor=False)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wangge.config.settings")
application = get_wsgi_application()
# Only a proxy named here is believed about who the caller is; otherwise anybody could write themselves another address.
if proxies := os.environ.get("WANGGE_PROXIES"):
    application = wrap_wsgi_with_proxy_headers(application, proxies)
