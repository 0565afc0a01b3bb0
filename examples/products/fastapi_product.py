"""A product in FastAPI. Whoever the identity provider sends is in the product's own table a moment later.

uvicorn fastapi_product:app --port 8000, with VESTIBULE_PUBLIC_URL=http://127.0.0.1:8000/provisioning
"""

import os
import sqlite3

from fastapi import FastAPI

from vestibule import Happened, Vestibule

provisioning = Vestibule()
app = FastAPI(lifespan=provisioning.lifespan)
app.mount("/provisioning", provisioning)
table = sqlite3.connect(os.environ.get("PRODUCT_DATABASE", "product.db"), check_same_thread=False)
table.execute("CREATE TABLE IF NOT EXISTS member (id TEXT PRIMARY KEY, name TEXT, works BOOLEAN)")


@provisioning.on("user.*", "access.*")
async def follow(happened: Happened) -> None:
    """Apply the person as they should be now, and say so."""
    if person := happened.person:
        with table:
            table.execute("REPLACE INTO member VALUES (?, ?, ?)", (person.id, person.user_name, person.works))
        happened.applied()


@app.get("/members")
def members() -> list[tuple[str, bool]]:
    """What the product has."""
    return table.execute("SELECT name, works FROM member").fetchall()
