"""What stands in the way of provisioning, in the visitor's words, and the page on which it is put right."""

from __future__ import annotations

from typing import Any

from vestibule.provisioning.hindrance import Hindrance, hindrances
from vestibule.web.console.languages import message
from vestibule.web.console.sending.visit import ApplicationVisit

#: What is said, the words of the link, and the page below the application's own ("" below the console's).
SAID = {
    Hindrance.SIGN_ON_FIRST: (
        message("Sign On is not set up, so nothing is sent: it comes before Provisioning."),
        message("Sign On"),
        "/sign-on",
    ),
    Hindrance.NOT_SET_UP: (
        message("Provisioning is not set up, so nothing is sent: press Configure API integration."),
        message("Provisioning"),
        "/provisioning",
    ),
    Hindrance.OFF: (
        message("API integration is disabled, so nothing is sent: press Enable API integration."),
        message("Provisioning"),
        "/provisioning",
    ),
    Hindrance.NEEDS_APPROVAL: (
        message("Only approved plans are applied: what changes here waits for one."),
        message("Plans"),
        "",
    ),
    Hindrance.NO_CREATE: (
        message("Create Users is not ticked under To App: nobody is created, linked or activated again."),
        message("To App"),
        "/provisioning?edit=to-app",
    ),
    Hindrance.NO_UPDATE: (
        message("Update User Attributes is not ticked under To App: changes of the profile are not sent."),
        message("To App"),
        "/provisioning?edit=to-app",
    ),
    Hindrance.NO_DEACTIVATE: (
        message("Deactivate Users is not ticked under To App: whoever is unassigned or leaves stays active there."),
        message("To App"),
        "/provisioning?edit=to-app",
    ),
}  # fmt: skip


async def in_the_way(visit: ApplicationVisit) -> list[dict[str, Any]]:
    """Each with its sentence, and the link to where it is put right."""
    settings = await visit.store.engine_settings(visit.application.id)
    found = []
    for one in hindrances(visit.application, settings):
        sentence, word, path = SAID[one]
        address = visit.at(visit.below(path)) if path else visit.at("/plans")
        found.append({"sentence": sentence, "word": word, "address": address})
    return found
