"""Parameters that several resources take."""

from __future__ import annotations

from typing import Annotated

from vestibule.web.api.message import Field

Slug = Annotated[
    str, Field(min_length=2, max_length=63, pattern="^[a-z0-9-]+$", description="The tenant's slug.")
]
ResourceId = Annotated[
    str, Field(min_length=1, max_length=64, pattern="^[0-9A-Za-z-]+$", description="Its id.")
]
RequestId = Annotated[
    str,
    Field(
        max_length=40,
        pattern="^[0-9a-f]{24}(:[0-9]{1,4}(:mended)?)?$",
        description="The number of the request, as in X-Request-Id.",
    ),
]
ExpiresInDays = Annotated[
    float | None,
    Field(gt=0, le=36500, description="Days until it expires; null never."),
]
FilterParameter = Annotated[
    str | None, Field(min_length=1, max_length=4096, description="A SCIM filter (RFC 7644 §3.4.2.2).")
]
