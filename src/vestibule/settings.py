"""Each setting with its default and its meaning: one table.

From ``VESTIBULE_…`` in the environment, else from ``vestibule.toml`` in the working folder
(the same names in lower case), else the default. A key that is not in the table is a fault.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Set
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import TomlConfigSettingsSource as TomlSource

from vestibule.connectors.address_guard import networks_of
from vestibule.refused import Refused
from vestibule.stores.url import SqliteUrl, parse_database_url, without_password

FILE = "vestibule.toml"

#: What an identity provider must be granted for each tenant (K29, W119).
LEAST_REQUESTS_PER_SECOND = 25

#: pydantic's word for a default that could not be made because the setting it depends on is faulty.
_FOLLOWS_FROM_ANOTHER = "default_factory_not_called"

#: What a value must be, where pydantic would tell how it reads one.
_WANTED = {"int_parsing": "it is no whole number", "bool_parsing": "it is neither true nor false"}


class SettingsRefused(Refused):
    """A setting has a value that is not allowed, or a name that does not exist."""


def _data_folder() -> Path:
    """The user's data folder, as each system has it."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "vestibule"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "vestibule"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "vestibule"


class Settings(BaseSettings):
    """How this installation runs. Frozen; made once by whoever starts it and handed in."""

    model_config = SettingsConfigDict(env_prefix="VESTIBULE_", toml_file=FILE, frozen=True, extra="forbid")

    database: str = Field(
        default_factory=lambda: f"sqlite:///{_data_folder() / 'vestibule.db'}",
        repr=False,
        description="Where the receiving side keeps everything: sqlite:///ABSOLUTE/PATH, sqlite:// in memory, "
        "postgresql://…",
    )
    directory_database: str = Field(
        default_factory=lambda data: _beside(data["database"]),
        repr=False,
        description="Where the sending side keeps everything; by default directory.db beside the other.",
    )
    directory_port: int = Field(
        default=8001, ge=0, le=65535, description="The port on which the sending side's console listens."
    )
    directory_public_url: str = Field(
        default="",
        description="The address under which administrators reach the sending side's console; without it, the "
        "listening address.",
    )
    directory_sources: str = Field(
        default="",
        description="A folder whose entries (folders with people.csv, .json and .jsonl files, .toml files that declare "
        "a source) the sending side's console offers to import from.",
    )
    #: ``schema`` outside; pydantic keeps that name for itself.
    db_schema: str = Field(
        default="vestibule",
        validation_alias=AliasChoices("schema", "VESTIBULE_SCHEMA"),
        pattern=r"^[a-z_][a-z0-9_]{0,62}$",
        description="The PostgreSQL schema in which all tables live.",
    )
    public_url: str = Field(
        default="",
        description="The address under which the outside reaches this server; links in answers use it. "
        "Without it, the listening address.",
    )
    keys: SecretStr = Field(
        default=SecretStr(""),
        description="The key ring that seals stored secrets and cursors, newest first, separated by commas.",
    )
    profile: str = Field(
        default="",
        description="The installation's default application profile: a name, or the path of a TOML file.",
    )
    request_log_days: int = Field(
        default=30, ge=1, description="How many days a request stays in the request log."
    )
    request_log_rows: int = Field(
        default=200_000, ge=1000, description="How many requests of one tenant the request log keeps at most."
    )
    event_days: int = Field(
        default=400,
        ge=0,
        description="How many days an event, and the product's answer to a state, is kept; 0 keeps them for ever. A reader "
        "who comes too late is told so.",
    )
    webhooks_apart_from: int = Field(
        default=10,
        ge=0,
        description="From so many webhook endpoints on, `vestibule serve` delivers from a process of its own, which gives way to "
        "requests; it takes about 90 MB, and connections of its own on PostgreSQL. 0: never.",
    )
    appends_apart: bool = Field(
        default=True,
        description="On SQLite `vestibule serve` has new people, where several come at once, written by a process of its own, "
        "which takes about 7 MB. False: the server writes them itself.",
    )
    admission_url: str = Field(
        default="",
        description="Where the product is asked, by a signed POST, before somebody is let in; it has two seconds. None: "
        "nobody is asked.",
    )
    admission_secret: SecretStr = Field(
        default=SecretStr(""), description="What these requests are signed with (Standard Webhooks): whsec_…"
    )
    admission_without: Literal["refuse", "admit"] = Field(
        default="refuse", description="What happens where the product gives no answer in time."
    )
    requests_per_second: int = Field(
        default=0,
        ge=0,
        le=100_000,
        description="How many requests a second one access token may bring, 25 at least; ten seconds' worth may come "
        "at once, and more is answered 429 with Retry-After. Each process counts for itself. 0 sets no limit.",
    )
    import_safeguard: int = Field(
        default=20,
        ge=0,
        le=100,
        description="The share, in per cent, of the directory's people or memberships that an import may lose at "
        "once; ten are never too many, unless they are all.",
    )
    silent_days: int = Field(
        default=14,
        ge=0,
        le=3650,
        description="After so many days without a request from an identity provider that used to come, the event "
        "connection.silent is told, once; after one day where Entra ID is recognised, which asks all the time. 0 never.",
    )
    allowed_networks: str = Field(
        default="",
        description="Networks that webhooks may reach although they are not public, separated by commas: 127.0.0.0/8, "
        "10.1.0.0/16. There, plain http:// is allowed too.",
    )
    security_events: bool = Field(
        default=False,
        description="A preview: streams of security event tokens (RFC 9967), pushed or polled. ServiceProviderConfig names "
        "them where this is on.",
    )
    slack_client_id: str = Field(
        default="", description="The client id of your Slack app; without it Slack cannot be connected."
    )
    slack_client_secret: SecretStr = Field(
        default=SecretStr(""), description="The client secret of your Slack app."
    )
    slack_signing_secret: SecretStr = Field(
        default=SecretStr(""),
        description="The signing secret of your Slack app; without it Slack's events are refused.",
    )
    slack_url: str = Field(default="https://slack.com", description="Where Slack is.")
    google_client_id: str = Field(
        default="", description="The client id of your Google client; without it Google cannot be connected."
    )
    google_client_secret: SecretStr = Field(
        default=SecretStr(""), description="The client secret of your Google client."
    )
    google_authorize_url: str = Field(
        default="https://accounts.google.com/o/oauth2/v2/auth", description="Google's consent page."
    )
    google_token_url: str = Field(
        default="https://oauth2.googleapis.com/token", description="Where Google gives tokens."
    )
    google_revoke_url: str = Field(
        default="https://oauth2.googleapis.com/revoke", description="Where Google takes tokens back."
    )
    google_certs_url: str = Field(
        default="https://www.googleapis.com/oauth2/v3/certs", description="Google's public keys."
    )
    google_issuer: str = Field(
        default="https://accounts.google.com", description="Who signs Google's identity tokens."
    )
    google_directory_url: str = Field(
        default="https://admin.googleapis.com/admin/directory/v1", description="Google's Directory API."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="How `vestibule serve` logs: text, or json with one object a line."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="From which level on it logs."
    )
    trace: bool = Field(
        default=False,
        description="Send OpenTelemetry spans of requests, database writes and deliveries, as the OTEL_… variables say. "
        "Needs the extra vestibule[otel].",
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")

    @field_validator("database", "directory_database")
    @classmethod
    def _known_address(cls, value: str) -> str:
        named = parse_database_url(value)
        if isinstance(named, SqliteUrl) and named.path is not None and not named.path.is_absolute():
            raise ValueError(f"{value!r} names no absolute path: use sqlite:////absolute/path (four slashes)")
        return value

    @field_validator("requests_per_second")
    @classmethod
    def _enough_for_identity_providers(cls, value: int) -> int:
        if 0 < value < LEAST_REQUESTS_PER_SECOND:
            raise ValueError(
                f"Entra ID wants {LEAST_REQUESTS_PER_SECOND} requests a second answered for each tenant; set "
                f"{LEAST_REQUESTS_PER_SECOND} or more, or 0 for no limit"
            )
        return value

    @field_validator("allowed_networks")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        networks_of(value)
        return value

    @field_validator("public_url", "directory_public_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError(f"{value!r} is no address; it starts with https:// (or http://)")
        return value.rstrip("/")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlSource(settings_cls)


def _beside(database: str) -> str:
    """The sending side's own database next to the receiving side's; on a server, the same address."""
    named = parse_database_url(database)
    if not isinstance(named, SqliteUrl) or named.path is None:
        return database
    return f"sqlite:///{named.path.with_name('directory.db')}"


def read_settings(**given: Any) -> Settings:
    """The settings, ``given`` (those that are not None) before all others.

    Raises ``SettingsRefused`` naming every faulty key, what was found and what is allowed.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        faults = [dict(fault) for fault in error.errors() if fault["type"] != _FOLLOWS_FROM_ANOTHER]
        names = {name for name, value in given.items() if value is not None}
        raise SettingsRefused("\n".join(_fault(fault, names) for fault in faults)) from None


def _fault(fault: dict[str, Any], given: Set[str]) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if key not in given:
        key = _in_environment(key) or key
    if fault["type"] == "extra_forbidden":
        return f"{key}: there is no such setting; there are {', '.join(setting_names())}"
    found = fault.get("input")
    shown = without_password(found) if isinstance(found, str) else found
    wanted = _WANTED.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
    return f"{key}: {wanted} (found {shown!r})"


def _in_environment(key: str) -> str | None:
    """The variable that a setting comes from, as it is written there; None where it comes from the file."""
    prefix = Settings.model_config["env_prefix"]
    variable = prefix + key.upper().removeprefix(prefix)
    return next((name for name in os.environ if name.upper() == variable), None)


def setting_names() -> tuple[str, ...]:
    """The names as they stand in ``vestibule.toml``; upper case after ``VESTIBULE_`` in the environment."""
    return tuple("schema" if name == "db_schema" else name for name in Settings.model_fields)
