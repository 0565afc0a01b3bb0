"""A Django project with nothing but django-scim2, set up as its README says: ``python django_project.py FOLDER``.

The library's own authentication check stands in front; a request with the token counts as a signed-on user.
"""

import os
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

PORT = int(os.environ["PEER_PORT"])
#: Filled once the settings are there, for the library reads them when it is imported.
urlpatterns = []


class SignedOn:
    """Whoever holds the token."""

    is_authenticated = True
    is_anonymous = False


def signed_on_with_the_token(get_response):
    """Middleware: the bearer token makes a user; the library refuses everybody else."""

    def answer(request):
        if request.headers.get("Authorization") == f"Bearer {os.environ['PEER_TOKEN']}":
            request.user = SignedOn()
        return get_response(request)

    return answer


def main(folder):
    """Serve a new database in that folder."""
    database = Path(folder, "people.sqlite3")
    database.unlink(missing_ok=True)
    settings.configure(
        SECRET_KEY="of no use",
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": database,
                "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
            }
        },
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django_scim",
            "django_people",
        ],
        AUTH_USER_MODEL="django_people.Person",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[
            f"{__name__}.signed_on_with_the_token",
            "django_scim.middleware.SCIMAuthCheckMiddleware",
        ],
        SCIM_SERVICE_PROVIDER={
            "NETLOC": f"127.0.0.1:{PORT}",
            "SCHEME": "http",
            "GROUP_MODEL": "django_people.models.Team",
            "AUTHENTICATION_SCHEMES": [
                {"type": "oauth2", "name": "OAuth 2", "description": "A bearer token"},
            ],
        },
    )
    django.setup()
    urlpatterns.append(path("scim/v2/", include("django_scim.urls")))
    call_command("migrate", run_syncdb=True, verbosity=0)
    with make_server("127.0.0.1", PORT, get_wsgi_application(), server_class=Threaded) as server:
        server.serve_forever()


class Threaded(ThreadingMixIn, WSGIServer):
    """A thread for each connection."""

    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    main(sys.argv[1])
