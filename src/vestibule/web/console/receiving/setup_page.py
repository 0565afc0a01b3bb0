"""``/setup/{code}``: a set-up link shows a customer's IT person the guide, address and token, and nothing else."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from vestibule.profiles.profile import AddressStyle, ApplicationProfile
from vestibule.refused import Refused
from vestibule.tenancy.access_tokens import Issued, note_answered
from vestibule.tenancy.gate import why_closed
from vestibule.tenancy.set_up_steps import mark_step
from vestibule.tenancy.setup_links import look_at_set_up_link, open_set_up_link
from vestibule.tenancy.tenant import Tenant
from vestibule.web.console.frame import Frame
from vestibule.web.console.pages import Page, nothing_there, routes
from vestibule.web.console.receiving.guide import guides, progress
from vestibule.web.console.visit import Visit
from vestibule.web.premises import Premises

_ACTOR = "set-up link"


def setup_pages(frame: Frame, premises: Premises) -> list[Route]:
    """The page: looking at it uses nothing up, pressing the button does."""

    async def look(visit: Visit) -> Response:
        try:
            link, tenant = await look_at_set_up_link(
                premises.desk(_ACTOR), premises.set_up_links, visit.path("code")[:64]
            )
        except Refused as refusal:
            return visit.show("setup_over.html", 410, sentence=str(refusal))
        return await _shown(premises, visit, tenant, None, link.expires_at)

    async def open_it(visit: Visit) -> Response:
        desk = premises.desk(_ACTOR)
        try:
            issued, tenant = await open_set_up_link(desk, premises.set_up_links, visit.path("code")[:64])
        except Refused as refusal:
            return visit.show("setup_over.html", 410, sentence=str(refusal))
        await note_answered(desk, tenant, issued.record)
        return await _shown(premises, visit, tenant, issued, "")

    async def mark(visit: Visit) -> Response:
        desk = premises.desk(_ACTOR)
        try:
            _, tenant = await look_at_set_up_link(desk, premises.set_up_links, visit.path("code")[:64])
        except Refused as refusal:
            return visit.show("setup_over.html", 410, sentence=str(refusal))
        guide, key = guides().get(visit.form.line("provider", 40)), visit.form.line("step", 40)
        profile = await premises.profiles.current(tenant.profile)
        steps = [step.key for step in guide.for_product(profile)] if guide else []
        if guide is None or key not in steps:
            raise nothing_there()
        is_done = visit.form.line("done") != "no"
        await mark_step(desk, premises.set_up_steps, tenant, guide.key, key, is_done=is_done)
        at = f"/setup/{visit.path('code')}?provider={guide.key}#step-{steps.index(key) + 1}"
        return visit.go(at)

    async def anybody(visit: Visit) -> Visit:
        return visit

    return routes(
        frame,
        (Page("/setup/{code}", shows=look, does=open_it), Page("/setup/{code}/step", does=mark)),
        anybody,
    )


async def _shown(
    premises: Premises, visit: Visit, tenant: Tenant, issued: Issued | None, expires_at: str
) -> Response:
    profile = await premises.profiles.current(tenant.profile)
    chosen = visit.query("provider", 40) or visit.form.line("provider", 40) or next(iter(guides()))
    guide = guides().get(chosen)
    if guide is None:
        raise nothing_there()
    so_far = (await progress(premises.overview, premises.set_up_steps, tenant, profile))[guide.key]
    return visit.show(
        "setup.html",
        tenant=tenant,
        profile=profile,
        product=profile.product,
        guide=guide,
        guides=guides().values(),
        steps=so_far.steps,
        # The link is used up with the token: nothing can be marked by it any more.
        mark_at="" if issued else visit.at(f"/setup/{visit.path('code')}/step"),
        base_url=base_url_of(premises, tenant, profile),
        secret=issued.secret if issued else "",
        tokens=(),
        here=None,
        expires_at=expires_at,
        closed=why_closed(tenant, profile),
        code=visit.path("code"),
    )


def base_url_of(premises: Premises, tenant: Tenant, profile: ApplicationProfile) -> str:
    """The SCIM address that the profile shows for the tenant."""
    public = premises.public_url()
    shared = profile.address is AddressStyle.SHARED
    return f"{public}/scim/v2" if shared else f"{public}/t/{tenant.slug}/scim/v2"
