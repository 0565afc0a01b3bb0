"""What somebody at a console or a command line asked for was refused."""

from __future__ import annotations


class Refused(Exception):
    """The message says what is wrong, with which value, and what to do; it is shown as it stands.

    Every room derives its own refusals from it; ``scim.errors`` are the wire's.
    """
