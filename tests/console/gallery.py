"""``make gallery``: a picture of every page, light and dark, wide and narrow, in ``docs/gallery``."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.console.conftest import Person
from tests.console.directory import Directory, directory_served
from tests.console.filled import PAGES_OF_OPERATORS, Filled, filled
from tests.console.filled_directory import NAMES, filled_directory
from tests.console.serving import Served, served

FOLDER = Path(__file__).parents[2] / "docs" / "gallery"
_WIDTH = 900
_TALLEST = 1100
_COLOURS = 48
_DARK = ("overview", "scim", "person", "story", "webhook")
_NARROW = ("overview", "people", "guide", "webhook")
_DIRECTORY_DARK = ("provisioning", "assignments", "plan", "run")
_DIRECTORY_NARROW = ("assignments", "user-import", "push-groups", "import-diff", "tasks")


def main() -> int:
    """Take them all anew."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        print("No Chromium here: apt-get install chromium", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as other,
        served(Path(folder), security_events=True, allowed_networks="127.0.0.0/8") as server,
        directory_served(Path(other)) as directory,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        tenant = filled(server)
        _light(browser, server, tenant)
        _others(browser, server, tenant)
        _directory(browser, directory, server)
        browser.close()
    _index()
    return 0


def _light(browser: Browser, server: Served, tenant: Filled) -> None:
    one = Person(browser, server)
    one.open("/sign-in")
    _keep(one, "sign-in")
    one.sign_in(server.administrator("mia@example.com", tenant.tenant, whole=True))
    for name in Filled.NAMES:
        one.open(tenant.path(name))
        _keep(one, name)
    one.close()
    operator = Person(browser, server)
    operator.sign_in(server.do(server.stage.operator("op@example.com")))
    for path in PAGES_OF_OPERATORS[:-1]:
        operator.open(path)
        _keep(operator, "operators-" + "-".join(path.split("/")[2:]))
    operator.close()


def _others(browser: Browser, server: Served, tenant: Filled) -> None:
    dark = Person(browser, server, color_scheme="dark")
    narrow = Person(browser, server, viewport={"width": 360, "height": 740}, locale="ja-JP")
    one = server.administrator("ken@example.com", tenant.tenant)
    for person, names, word in ((dark, _DARK, "dark"), (narrow, _NARROW, "narrow")):
        person.page.goto(server.link(one))
        person.page.locator("main button").click()
        person.page.wait_for_url("**/overview")
        for name in names:
            person.open(tenant.path(name))
            _keep(person, f"{name}-{word}")
        person.close()


def _directory(browser: Browser, directory: Directory, server: Served) -> None:
    """The sending side: every page by day, some at night, some on a telephone in Japanese."""
    tenant = server.tenant("Aldermoor Sales", "getaccept")
    paths = filled_directory(directory, server.base(tenant), server.token(tenant))
    looks = (
        (NAMES, "", {}),
        (_DIRECTORY_DARK, "-dark", {"color_scheme": "dark"}),
        (_DIRECTORY_NARROW, "-narrow", {"viewport": {"width": 360, "height": 740}, "locale": "ja-JP"}),
    )
    one = directory.administrator("mia@example.com")
    for names, word, options in looks:
        person = Person(browser, directory, **options)
        person.page.goto(directory.link(one))
        person.page.locator("main button").click()
        person.page.wait_for_url("**/applications")
        for name in names:
            person.open(f"{directory.url}{paths[name]}")
            _keep(person, f"directory-{name}{word}")
        person.close()


def _keep(person: Person, name: str) -> None:
    """Few colours and no more than a tall screen: a few kilobytes each."""
    person.page.wait_for_timeout(150)
    picture = Image.open(io.BytesIO(person.page.screenshot(full_page=True))).convert("RGB")
    if picture.width > _WIDTH:
        picture = picture.resize(
            (_WIDTH, round(picture.height * _WIDTH / picture.width)), Image.Resampling.LANCZOS
        )
    picture = picture.crop((0, 0, picture.width, min(picture.height, _TALLEST)))
    picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


def _index() -> None:
    pictures = "\n".join(
        f"## {path.stem.replace('-', ' ').capitalize()}\n\n![{path.stem}]({path.name})\n"
        for path in sorted(FOLDER.glob("*.png"))
    )
    (FOLDER / "README.md").write_text(
        "# The console, page by page\n\nTaken by `make gallery` from a tenant that a play-acted Okta has filled.\n\n"
        + pictures,
        "utf-8",
    )


if __name__ == "__main__":
    sys.exit(main())
