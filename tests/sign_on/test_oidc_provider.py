"""OpenID Connect with npm's oidc-provider: discovery, code with PKCE, nonce, keys, all for real."""

from __future__ import annotations

import html
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from tests.sign_on.stage import place, told
from vestibule.connectors.address_guard import AddressGuard, networks_of
from vestibule.connectors.fetch import Fetch
from vestibule.sign_on.setting_up import set_up_openid
from vestibule.sign_on.setup import OpenIdProvider

ADA = "ada@corp.test"
_FOLDER = Path(__file__).parents[2] / ".venv" / "oidc-provider"
_SECONDS = 60.0


@contextmanager
def running(folder: Path, redirect_uri: str) -> Iterator[str]:
    """Its issuer; skipped where the machine has none."""
    node = shutil.which("node")
    if node is None or not (_FOLDER / "node_modules").is_dir():
        pytest.skip("machine: npm's oidc-provider (scripts/oidc-provider brings it)")
    script = _FOLDER / "provider.mjs"
    script.write_text(Path(__file__).with_name("oidc_provider.mjs").read_text("utf-8"), "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    issuer = f"http://127.0.0.1:{port}"
    with (folder / "provider.log").open("wb") as log:
        server = subprocess.Popen(
            [node, str(script), str(port), redirect_uri], stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait(issuer, server, folder / "provider.log")
            yield issuer
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


def _wait(issuer: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration", timeout=5).close()
            return
        except OSError:
            assert server.poll() is None, log.read_text("utf-8", "replace")
            assert time.monotonic() < until, log.read_text("utf-8", "replace")
            time.sleep(0.1)


async def signed_in_there(begin: str) -> str:
    """The address with the code, once the person has signed in and consented there."""
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as browser:
        page = await browser.get(begin)
        for _ in range(12):
            if page.is_redirect:
                if "/sso/" in page.headers["location"]:
                    return str(page.headers["location"])
                page = await browser.get(page.url.join(page.headers["location"]))
                continue
            action = re.search(r'<form[^>]*action="([^"]*)"', page.text)
            assert action, page.text[:2000]
            prompt = re.search(r'name="prompt" value="([^"]*)"', page.text)
            form = {"prompt": prompt[1] if prompt else "login", "login": ADA, "password": "x"}
            page = await browser.post(page.url.join(html.unescape(action[1])), data=form)
    raise AssertionError("it never led back")


async def test_a_provisioned_person_signs_on(tmp_path: Path) -> None:
    async with place(sets_up=False) as corp:
        corp.clock.now = datetime.now(UTC)
        await corp.add(ADA)
        us = await corp.front.provider_for(corp.tenant.record)
        with running(tmp_path, us.oidc_redirect_url) as issuer:
            corp.outward.through = Fetch(AddressGuard(networks_of("127.0.0.0/8")))
            openid = OpenIdProvider(issuer, "vestibule")
            await set_up_openid(
                corp.front, corp.tenant.record, "administrator:test", openid, "a secret for tests"
            )
            sent = await corp.browser.get(f"/sso/{corp.slug}/login")
            assert sent.status_code == 303, told(sent)
            came = await corp.browser.get(await signed_in_there(sent.headers["location"]))
            assert came.status_code == 303, told(came)
            assert ADA in told(await corp.who())
