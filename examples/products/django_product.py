"""A product in Django. Whoever the identity provider sends is in the product's own table a moment later.

uvicorn django_product:app --port 8000, with VESTIBULE_PUBLIC_URL=http://127.0.0.1:8000/provisioning
"""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.db import connection
from django.http import JsonResponse
from django.urls import path
from starlette.applications import Starlette
from starlette.routing import Mount

from vestibule import Happened, Vestibule

database = {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("PRODUCT_DATABASE", "product.db")}
settings.configure(DATABASES={"default": database}, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
provisioning = Vestibule()
mounts = [Mount("/provisioning", provisioning), Mount("/", get_asgi_application())]
app = Starlette(routes=mounts, lifespan=provisioning.lifespan)
with connection.cursor() as table:
    table.execute("CREATE TABLE IF NOT EXISTS member (id TEXT PRIMARY KEY, name TEXT, works BOOLEAN)")


@provisioning.on("user.*", "access.*")
def follow(happened: Happened) -> None:
    """Apply the person as they should be now, and say so."""
    if person := happened.person:
        with connection.cursor() as table:
            table.execute(
                "REPLACE INTO member VALUES (%s, %s, %s)", (person.id, person.user_name, person.works)
            )
        happened.applied()


def members(request):
    """What the product has."""
    with connection.cursor() as table:
        return JsonResponse(table.execute("SELECT name, works FROM member").fetchall(), safe=False)


urlpatterns = [path("members", members)]
