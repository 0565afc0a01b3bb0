"""Writes README and docs as HTML into build/docs, and fails where a link leads nowhere."""

from __future__ import annotations

import html
import re
import shutil
import sys
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "build" / "docs"
LINK = re.compile(r'(href|src)="(?![a-z]+:|#)([^"#]+)(#[^"]*)?"')
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 16px/1.55 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem }}
pre, code {{ font: 14px/1.45 ui-monospace, monospace; background: #f4f4f1 }}
pre {{ padding: .8rem; overflow-x: auto }} table {{ border-collapse: collapse; margin: 1rem 0 }}
td, th {{ border: 1px solid #ccc; padding: .3rem .6rem; text-align: left; vertical-align: top }}
@media (prefers-color-scheme: dark) {{ body {{ background: #191919; color: #e4e4e0 }}
a {{ color: #9cf }} pre, code {{ background: #262626 }} }}
</style></head><body>
{body}</body></html>
"""


def sources() -> list[Path]:
    """README, changelog and every page under docs."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def broken_links(page: Path) -> list[str]:
    """The relative links of a page that lead to no file of the repository."""
    links = LINK.findall(rendered(page))
    return [target for _, target, _ in links if not (page.parent / target).exists()]


def rendered(page: Path) -> str:
    """The page's body as HTML, its links as they stand."""
    return MarkdownIt("commonmark").enable("table").render(page.read_text("utf-8"))


def write(page: Path) -> Path:
    """One page under build/docs; links to other pages lead to their HTML."""
    title = next((line.lstrip("# ") for line in page.read_text("utf-8").splitlines() if line), page.stem)
    body = LINK.sub(
        lambda link: f'{link[1]}="{re.sub(r"[.]md$", ".html", link[2])}{link[3] or ""}"', rendered(page)
    )
    target = TARGET / page.relative_to(ROOT).with_suffix(".html")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(PAGE.format(title=html.escape(title), body=body), "utf-8")
    return target


def main() -> int:
    """The exit status: 1 where a link is broken."""
    shutil.rmtree(TARGET, ignore_errors=True)
    faults = [f"{page.relative_to(ROOT)}: {link}" for page in sources() for link in broken_links(page)]
    for page in sources():
        write(page)
    for picture in (ROOT / "docs").rglob("*.svg"):
        shutil.copy(picture, TARGET / picture.relative_to(ROOT))
    print(f"{len(sources())} pages in {TARGET.relative_to(ROOT)}, beginning with README.html")
    for fault in faults:
        print(f"broken link: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
