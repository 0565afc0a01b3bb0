"""The set-up guide: an identity provider's steps, with the values beside them, ticking by themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.responses import Response

from vestibule.refused import Refused
from vestibule.tenancy.gate import why_closed
from vestibule.tenancy.handing_out import is_by_request
from vestibule.tenancy.set_up_steps import mark_step
from vestibule.tenancy.setup_links import make_set_up_link, set_up_url
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.receiving.arrivals import arrivals
from vestibule.web.console.receiving.guide import Guide, Progress, guides, progress
from vestibule.web.console.receiving.tenant_visit import TenantVisit
from vestibule.web.console.streams import event, stream, ticks

_PAGE = "/settings/integrations/scim/guide"
_WATCHED_SECONDS = 900.0


async def _choose(visit: TenantVisit) -> Response:
    recognised = visit.room.connections[0].dialect or visit.room.connections[0].recognised
    return visit.show(
        "guides.html", guides=guides().values(), recognised=recognised, progress=await _progress(visit)
    )


async def _progress(visit: TenantVisit) -> dict[str, Progress]:
    premises = visit.premises
    return await progress(premises.overview, premises.set_up_steps, visit.tenant, visit.profile)


def _guide(visit: TenantVisit) -> Guide:
    guide = guides().get(visit.path("provider"))
    if guide is None:
        raise nothing_there()
    return guide


async def _shown_guide(visit: TenantVisit) -> Response:
    return await _shown(visit)


async def _shown(visit: TenantVisit, status: int = 200, link: str = "", fault: str = "") -> Response:
    guide = _guide(visit)
    so_far = (await _progress(visit))[guide.key]
    tokens = await visit.premises.tenancy.tokens(visit.tenant.id)
    found = (await arrivals(visit, tokens, _WATCHED_SECONDS))[:5]
    return visit.show(
        "guide.html",
        status,
        guide=guide,
        steps=so_far.steps,
        next_step=so_far.next_step if so_far.done else 0,
        mark_at=visit.at(visit.below(f"{_PAGE}/{guide.key}/step")),
        base_url=visit.room.base_url,
        closed=why_closed(visit.tenant, visit.profile),
        tokens=[token for token in tokens if token.state(visit.now) == "live"],
        arrivals=found,
        link=link,
        fault=fault,
        may_make_link=not is_by_request(visit.profile) or visit.administrator.is_operator,
    )


async def _make_link(visit: TenantVisit) -> Response:
    """A link that shows somebody else just this guide, with address and token, once."""
    if is_by_request(visit.profile) and not visit.administrator.is_operator:
        raise nothing_there()
    try:
        made = await make_set_up_link(visit.room.desk, visit.premises.set_up_links, visit.tenant)
    except Refused as refusal:
        return await _shown(visit, 409, fault=str(refusal))
    return await _shown(visit, link=set_up_url(visit.frame.public_url(), made.code))


async def _mark(visit: TenantVisit) -> Response:
    """Mark a step as done by hand, or take the mark back."""
    guide, key = _guide(visit), visit.form.line("step", 40)
    steps = [step.key for step in guide.for_product(visit.profile)]
    if key not in steps:
        raise nothing_there()
    is_done = visit.form.line("done") != "no"
    await mark_step(
        visit.room.desk, visit.premises.set_up_steps, visit.tenant, guide.key, key, is_done=is_done
    )
    return visit.go(visit.below(f"{_PAGE}/{guide.key}#step-{steps.index(key) + 1}"))


async def _stream(visit: TenantVisit) -> Response:
    key = _guide(visit).key

    async def pieces() -> AsyncIterator[str]:
        before: list[bool] | None = None
        async for _ in ticks(visit, 1.5):
            done = [tick.done for _, tick in (await _progress(visit))[key].steps]
            if before is not None and done != before:
                html = visit.part("guide_done.html", changed=[at for at, one in enumerate(done, 1) if one])
                yield event("done", html)
            before = done

    return stream(pieces())


PAGES = (
    Page(_PAGE, shows=_choose),
    Page(f"{_PAGE}/{{provider}}", shows=_shown_guide, does=_make_link),
    Page(f"{_PAGE}/{{provider}}/step", does=_mark),
    Page(f"{_PAGE}/{{provider}}/stream", shows=_stream),
)
