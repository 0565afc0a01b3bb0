"""Who may import whom: the arrows of the layout point one way."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
PACKAGE = SOURCE / "vestibule"

#: What a room may import beside itself, the standard library and libraries. A name stands for a whole
#: room, ``room.module`` for that module alone. ``stores.receiving`` and its like are doors: they open
#: whichever store an address names, and know none by name.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "catalogue": (),
    "client": (),
    "beside": ("scim", "refused"),
    "clock": (),
    "consumer": (),
    "durable": (),
    "identifiers": (),
    "key_ring": ("refused",),
    "refused": (),
    "rotating": ("directory", "key_ring", "refused"),
    "registry": (),
    "scim": (),
    "recordings": ("scim",),
    "judge": ("scim", "registry", "refused", "connectors.http"),
    "profiles": ("scim", "registry", "refused"),
    "directory": ("scim", "profiles", "refused"),
    "feed": ("directory", "tenancy", "profiles", "scim", "key_ring", "refused", "clock"),
    "tenancy": ("scim", "profiles", "directory", "refused"),
    "sign_in": ("scim", "directory", "refused"),
    "sign_on": ("beside", "scim", "profiles", "directory", "tenancy", "key_ring", "refused"),
    "dev_idp": ("sign_on", "scim", "refused"),
    "linking": ("beside", "directory", "tenancy", "profiles", "scim", "key_ring", "clock", "refused"),
    "erasing": ("directory", "scim", "refused"),
    "provisioning": ("scim", "profiles", "refused"),
    "connectors": ("provisioning", "linking", "scim", "profiles", "refused"),
    "secret_texts": (),
    "logs": ("secret_texts",),
    "webhooks": ("feed", "directory", "scim", "key_ring", "clock", "secret_texts", "refused"),
    "security_events": (
        "webhooks",
        "feed",
        "directory",
        "tenancy",
        "profiles",
        "scim",
        "key_ring",
        "clock",
        "refused",
    ),
    "sources": ("provisioning", "connectors", "profiles", "refused"),
    "stores": (
        "directory",
        "tenancy",
        "feed",
        "sign_in",
        "sign_on",
        "linking",
        "erasing",
        "rotating",
        "webhooks",
        "security_events",
        "provisioning",
        "scim",
        "profiles",
        "registry",
        "durable",
        "key_ring",
        "refused",
    ),
    "settings": ("stores.url", "connectors.address_guard", "refused"),
    "web": (
        "tenancy",
        "sign_in",
        "sign_on",
        "directory",
        "linking",
        "erasing",
        "feed",
        "webhooks",
        "security_events",
        "provisioning",
        "profiles",
        "durable",
        "scim",
        "recordings",
        "judge",
        "settings",
        "clock",
        "key_ring",
        "refused",
        "connectors.address_guard",
        "provisioning",
    ),
    "cli": (
        "app",
        "directory_serving",
        "serving",
        "sending",
        "sealing",
        "services",
        "rotating",
        "key_ring",
        "tenancy",
        "sign_in",
        "sign_on",
        "directory",
        "linking",
        "erasing",
        "feed",
        "webhooks",
        "security_events",
        "profiles",
        "provisioning",
        "sources",
        "scim",
        "recordings",
        "settings",
        "registry",
        "clock",
        "identifiers",
        "refused",
        "stores.backup",
        "stores.move",
        "stores.receiving",
        "stores.sending",
        "stores.url",
        "web.server",
        "web.rendering",
        "web.checkup",
        "web.person_record",
        "web.recording_export",
        "web.tenant_room",
        "connectors.http",
        "connectors.fetch",
        "connectors.address_guard",
        "connectors.posts",
        "dev_idp",
        "judge",
    ),
}

#: Rooms of values and rules, which a bare interpreter can run.
PURE = ("scim", "recordings", "directory")

#: They know every room: they wire them.
WIRING = (
    "sealing",
    "sweeping",
    "alarms",
    "admitting",
    "app",
    "courier_process",
    "delivering",
    "demo",
    "deriving",
    "directory_bureau",
    "directory_serving",
    "guard_rail",
    "housekeeping",
    "routing",
    "scratch",
    "sending",
    "services",
    "serving",
    "tracing",
    "works",
    "wsgi",
    "__init__",
    "__main__",
)

#: Connectors that the receiving side asks.
LINKED = ("vestibule.connectors.slack", "vestibule.connectors.google")

#: Modules in which a heavy import may wait for the command that needs it.
LAZY = ("cli", "app", "__init__")
#: Single modules of other rooms with one: a server that is asked for SCIM alone does without these libraries.
LATE = (
    "vestibule.delivering",
    "vestibule.feed.doorkeeper",
    "vestibule.key_ring",
    "vestibule.security_events.issuer",
    "vestibule.sign_on.refresh",
    "vestibule.web.premises",
    "vestibule.works",
)

MODULES = sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    """``vestibule.scim.patch`` for the file of that module."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    """The first name under ``vestibule``; ``__init__`` for the package itself."""
    return [*module.split("."), "__init__"][1]


def imports(path: Path) -> Iterator[str]:
    """Every module that the file imports, as dotted names."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            yield node.module or ""
            for alias in node.names:
                below = PACKAGE.parent.joinpath(*(node.module or "").split("."), alias.name)
                if below.is_dir() or below.with_suffix(".py").is_file():
                    yield f"{node.module}.{alias.name}"


def reached(module: str) -> set[str]:
    """The module and all of ours that it imports, directly or not."""
    files, found, waiting = {dotted(path): path for path in MODULES}, set[str](), [module]
    while waiting:
        name = waiting.pop()
        if name in files and name not in found:
            found.add(name)
            waiting += imports(files[name])
    return found


def allowed(name: str, rooms: tuple[str, ...]) -> bool:
    """Whether the module lies in one of those rooms (or is a room's package itself, on the way to a module)."""
    below = name.removeprefix("vestibule.")
    return any(below == one or below.startswith(f"{one}.") or one.startswith(f"{below}.") for one in rooms)


def ids(path: Path) -> str:
    return dotted(path)


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_a_room_imports_only_the_rooms_it_may_know(path: Path) -> None:
    own = room(dotted(path))
    if own in WIRING:
        return
    assert own in MAY_IMPORT, f"the room {own} has no row in MAY_IMPORT"
    for name in imports(path):
        if name.startswith("vestibule."):
            assert room(name) == own or allowed(name, MAY_IMPORT[own]), f"{dotted(path)} imports {name}"


@pytest.mark.parametrize("path", [p for p in MODULES if room(dotted(p)) in PURE], ids=ids)
def test_a_pure_room_needs_no_library(path: Path) -> None:
    for name in imports(path):
        top = name.partition(".")[0]
        bare = top in sys.stdlib_module_names or top == "vestibule"
        assert bare or (top == "orjson" and room(dotted(path)) == "directory"), f"{dotted(path)}: {name}"


def test_the_protocol_library_stands_alone() -> None:
    for path in (PACKAGE / "scim").rglob("*.py"):
        for name in imports(path):
            top = name.partition(".")[0]
            inside = name.startswith("vestibule.scim")
            assert inside or top in sys.stdlib_module_names, f"{dotted(path)} imports {name}"
            assert top not in {"asyncio", "socket", "sqlite3", "time", "random", "threading"}, dotted(path)


@pytest.mark.parametrize("path", [p for p in MODULES if room(dotted(p)) in ("web", "cli")], ids=ids)
def test_the_doors_know_no_store_by_name(path: Path) -> None:
    rooms = [child.name for child in (PACKAGE / "stores").iterdir() if child.is_dir()]
    assert not [
        name for name in imports(path) if name.startswith(tuple(f"vestibule.stores.{r}" for r in rooms))
    ]


def test_the_two_sides_do_not_know_each_other() -> None:
    receiving = ("tenancy", "sign_in", "directory", "linking", "sign_on", "feed", "webhooks")
    for path in MODULES:
        own = room(dotted(path))
        others = {room(name) for name in imports(path) if name.startswith("vestibule.")}
        if own in ("provisioning", "connectors"):
            # A connector knows whoever asks it: the receiving side's linking asks Slack's and Google's.
            asks = {"linking"} if dotted(path).startswith(LINKED) else set()
            assert not others & ({*receiving, "stores", "web"} - asks), dotted(path)
        if own in receiving:
            assert not others & {"provisioning", "connectors"}, dotted(path)


def test_the_api_of_the_sending_side_knows_nothing_of_the_receiving_side() -> None:
    """But for the frame that both share, with its tokens' form, kept answers and cursors."""
    shared = (
        "vestibule.tenancy.store",
        "vestibule.directory.store",
        "vestibule.web.api",
        "vestibule.web.cursor",
    )
    receiving = ("tenancy", "directory", "linking", "sign_on", "feed", "webhooks", "web.premises")
    for path in MODULES:
        own = dotted(path)
        if own.startswith("vestibule.web.directory_api"):
            names = [name for name in imports(path) if not name.startswith(shared)]
            assert not [name for name in names if allowed(name, receiving)], own
        elif own.startswith("vestibule.web.api"):
            assert not [name for name in imports(path) if name.startswith("vestibule.provisioning")], own


@pytest.mark.parametrize(
    "served", ["directory", "tenancy", "feed", "webhooks", "sign_in", "sign_on", "provisioning"]
)
def test_a_store_knows_what_it_is_asked_for_and_none_of_the_rules(served: str) -> None:
    """Of a room it serves: ``store.py`` and the values that its promises speak of."""
    spoken_of = reached(f"vestibule.{served}.store") | {f"vestibule.{served}.errors"}
    spoken_of |= reached("vestibule.directory.story")  # the Protocol behind ``vestibule explain``
    spoken_of |= {"vestibule.tenancy.logos"} if served == "tenancy" else set()
    spoken_of |= {"vestibule.webhooks.gap"} if served == "webhooks" else set()
    spoken_of |= reached("vestibule.directory.overview")  # the one behind the console
    spoken_of |= reached("vestibule.directory.audit_chain")  # the one behind ``vestibule audit verify``
    spoken_of |= reached("vestibule.directory.derivation")  # and the one behind ``vestibule profile check``
    spoken_of |= reached("vestibule.provisioning.push_rule")  # a value that the engine's store keeps
    for path in (PACKAGE / "stores").rglob("*.py"):
        known = {name for name in imports(path) if name.startswith(f"vestibule.{served}.")}
        assert known <= spoken_of, f"{dotted(path)} imports {', '.join(known - spoken_of)}"


@pytest.mark.parametrize("path", [p for p in MODULES if room(dotted(p)) == "connectors"], ids=ids)
def test_a_connector_knows_what_it_is_asked_for_and_nothing_of_the_engine(path: Path) -> None:
    engine = ("worker", "plan", "job", "store", "assignment", "source", "mapping")
    assert not {f"vestibule.provisioning.{name}" for name in engine} & set(imports(path))


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_imports_stand_on_top(path: Path) -> None:
    if room(dotted(path)) in LAZY or dotted(path) in LATE:
        return
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = [n.lineno for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
            assert not inner, f"{dotted(path)}: import inside a function, line {inner[0]}"


def test_no_two_rooms_import_each_other_in_a_circle() -> None:
    knows: dict[str, set[str]] = {}
    for path in MODULES:
        own = room(dotted(path))
        names = {room(name) for name in imports(path) if name.startswith("vestibule.")}
        knows.setdefault(own, set()).update(names - {own, "__init__"})
    left = dict(knows)
    while left:
        free = [own for own, others in left.items() if not others & left.keys()]
        assert free, f"a circle among {sorted(left)}"
        for own in free:
            del left[own]


def test_the_consoles_of_the_two_sides_do_not_know_each_other() -> None:
    sending = ("vestibule.web.console.sending", "vestibule.provisioning")
    receiving = ("tenancy", "directory", "linking", "sign_on", "feed", "webhooks", "web.console.receiving")
    for path in MODULES:
        own = dotted(path)
        if own.startswith("vestibule.web.console.sending"):
            assert not [name for name in imports(path) if allowed(name, receiving)], own
        elif own.startswith("vestibule.web.console"):
            assert not [name for name in imports(path) if name.startswith(sending)], own
