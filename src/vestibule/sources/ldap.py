"""An LDAP directory, page by page: OpenLDAP, Active Directory and their like. Needs ``vestibule[ldap]``."""

from __future__ import annotations

import asyncio
import ssl
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from vestibule.provisioning.application import is_loopback
from vestibule.provisioning.reading import Fault, Names, UnreadableSource, in_order
from vestibule.provisioning.source import Reading
from vestibule.refused import Refused
from vestibule.sources.distinguished_name import folded
from vestibule.sources.kind import SourceKind, secret, setting
from vestibule.sources.objects import Collected

#: Our attribute → theirs; of several, separated by commas, the first that has a value.
ATTRIBUTES: Mapping[str, str] = {
    "login": "uid,userPrincipalName,sAMAccountName",
    "email": "mail",
    "firstName": "givenName",
    "lastName": "sn",
    "displayName": "displayName,cn",
    "title": "title",
    "employeeNumber": "employeeNumber",
    "department": "departmentNumber,department",
    "organization": "o,company",
    "primaryPhone": "telephoneNumber",
    "mobilePhone": "mobile",
    "streetAddress": "street,streetAddress",
    "city": "l",
    "state": "st",
    "zipCode": "postalCode",
    "countryCode": "c",
    "preferredLanguage": "preferredLanguage",
    "userType": "employeeType",
    "sourceId": "entryUUID,objectGUID",
}
_MEMBER_ATTRIBUTES = ("member", "uniqueMember", "memberUid")
_GROUP_KEYS = ("entryUUID", "objectGUID")
#: Active Directory's flag ACCOUNTDISABLE in userAccountControl.
_DISABLED = 2
_CONNECT_SECONDS = 10
_ANSWER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class LdapSettings:
    """Where the directory is, who reads it, and what is read."""

    url: str = setting("ldaps://host, or ldap://host with start_tls")
    base: str = setting("the name under which everything is, as dc=example,dc=com")
    bind_dn: str = setting("who reads; nobody named reads anonymously", "")
    password: str = secret("the password of bind_dn", "")
    start_tls: bool = setting("whether ldap:// goes over to TLS at once", False)
    ca_file: str = setting("a file of certificates to trust beside the system's", "")
    people_filter: str = setting(
        "which entries are people",
        "(|(objectClass=inetOrgPerson)(&(objectCategory=person)(objectClass=user)))",
    )
    groups_filter: str = setting(
        "which entries are groups",
        "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup)(objectClass=group))",
    )
    group_name: str = setting("the attribute that names a group", "cn")
    attributes: Mapping[str, str] = setting("our attributes = theirs, beside and before the usual ones", {})
    page_size: int = setting("how many entries at once", 500)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry with its values as bytes, by folded attribute name."""

    dn: str
    values: Mapping[str, list[bytes]]

    def texts(self, name: str) -> list[str]:
        found = self.values.get(name.casefold(), [])
        return [text for value in found if (text := _text(name, value))]

    def first(self, names: str) -> str:
        """The first value of the first attribute that has one; all of it for ``name[]``."""
        for name in names.split(","):
            texts = self.texts(name.strip().removesuffix("[]"))
            if texts:
                return ";".join(texts) if name.strip().endswith("[]") else texts[0]
        return ""


class LdapSource:
    """An LDAP server, read off the loop by ldap3."""

    def __init__(self, settings: LdapSettings) -> None:
        parts = urlsplit(settings.url)
        if parts.scheme not in ("ldap", "ldaps") or not parts.hostname:
            raise Refused(f"The source's url {settings.url!r} is no LDAP address: ldaps://host.")
        in_clear = parts.scheme == "ldap" and not settings.start_tls and not is_loopback(parts.hostname)
        if in_clear:
            raise Refused(
                f"{settings.url}: people and password would travel in clear. Use ldaps://, or start_tls = true."
            )
        self._settings = settings
        self._ldap3 = _ldap3()
        given = {**ATTRIBUTES, **settings.attributes}
        self._attributes = {ours: theirs for ours, theirs in given.items() if theirs}

    async def read(self) -> tuple[Reading, list[Fault]]:
        """People, then groups. Raises UnreadableSource, also where the server breaks a list off."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> tuple[Reading, list[Fault]]:
        collected = Collected(Names("people", "groups", "members", "nested groups"))
        host = urlsplit(self._settings.url).netloc
        try:
            connection = self._connection()
            try:
                self._bind(connection)
                by_dn, by_uid = self._people(connection, collected)
                self._groups(connection, collected, by_dn, by_uid)
            finally:
                _close(connection)
        except (self._ldap3.core.exceptions.LDAPException, OSError, ssl.SSLError) as fault:
            raise UnreadableSource(f"{host}: {_in_words(fault)}") from None
        reading = collected.reading()
        return reading, in_order(collected.faults)

    def _connection(self) -> Any:
        settings, ldap3 = self._settings, self._ldap3
        tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=settings.ca_file or None)
        server = ldap3.Server(settings.url, get_info=ldap3.NONE, connect_timeout=_CONNECT_SECONDS, tls=tls)
        return ldap3.Connection(
            server,
            user=settings.bind_dn or None,
            password=settings.password or None,
            read_only=True,
            auto_referrals=False,
            receive_timeout=_ANSWER_SECONDS,
            raise_exceptions=True,
        )

    def _bind(self, connection: Any) -> None:
        connection.open()
        if self._settings.start_tls:
            connection.start_tls()
        connection.bind()

    def _people(self, connection: Any, collected: Collected) -> tuple[dict[str, str], dict[str, str]]:
        theirs = {
            name.strip().removesuffix("[]")
            for names in self._attributes.values()
            for name in names.split(",")
        }
        by_dn: dict[str, str] = {}
        by_uid: dict[str, str] = {}
        wanted = sorted(theirs | {"uid", "userAccountControl"})
        for entry in self._entries(connection, self._settings.people_filter, wanted):
            told = {ours: entry.first(names) for ours, names in self._attributes.items()}
            flags = entry.first("userAccountControl")
            if flags.isdigit() and int(flags) & _DISABLED:
                told["status"] = "DEPROVISIONED"
            collected.person(told, place=entry.dn)
            by_dn[folded(entry.dn)] = told.get("login", "")
            by_uid |= {uid: told.get("login", "") for uid in entry.texts("uid")}
        return by_dn, by_uid

    def _groups(
        self, connection: Any, collected: Collected, by_dn: Mapping[str, str], by_uid: Mapping[str, str]
    ) -> None:
        """A member that is neither among the people nor among the groups read is no affair of the import."""
        wanted = [*_GROUP_KEYS, *_MEMBER_ATTRIBUTES, self._settings.group_name, "description"]
        entries = list(self._entries(connection, self._settings.groups_filter, wanted))
        keys = {folded(entry.dn): entry.first(",".join(_GROUP_KEYS)) or folded(entry.dn) for entry in entries}
        for entry in entries:
            key = keys[folded(entry.dn)]
            name, description = entry.first(self._settings.group_name), entry.first("description")
            collected.group({"id": key, "name": name, "description": description}, place=entry.dn)
            for attribute in _MEMBER_ATTRIBUTES:
                for member in entry.texts(attribute):
                    login = by_uid.get(member) if attribute == "memberUid" else by_dn.get(folded(member))
                    if login:
                        collected.membership(key, login, place=entry.dn)
                    elif inner := keys.get(folded(member)):
                        collected.nested(key, inner, place=entry.dn)

    def _entries(self, connection: Any, filter: str, attributes: list[str]) -> Iterator[_Entry]:
        found = connection.extend.standard.paged_search(
            search_base=self._settings.base,
            search_filter=filter,
            search_scope=self._ldap3.SUBTREE,
            attributes=attributes,
            paged_size=self._settings.page_size,
            generator=True,
        )
        for answer in found:
            if answer["type"] == "searchResEntry":
                values = {name.casefold(): list(some) for name, some in answer["raw_attributes"].items()}
                yield _Entry(str(answer["dn"]), values)
        # ldap3 takes "size limit exceeded" and "time limit exceeded" for an end: whoever is missing would have left.
        ending = connection.result
        if ending["result"] != 0:
            raise UnreadableSource(
                f"the server broke the list off ({ending['description']}): {self._settings.bind_dn or 'anonymous'} "
                "may not read all. Give the reader no size limit, or page_size one that it may use."
            )


def _ldap3() -> Any:
    try:
        return import_module("ldap3")
    except ImportError:
        raise Refused("LDAP needs a library that is not installed: pip install 'vestibule[ldap]'.") from None


def _close(connection: Any) -> None:
    """ldap3 leaves the socket of a connection that was refused open."""
    if connection.bound:
        connection.unbind()
    elif connection.socket is not None:
        connection.socket.close()


def _text(name: str, value: bytes) -> str:
    if name.casefold() == "objectguid" and len(value) == 16:
        return str(uuid.UUID(bytes_le=value))
    try:
        return value.decode()
    except UnicodeDecodeError:
        return ""


def _in_words(fault: Exception) -> str:
    """What the server said: its result, and its own message where it has one."""
    result = getattr(fault, "description", "") or type(fault).__name__
    message = getattr(fault, "message", "") or ("" if hasattr(fault, "result") else str(fault))
    return f"{result}: {message}".rstrip(": ")


SOURCE = SourceKind(
    "an LDAP directory",
    LdapSettings,
    LdapSource,
    address="url",
    takes=lambda where: where.startswith(("ldap://", "ldaps://")),
)
