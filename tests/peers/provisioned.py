"""Another SCIM server as a target of our engine: ``python -m tests.peers.provisioned http://127.0.0.1:8911/v2``.

The server runs already (``python -m tests.peers``). Joiners, a mover, a leaver and a rehire are sent,
with a team; then both sides are compared. Prints what happened; exits 1 where something failed or
drifted.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter

from tests.peers.peer import TOKEN
from tests.provisioning.company import Company, company
from vestibule.connectors.scim import ScimConnector
from vestibule.provisioning.application import Connection, Mode
from vestibule.provisioning.job import Kind
from vestibule.provisioning.reconciling import Reconciling
from vestibule.provisioning.source import Status
from vestibule.provisioning.worker import Worker

_SIZE = 20


async def provision(url: str, mode: Mode) -> int:
    """0 where everything arrived."""
    async with company(_SIZE, mode=mode) as firm:
        application = await firm.store.application("app")
        await firm.store.change_application(
            type(application)(
                application.id, application.name, application.profile, mode, connection=Connection(url, TOKEN)
            )
        )
        await firm.assign_all()
        await firm.push("Everyone")
        steps: list[tuple[str, Counter[Kind]]] = [("joiners", await _apply(firm))]
        await firm.person("p003", title="Boss", lastName="Moved")
        steps.append(("a mover", await _apply(firm)))
        await firm.person("p005", status=Status.DEPROVISIONED)
        steps.append(("a leaver", await _apply(firm)))
        await firm.person("p005", status=Status.ACTIVE)
        steps.append(("a rehire", await _apply(firm)))
        steps.append(("nothing", await _apply(firm)))
        for name, counts in steps:
            print(
                f"{name}: {', '.join(f'{count} {kind}' for kind, count in counts.items()) or 'nothing sent'}"
            )
        connector = ScimConnector(await firm.store.application("app"))
        drift = [one async for one in Reconciling(firm.store, firm.application, connector).drift()]
        await connector.close()
        for one in drift:
            print(f"{one.kind}: {one.of} {one.label}: {one.sentence}")
        failed = await firm.store.jobs(firm.application.id)
        for job in failed:
            print(f"{job.label} ({job.kind}): {job.detail}")
        return 1 if failed or [one for one in drift if one.kind != "unknown here"] else 0


async def _apply(firm: Company) -> Counter[Kind]:
    connector = ScimConnector(await firm.store.application("app"))
    try:
        worker = Worker(firm.store, await firm.store.application("app"), connector, longest_wait=10)
        return (await worker.apply()).counts
    finally:
        await connector.close()


def main() -> int:
    """0 where everything arrived."""
    parser = argparse.ArgumentParser(prog="python -m tests.peers.provisioned", description=__doc__)
    parser.add_argument("url", help="its base URL")
    parser.add_argument("--mode", default="patch", choices=[str(mode) for mode in Mode])
    given = parser.parse_args()
    return asyncio.run(provision(given.url, Mode(given.mode)))


if __name__ == "__main__":
    sys.exit(main())
