"""Serve another SCIM server on loopback: ``python -m tests.peers scim2-server --folder /some/scratch``.

Installs the pinned version from its registry into the folder, once, then serves until Ctrl-C and says URL and token.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from bench.servers import free_port
from tests.peers.peer import PEERS, TOKEN, Peer

_REPOSITORY = Path(__file__).resolve().parents[2]


def main() -> int:
    """Install where needed, serve, and give back the server's exit status."""
    arguments = _arguments()
    peer, folder = PEERS[arguments.peer], Path(arguments.folder).resolve() / arguments.peer
    if folder.is_relative_to(_REPOSITORY):
        print(f"{folder} lies inside the repository; give a scratch folder outside of it.", file=sys.stderr)
        return 2
    install(peer, folder)
    port = arguments.port or free_port()
    print(f"vestibule check http://127.0.0.1:{port}{peer.path} --token {TOKEN} --as all", flush=True)
    try:
        return subprocess.run(
            peer.command(folder, port), cwd=folder, env={**os.environ, **peer.environment(port)}, check=False
        ).returncode
    except KeyboardInterrupt:
        return 0


def install(peer: Peer, folder: Path) -> None:
    """The pinned packages into the folder, unless these very versions are there."""
    marker, wanted = folder / ".installed", " ".join(peer.packages)
    if marker.exists() and marker.read_text("utf-8") == wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for command in peer.installation(folder):
        subprocess.run(command, cwd=folder, check=True)
    marker.write_text(wanted, "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.peers", description=__doc__)
    parser.add_argument("peer", choices=sorted(PEERS))
    parser.add_argument("--folder", required=True, help="a scratch folder outside the repository")
    parser.add_argument("--port", type=int, default=0, help="a free one unless given")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
