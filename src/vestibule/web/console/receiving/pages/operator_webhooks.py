"""Operators → Webhooks: the installation's own endpoints, which get the events of every tenant."""

from __future__ import annotations

from vestibule.web.console.receiving.webhook_pages import endpoint_pages
from vestibule.web.console.receiving.webhooks import OF_OPERATORS

PAGES = endpoint_pages(OF_OPERATORS)
