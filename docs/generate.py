"""Writes the reference pages, and the generated parts of other pages, from the declarations they tell of.

``pages()`` has what must stand in the files; ``make docs`` writes it, and a test compares.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from docs.api_page import api_page, directory_api_page
from docs.catalogue_page import catalogue_page
from docs.cli_page import cli_page
from docs.client_modules import client_modules
from docs.conformance_page import conformance_page
from docs.dialects_page import dialects_page
from docs.errors_page import errors_page
from docs.faults_page import faults_page
from docs.markdown import prose, table
from docs.security_events_page import security_events_page
from docs.sources_page import sources_page
from vestibule.directory.events import EVENTS, Event
from vestibule.feed.event_document import wire_name
from vestibule.profiles.attribute_table import attribute_table
from vestibule.profiles.builtin import builtin_texts
from vestibule.profiles.load import load_profile
from vestibule.profiles.profile import ApplicationProfile
from vestibule.settings import FILE, Settings
from vestibule.stores.postgresql.address import SETTINGS
from vestibule.web.metrics_declared import DECLARED

DOCS = Path(__file__).parent
REFERENCE = DOCS / "reference"
NOTICE = "<!-- Written by docs/generate.py from the code; `make docs` writes it again. -->\n"
OPENING = re.compile(r"<!-- generated: (?P<name>[a-z]+)(?: (?P<argument>[a-z-]+))? -->\n")
CLOSING = "<!-- end of generated -->"

#: Defaults that depend on the machine or on another setting, in words.
_DEFAULTS_IN_WORDS = {
    "database": "`vestibule.db` in the user's data folder",
    "directory_database": "`directory.db` beside the database",
}


def pages() -> dict[Path, Callable[[], str]]:
    """Every generated page, and every page with generated parts; what writes each as it must be."""
    found = {
        REFERENCE / f"{name}.md": partial(_reference_page, write) for name, write in REFERENCE_PAGES.items()
    }
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text("utf-8")
        if page not in found and OPENING.search(text):
            found[page] = partial(with_generated_parts, text)
    return found


def _reference_page(write: Callable[[], str]) -> str:
    return f"{write()}\n{NOTICE}"


def with_generated_parts(text: str) -> str:
    """A page with what stands between its markers written anew. KeyError for an unknown name."""
    done, at = [], 0
    while opening := OPENING.search(text, at):
        closing = text.index(CLOSING, opening.end())
        write = PARTS[opening["name"]]
        part = write(opening["argument"]) if opening["argument"] else write()
        done += [text[at : opening.end()], "\n", part.strip("\n"), "\n\n"]
        at = closing
    return "".join((*done, text[at:]))


# Settings


def settings_page() -> str:
    """The table of settings."""
    rows = []
    for name, field in Settings.model_fields.items():
        outside = "schema" if name == "db_schema" else name
        default = _DEFAULTS_IN_WORDS[name] if field.default_factory else _default(field.default)
        rows.append(
            (f"`VESTIBULE_{outside.upper()}`", f"`{outside}`", default, prose(field.description or ""))
        )
    return "\n".join(
        [
            "# Settings",
            "",
            f"Each is read from the environment, else from `{FILE}` in the working folder, else it has its default.",
            "A value that is not allowed is refused at the start, naming it, and so is a name in `vestibule.toml` that is not in",
            "this table. A variable of another name is not looked at: check its spelling where a setting does not take.",
            "",
            *table(("environment", f"`{FILE}`", "default", "meaning"), rows),
            "",
            "An option of a command (`--database`, `--host`, `--port`, `--profile`) goes before both.",
            "The sending side's commands also take an application's token from `VESTIBULE_APP_TOKEN`.",
            "",
        ]
    )


def _default(value: Any) -> str:
    text = str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)
    return f"`{text}`" if text else "—"


# Events


def events_page() -> str:
    """The events by subject."""
    lines = [
        "# Events",
        "",
        "What happened, written in the transaction of the change itself, in the order of commits, none skipped.",
        "A write that changes nothing makes no event. `vestibule events tail` prints them; with `--json`, one",
        "object a line:",
        "",
        "| key | meaning |",
        "|---|---|",
        "| `seq` | the number; a reader keeps the last one it has dealt with, and asks `--after` it |",
        "| `tenant` | the tenant's slug |",
        "| `at` | when, in UTC |",
        "| `type` | one of the words below |",
        "| `subjectType`, `subjectId` | whom or what it is about |",
        "| `request` | the request that caused it: `vestibule explain REQUEST` |",
        "| `data` | the further keys named in the tables below |",
        '| `payload` | what is personal, `{"path": [before, after]}`; null once it was forgotten |',
        "",
    ]
    for subject in dict.fromkeys(event.about for event in EVENTS):
        rows = [
            (f"`{event.type}`", prose(event.__doc__), ", ".join(f"`{key}`" for key in _own_keys(event)))
            for event in EVENTS
            if event.about == subject
        ]
        lines += [
            "",
            f"## {subject[0].upper()}{subject[1:]}",
            "",
            *table(("type", "what happened", "further keys"), rows),
        ]
    return "\n".join(lines) + "\n"


def _own_keys(event: type[Event]) -> list[str]:
    skip = set(Event.__dataclass_fields__)
    return [wire_name(name) for name in event.__dataclass_fields__ if name not in skip]


# Profiles


def profiles_page() -> str:
    """The built-in profiles: what each declares, and its attribute tables."""
    lines = [
        "# Application profiles",
        "",
        "The built-in ones. [How to write one](../how-to/write-a-profile.md) explains every key; `vestibule profile",
        "show NAME` shows any, those of your own too.",
    ]
    for name in sorted(builtin_texts()):
        profile = declared(name)
        lines += ["", f"## {name}", "", *table(("key", "value"), _facts(profile)), "", attributes_of(name)]
    return "\n".join(lines).rstrip() + "\n"


def _facts(profile: ApplicationProfile) -> list[tuple[str, str]]:
    plans = (
        f"{plan.name}{'' if plan.provisioning else ' (no provisioning)'}"
        f"{' (default)' if plan.name == profile.default_plan else ''}"
        for plan in profile.plans.values()
    )
    roles = (
        f"{role.name}{' (default)' if role.default else ''}: {', '.join(role.rights)}"
        for role in profile.roles
    )
    return [
        ("product", profile.product.name),
        ("whom to ask", profile.product.support_contact),
        ("plans", ", ".join(plans)),
        ("address", f"`{profile.address.value}`"),
        ("user name", f"`{profile.user_name.value}`"),
        ("required", ", ".join(f"`{path}`" for path in ("userName", *profile.required))),
        ("after a DELETE", f"`{profile.delete.value}`"),
        ("sign-on first", f"`{profile.sso_first.value}`"),
        ("teams", "yes" if profile.teams else "no"),
        ("roles", "; ".join(roles) or "none"),
        ("role sources, first come first", ", ".join(f"`{path}`" for path in profile.role_sources) or "none"),
        ("product-owned", ", ".join(f"`{path}`" for path in profile.product_owned) or "none"),
    ]


def attributes_of(profile: str) -> str:
    """The attribute tables of a built-in profile, as on its help page."""
    return attribute_table(declared(profile))


def declared(name: str) -> ApplicationProfile:
    """A built-in profile; KeyError where there is none of that name."""
    return load_profile(builtin_texts()[name], f"{name}.toml")


def metrics_table() -> str:
    """Every metric, as it is declared."""
    rows = [
        (f"`{one.name}`", one.kind, ", ".join(f"`{label}`" for label in one.labels), prose(one.meaning))
        for one in DECLARED
    ]
    return "\n".join(table(("metric", "kind", "labels", "meaning"), rows))


def metrics_page() -> str:
    """What ``/metrics`` has."""
    return "\n".join(
        [
            "# Metrics",
            "",
            "What `/metrics` has, for Prometheus. A counter is read as its name with `_total` behind it, a histogram as "
            "`_bucket`, `_sum` and `_count`. Each process counts for itself. `process_…` are the client library's own. "
            "No label holds a tenant, a person or an address.",
            "",
            metrics_table(),
            "",
            "[A dashboard for Grafana](../../examples/monitoring/grafana-dashboard.json) and "
            "[alarms for Prometheus](../../examples/monitoring/prometheus-alerts.yml) are ready to be imported.",
        ]
    )


def connection_settings() -> str:
    """What is set on every connection to PostgreSQL."""
    set_to = {**SETTINGS, "search_path": "the schema"}
    return "\n".join(table(("setting", "value"), [(f"`{name}`", value) for name, value in set_to.items()]))


#: The pages of docs/reference.
REFERENCE_PAGES: Mapping[str, Callable[[], str]] = {
    "api": api_page,
    "catalogue": catalogue_page,
    "cli": cli_page,
    "conformance": conformance_page,
    "dialects": dialects_page,
    "directory-api": directory_api_page,
    "errors": errors_page,
    "events": events_page,
    "metrics": metrics_page,
    "faults-in-the-console": faults_page,
    "profiles": profiles_page,
    "security-events": security_events_page,
    "settings": settings_page,
    "sources": sources_page,
}
#: What may stand between markers in any page.
PARTS: Mapping[str, Callable[..., str]] = {
    "attributes": attributes_of,
    "connection": connection_settings,
    "metrics": metrics_table,
}


def main() -> int:
    """Write what is not current; say so."""
    texts = {page: write() for page, write in {**pages(), **client_modules()}.items()}
    written = [page for page, text in texts.items() if not page.exists() or page.read_text("utf-8") != text]
    for page in written:
        page.write_text(texts[page], "utf-8")
        print(f"written: {page.relative_to(DOCS.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
