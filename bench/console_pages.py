"""Every page of the console at so many people: how long the server takes for each.

``python -m bench.console_pages --people 100000``. One tenant with that many people in ten groups, loaded over
HTTP; an operator and an administrator sign in by their links, and every address that their pages lead
to is asked for, one shape of address once, so many times each. So does the administrator of a directory of as many
people, provisioned into that server; the searches of both sides besides. What is timed is the whole request on
an open connection, which is a little more than the server's own time. Exits 1 where the median of
any page is over ``--limit`` milliseconds.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from statistics import median
from urllib.parse import unquote, urlsplit

import httpx2
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.call import HOST
from bench.directory_population import DirectoryPopulation
from bench.population import Population
from bench.servers import Vestibule

_LINK = re.compile(r'href="(/[^"#]*)"')
_FORM_TOKEN = re.compile(r'x-form-token":"([0-9a-f]+)"')
#: Addresses that differ in these alone are one page.
_IDS = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27,}|(?<=/)[0-9a-f]{24}\b|(?<=/)00[ug][0-9A-Za-z]{17}\b|(?<==)[^&]+|(?<=/)\d+"
    r"|(?<=/attributes/)\w+|(?<=/catalog/)[\w-]+"
)
#: Not pages: files that never change, and what ends the sign-in.
_PASSED_OVER = re.compile(r"/(assets|static|sign-out)\b|\.(css|js|svg|png|ico|toml|csv|json)\b")
_MOST_PAGES = 120


@dataclass(frozen=True, slots=True)
class PageTimes:
    """One shape of address, and how long each of its requests took, in milliseconds."""

    address: str
    times: list[float]
    size: int

    @property
    def worst(self) -> float:
        """The slowest of them."""
        return max(self.times)


def pages_of(
    client: httpx2.Client, times: int, progress: Progress, home: str = "/", also: Sequence[str] = ()
) -> list[PageTimes]:
    """Every page that the signed-in person's pages lead to, the home page first; then those named, as they are."""
    waiting, seen = deque([home]), {home}
    measured: list[PageTimes] = []
    task = progress.add_task("Pages", total=None)
    while waiting and len(measured) < _MOST_PAGES:
        address = waiting.popleft()
        answer = client.get(address)
        progress.advance(task)
        if answer.status_code != 200 or "text/html" not in answer.headers.get("content-type", ""):
            continue
        if not answer.history:
            took = [_timed(client, address) for _ in range(times)]
            measured.append(PageTimes(_shape(address), took, len(answer.content)))
        for found in _LINK.findall(answer.text):
            link = unescape(found)
            shape = _shape(link)
            if shape not in seen and not _PASSED_OVER.search(urlsplit(link).path):
                seen.add(shape)
                waiting.append(link)
    for address in also:
        answer = client.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        took = [_timed(client, address) for _ in range(times)]
        measured.append(PageTimes(unquote(address), took, len(answer.content)))
    return measured


def sign_in(client: httpx2.Client, link: str) -> None:
    """Give the client the session of whoever that one-time link belongs to."""
    path = urlsplit(link.split()[-1]).path
    page = client.get(path)
    token = _FORM_TOKEN.search(unescape(page.text))
    assert token, page.text[:500]
    entered = client.post(path, data={"password": "", "form_token": token[1]})
    assert entered.status_code == 200, entered.text[:500]


def measure(folder: Path, people: int, times: int, console: Console) -> dict[str, list[PageTimes]]:
    """The pages of an administrator and of an operator, by whose they are."""
    population = Population(folder, people)
    population.start()
    try:
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task(f"Creating {people:,} people", total=people)
            population.load(lambda _, done: progress.update(task, completed=done), min(people, 5000))
            population.add_ten_groups()
            server = population.server
            base = f"http://{HOST}:{server.port}"
            links = {
                "administrator": server.command("administrator", "add", "bench", "it@bench.example"),
                "operator": server.command("operator", "add", "op@bench.example"),
            }
            found = {}
            for who, link in links.items():
                with httpx2.Client(base_url=base, follow_redirects=True, timeout=60) as client:
                    sign_in(client, link)
                    found[who] = pages_of(client, times, progress)
            found["directory administrator"] = _of_directory(
                folder / "directory", people, times, population.server, progress
            )
            return found
    finally:
        population.server.stop()


def _of_directory(
    folder: Path, people: int, times: int, product: Vestibule, progress: Progress
) -> list[PageTimes]:
    folder.mkdir()
    population = DirectoryPopulation(folder, people, product)
    task = progress.add_task("The directory", total=None)
    for step in population.load():
        progress.update(task, description=step)
    population.start()
    try:
        with httpx2.Client(
            base_url=f"http://{HOST}:{population.port}", follow_redirects=True, timeout=60
        ) as client:
            sign_in(client, population.administrator_link())
            return pages_of(client, times, progress, "/directory/", population.pages(client))
    finally:
        population.stop()


def print_pages(found: dict[str, list[PageTimes]], people: int, limit: float, console: Console) -> bool:
    """Print the pages, the slowest first; whether all keep to the limit."""
    for who, pages in found.items():
        table = Table(title=f"Pages of the {who} at {people:,} people", title_justify="left", box=None)
        for heading in ("page", "median ms", "worst ms", "KB"):
            table.add_column(heading, justify="left" if heading == "page" else "right")
        for page in sorted(pages, key=lambda page: -median(page.times)):
            row = (f"{median(page.times):.1f}", f"{page.worst:.1f}", f"{page.size / 1024:.0f}")
            table.add_row(page.address, *row)
        console.print(table)
    slow = [page.address for pages in found.values() for page in pages if median(page.times) > limit]
    console.print(f"Over {limit:.0f} ms: {', '.join(slow) or 'none'}")
    return not slow


def _timed(client: httpx2.Client, address: str) -> float:
    began = time.perf_counter()
    client.get(address)
    return (time.perf_counter() - began) * 1000


def _shape(address: str) -> str:
    return _IDS.sub("…", address)


def main() -> int:
    """As the module says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=9, help="requests of each page")
    parser.add_argument("--limit", type=float, default=100.0, help="milliseconds that a median may take")
    given = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="vestibule-pages-") as folder:
        found = measure(Path(folder), given.people, given.times, console)
    return 0 if print_pages(found, given.people, given.limit, console) else 1


if __name__ == "__main__":
    sys.exit(main())
