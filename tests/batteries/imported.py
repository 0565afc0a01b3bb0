"""Imports all of Vestibule and what it stands on, for ``tests.batteries.forked``: a module of the process that forks."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import asyncpg  # noqa: F401
import uvicorn.lifespan.on
import uvicorn.loops.uvloop
import uvicorn.protocols.http.httptools_impl  # noqa: F401

import tests.batteries.follower  # noqa: F401
import vestibule

for _found in pkgutil.walk_packages(vestibule.__path__, "vestibule."):
    if not _found.name.endswith("__main__"):
        import_module(_found.name)
