"""A typed client of ``/api/v1``, for plain code and for asyncio.

    from vestibule.client import Client

    with Client("https://vestibule.example", token) as vestibule:
        for person in vestibule.people.list("acme", filter='active eq true'):
            print(person.user_name, person.role)
        vestibule.tenants.set_plan("acme", plan="enterprise")

Lists are iterated and read page by page. Every write bears an ``Idempotency-Key``, so that it may be tried again
when the network fails, and is done once. What the API refuses is raised: ``NotFound``, ``Conflict``,
``ChangedMeanwhile`` …, each with the sentence (``detail``), the type (``slug``) and the number of the request.
"""

from vestibule.client.client import AsyncClient, Client
from vestibule.client.problems import (
    ApiError,
    ApiProblem,
    ChangedMeanwhile,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NoAnswer,
    NotFound,
    ServerTrouble,
    TooManyRequests,
    Unauthenticated,
)

__all__ = [
    "ApiError",
    "ApiProblem",
    "AsyncClient",
    "ChangedMeanwhile",
    "Client",
    "Conflict",
    "Forbidden",
    "Gone",
    "Invalid",
    "NoAnswer",
    "NotFound",
    "ServerTrouble",
    "TooManyRequests",
    "Unauthenticated",
]
