"""May this request come in? If not, which of the many reasons it is, in words.

The sentences are read in the identity provider's screens by the administrator who pasted URL
and token (P3): each says what is wrong and what to do. Pure: values in, a refusal or None out.
"""

from __future__ import annotations

from vestibule.profiles.profile import ApplicationProfile, SsoFirst
from vestibule.scim.errors import Forbidden, ScimError, Unauthorized
from vestibule.tenancy.admission import Admission
from vestibule.tenancy.tenant import Provisioning, Tenant
from vestibule.tenancy.token import Presented, TokenFault, TokenKind, token_length

_COPY_IT = "Copy the access token again from Settings → Integrations → SCIM user provisioning."
_NEW_ONE = "Ask for a new access token and enter it in the identity provider."


def presented_refusal(presented: Presented, kind: TokenKind = TokenKind.SCIM) -> Unauthorized | None:
    """Why what was sent is no token at all; None where it is one, known or not."""
    match presented.fault:
        case None:
            return None
        case TokenFault.MISSING:
            return Unauthorized(
                "No access token was sent. Enter the access token from Settings → Integrations → "
                "SCIM user provisioning in the identity provider."
            )
        case TokenFault.CUT:
            return Unauthorized(
                f"The access token is malformed: it is cut, only {presented.length} of "
                f"{token_length(kind)} characters arrived. {_COPY_IT}"
            )
        case TokenFault.MISTYPED:
            return Unauthorized(
                f"The access token is mistyped: its checksum is wrong, so a character was changed. {_COPY_IT}"
            )
        case TokenFault.MALFORMED:
            return Unauthorized(
                f"The access token is malformed: one of ours begins with {kind.prefix} and has "
                f"{token_length(kind)} letters and digits in all. {_COPY_IT}"
            )


def unknown_token() -> Unauthorized:
    """For a token that is well formed and was never issued here; it tells nothing of others."""
    return Unauthorized(f"The access token is unknown here. {_COPY_IT}")


def refusal(
    admission: Admission, profile: ApplicationProfile, address_slug: str | None, now: str
) -> ScimError | None:
    """Why the holder of a known token is refused, or None.

    ``address_slug`` is the tenant named in the URL, None at the address that all share. What
    concerns the token alone comes first; nothing about the tenant is told at another's address.
    """
    if admission.revoked_at is not None:
        return Unauthorized(
            f"The access token {admission.token_name!r} was revoked on {admission.revoked_at[:10]}. {_NEW_ONE}"
        )
    if admission.expires_at is not None and admission.expires_at <= now:
        return Unauthorized(
            f"The access token {admission.token_name!r} expired on {admission.expires_at[:10]}. {_NEW_ONE}"
        )
    if address_slug is not None and address_slug != admission.tenant_slug:
        return Unauthorized(
            "Refused: this token is not for this Tenant URL. Copy both, URL and access token, from "
            "Settings → Integrations → SCIM user provisioning."
        )
    return _tenant_refusal(
        admission.tenant_name,
        admission.suspended,
        admission.plan,
        admission.sso_confirmed,
        admission.provisioning,
        profile,
    )


def why_closed(tenant: Tenant, profile: ApplicationProfile) -> str | None:
    """What would keep the holder of a good token out, in words; None where nothing does."""
    refused = _tenant_refusal(
        tenant.name, tenant.suspended, tenant.plan, tenant.sso_confirmed, tenant.provisioning, profile
    )
    return refused.detail if refused else None


def plan_refusal(plan: str, profile: ApplicationProfile) -> Forbidden | None:
    """Why a plan allows no provisioning, naming the plan and whom to ask; None where it does."""
    declared = profile.plans.get(plan)
    if declared is not None and declared.provisioning:
        return None
    label = (declared.label if declared else "") or plan
    return Forbidden(
        f"The plan {label!r} of this tenant does not include user provisioning. "
        f"{whom_to_ask(profile, 'to change the plan')}"
    )


def sign_on_refusal(sso_confirmed: bool, profile: ApplicationProfile) -> Forbidden | None:
    """Why sign-on must come first, where the product wants it so and it is not there yet."""
    if profile.sso_first is not SsoFirst.REQUIRE or sso_confirmed:
        return None
    return Forbidden(
        f"{profile.product.name} wants single sign-on (SSO) set up before user provisioning. Set up SAML "
        "single sign-on first (Settings → Single sign-on) and test it, or have it confirmed. "
        f"{whom_to_ask(profile)}"
    )


def whom_to_ask(profile: ApplicationProfile, purpose: str = "") -> str:
    """The sentence that ends a refusal only the vendor can lift."""
    contact = profile.product.support_contact or f"the support of {profile.product.name}"
    return f"Contact {contact}{' ' + purpose if purpose else ''}."


def _tenant_refusal(
    name: str,
    suspended: bool,
    plan: str,
    sso_confirmed: bool,
    provisioning: Provisioning,
    profile: ApplicationProfile,
) -> Forbidden | None:
    if suspended:
        return Forbidden(f"The tenant {name!r} is suspended. {whom_to_ask(profile)}")
    return (
        plan_refusal(plan, profile) or sign_on_refusal(sso_confirmed, profile) or _state_refusal(provisioning)
    )


def _state_refusal(state: Provisioning) -> Forbidden | None:
    if state is Provisioning.DRAFT:
        return Forbidden(
            "Provisioning is not switched on yet: press Save on SCIM user provisioning "
            "(Settings → Integrations), then test again."
        )
    if state is Provisioning.PAUSED:
        return Forbidden(
            "Provisioning is paused by an administrator of this tenant. It can be switched on again under "
            "Settings → Integrations → SCIM user provisioning."
        )
    return None
