"""All that ``vestibule.provisioning.store.ProvisioningStore`` asks, over one database."""

from __future__ import annotations

from vestibule.stores.shared_sql.sending.api_tokens import ApiTokens, Repeats
from vestibule.stores.shared_sql.sending.applications import Applications
from vestibule.stores.shared_sql.sending.audit import AuditTrail
from vestibule.stores.shared_sql.sending.directory_source import DirectorySource
from vestibule.stores.shared_sql.sending.facts import Facts
from vestibule.stores.shared_sql.sending.jobs import Jobs
from vestibule.stores.shared_sql.sending.looking import Looking
from vestibule.stores.shared_sql.sending.person_text import PersonTexts
from vestibule.stores.shared_sql.sending.plans import Plans
from vestibule.stores.shared_sql.sending.push_rules import PushRules
from vestibule.stores.shared_sql.sending.touched import TouchedSubjects


class SendingRooms(
    DirectorySource,
    Applications,
    Facts,
    Jobs,
    Plans,
    PushRules,
    TouchedSubjects,
    AuditTrail,
    ApiTokens,
    Repeats,
    Looking,
    PersonTexts,
):
    """Whoever opens a database hands it in as ``database``, and the keys as ``keys``."""
