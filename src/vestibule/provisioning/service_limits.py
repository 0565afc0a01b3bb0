"""What a receiving end takes (W150): obeyed by the connector, so that nothing is sent that is sure to be refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """Of one application, as its catalogue entry declares them; the defaults are Okta's own habits."""

    #: How many membership changes one PATCH may have.
    members_per_patch: int = 500
    #: Whether PUT on a group says its members.
    group_put: bool = True
    #: Whether ``replace`` of all members is taken.
    replaces_members: bool = True
    #: How many resources one page has at most.
    page_size: int = 100
    #: The attributes by which a user may be looked up; none named means any.
    user_filters: tuple[str, ...] = ()
    #: Attributes that are left out: ``password``, ``emails.display``.
    suppressed: tuple[str, ...] = ()
    #: Multi-valued attributes of which the primary value alone is sent.
    single_valued: tuple[str, ...] = ()
    #: External names (selectors left out) without which a user is refused.
    required: tuple[str, ...] = ()
    #: 0 is unlimited. ``write_burst`` may be sent at once before the rate counts.
    writes_per_minute: int = 0
    writes_per_hour: int = 0
    reads_per_minute: int = 0
    write_burst: int = 1

    @property
    def writes_per_second(self) -> float:
        """The lower of both rates; 0 is unlimited."""
        rates = [self.writes_per_minute / 60, self.writes_per_hour / 3600]
        return min((rate for rate in rates if rate), default=0.0)


NO_LIMITS = ServiceLimits()
