"""The shell blocks of a page, as one script, and what the page says they print.

A block of ``sh`` is run; a block of ``text`` right after it holds lines of its output in order, with
``…`` for whatever differs from one run to the next.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(
    r"^```sh\n(?P<script>.*?)^```$(?:\n+^```text\n(?P<output>.*?)^```$)?", re.DOTALL | re.MULTILINE
)
PORT, DIRECTORY_PORT = "8000", "8001"
BETWEEN = "@@@ next block @@@"
WAIT = """python - <<'UNTIL_IT_LISTENS'
import socket, time
until = time.monotonic() + 30
while time.monotonic() < until:
    try:
        socket.create_connection(("127.0.0.1", {port}), 1).close()
        break
    except OSError:
        time.sleep(0.05)
UNTIL_IT_LISTENS"""


@dataclass(frozen=True, slots=True)
class Block:
    """What is typed, and the lines that the page shows of the answer."""

    script: str
    shown: tuple[str, ...]
    printed: str = ""


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page, without the lines that set up the sources."""
    found = []
    for match in BLOCK.finditer(page.read_text("utf-8")):
        lines = [line for line in match["script"].splitlines() if not line.startswith("make ")]
        shown = (match["output"] or "").splitlines()
        found.append(Block("\n".join(lines), tuple(line for line in shown if line.strip())))
    return found


def run(blocks: list[Block], folder: Path, place: Mapping[str, str] | None = None) -> list[Block]:
    """The blocks with what each printed, run one after the other in one shell, in ``folder``.

    ``place`` is set beforehand: where the database is that a page presumes.

    AssertionError with everything printed where one of them fails.
    """
    port, directory_port = str(_free_port()), str(_free_port())
    for name in (".venv", "examples"):
        (folder / name).symlink_to(ROOT / name)
    script = "\n".join(f"{_typed(block.script, port, directory_port)}\necho '{BETWEEN}'" for block in blocks)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("VESTIBULE_")} | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "XDG_DATA_HOME": str(folder / "data"),
        "VESTIBULE_PORT": port,
        "VESTIBULE_DIRECTORY_PORT": directory_port,
        "PYTHONUNBUFFERED": "1",
        **(place or {}),
    }
    ended = subprocess.run(
        ["bash", "-e", "-m", "-c", f"trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    printed = ended.stdout.split(BETWEEN)
    return [Block(block.script, block.shown, text) for block, text in zip(blocks, printed, strict=False)]


def missing(block: Block) -> list[str]:
    """The lines the page shows that the block did not print, in that order."""
    at, absent = 0, []
    for line in block.shown:
        pattern = ".*".join(re.escape(part.strip()) for part in re.split("…", line))
        pattern = pattern.replace(re.escape(PORT), r"\d+")
        found = re.compile(pattern).search(block.printed, at)
        if found is None:
            absent.append(line)
        else:
            at = found.end()
    return absent


def _typed(script: str, port: str, directory_port: str) -> str:
    typed = script.replace(f"127.0.0.1:{PORT}", f"127.0.0.1:{port}")
    typed = typed.replace(f"127.0.0.1:{DIRECTORY_PORT}", f"127.0.0.1:{directory_port}")
    for command, its_port in (("vestibule serve", port), ("vestibule directory serve", directory_port)):
        waits = WAIT.format(port=its_port)
        typed = re.sub(rf"^(.*\b{command}\b.*&)$", rf"\1\n{waits}", typed, flags=re.MULTILINE)
    return typed


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
