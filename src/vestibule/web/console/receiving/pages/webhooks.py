"""Settings → Integrations → Webhooks: a tenant's endpoints."""

from __future__ import annotations

from vestibule.web.console.receiving.webhook_pages import endpoint_pages
from vestibule.web.console.receiving.webhooks import OF_TENANTS

PAGES = endpoint_pages(OF_TENANTS)
