"""The receiving side in the frame of the API: its tokens, and the request log."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from vestibule.tenancy.api_token import ApiToken
from vestibule.web.api.call import Call
from vestibule.web.api.callers import Callers
from vestibule.web.api.log import row_of_answer
from vestibule.web.api.operation import Operation, Resource
from vestibule.web.api.repeats import Repeats
from vestibule.web.api.side import SideCall
from vestibule.web.premises import Premises
from vestibule.web.rate_limit import Buckets


class ReceivingSide:
    """``vestibule.web.api.side.Side`` over the premises."""

    def __init__(self, premises: Premises) -> None:
        per_second = premises.settings.requests_per_second
        buckets = Buckets(per_second, premises.seconds) if per_second else None
        self._premises = premises
        self._callers: Callers[ApiToken] = Callers(premises.api_tokens, buckets, "vestibule api-token issue")
        self.repeats = Repeats(premises)

    def clock(self) -> str:
        return self._premises.clock()

    def public_url(self) -> str:
        return self._premises.public_url()

    def story(self, request_id: str) -> str:
        return f"{self._premises.public_url()}/r/{request_id}"

    def call(self, resources: Sequence[Resource], request: Request, request_id: str, at: str) -> Call:
        return Call(self._premises, resources, request, request_id, at, "")

    async def admit(self, authorization: str | None, operation: Operation, at: str) -> ApiToken | None:
        return await self._callers.admit(authorization, operation, at)

    async def record(self, call: SideCall, response: Response) -> None:
        """Every write, and whatever was refused, unless it stands in the log with its change already."""
        assert isinstance(call, Call)
        if not call.recorded and (call.request.method not in ("GET", "HEAD") or response.status_code >= 400):
            self._premises.directory.record(row_of_answer(call, response, call.seconds()))
