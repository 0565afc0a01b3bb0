"""A product in Flask. Whoever the identity provider sends is in the product's own table a moment later.

flask --app flask_product run --port 8000, with VESTIBULE_PUBLIC_URL=http://127.0.0.1:8000/provisioning
"""

import os
import sqlite3

from flask import Flask, jsonify
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from vestibule import Happened, Vestibule
from vestibule.wsgi import Wsgi

app = Flask(__name__)
provisioning = Vestibule()
inside = Wsgi(provisioning)
app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/provisioning": inside})
table = sqlite3.connect(os.environ.get("PRODUCT_DATABASE", "product.db"), check_same_thread=False)
table.execute("CREATE TABLE IF NOT EXISTS member (id TEXT PRIMARY KEY, name TEXT, works BOOLEAN)")


@provisioning.on("user.*", "access.*")
def follow(happened: Happened) -> None:
    """Apply the person as they should be now, and say so."""
    if person := happened.person:
        with table:
            table.execute("REPLACE INTO member VALUES (?, ?, ?)", (person.id, person.user_name, person.works))
        happened.applied()


@app.get("/members")
def members():
    """What the product has."""
    return jsonify(table.execute("SELECT name, works FROM member").fetchall())


inside.start()
