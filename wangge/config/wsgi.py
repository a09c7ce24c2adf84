import os

from django.core.wsgi import get_wsgi_application

from wangge.config import server

server.die_with_parent(of_supervisor=False)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wangge.config.settings")
application = get_wsgi_application()
