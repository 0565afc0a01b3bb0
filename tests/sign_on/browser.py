"""A real browser: the machine's Chromium, driven by playwright; skipped where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import pytest
from playwright.sync_api import Page, sync_playwright

T = TypeVar("T")

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def aside(work: Callable[[], T]) -> T:
    """What ``work`` gives, in a thread of its own: playwright keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


@contextmanager
def page() -> Iterator[Page]:
    """One page of a fresh browser."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("machine: Chromium")
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield running.new_page()
        finally:
            running.close()
