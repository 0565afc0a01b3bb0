"""A real OpenLDAP on a port of its own, filled from LDIF before it starts."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.debian import program

BASE = "dc=kitano,dc=example"
READER = f"cn=reader,{BASE}"
PASSWORD = "the-readers-password"
_SCHEMAS = Path("/etc/ldap/schema")
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Slapd:
    """A running server."""

    url: str


@contextmanager
def slapd(folder: Path, entries: str, *, limits: str = "") -> Iterator[Slapd]:
    """Serve the entries; whoever reads binds as READER."""
    server, add = program("slapd", "slapd"), program("slapadd", "slapd")
    configuration = folder / "slapd.conf"
    (folder / "db").mkdir()
    configuration.write_text(
        "".join(f"include {_SCHEMAS / name}.schema\n" for name in ("core", "cosine", "nis", "inetorgperson"))
        + f"""
pidfile {folder / "slapd.pid"}
argsfile {folder / "slapd.args"}
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
directory {folder / "db"}
suffix "{BASE}"
rootdn "{READER}"
rootpw {PASSWORD}
access to * by dn.exact="cn=limited,{BASE}" read by anonymous auth by * none
{limits}
"""
    )
    ldif = folder / "entries.ldif"
    ldif.write_text(_TOP + entries, "utf-8")
    subprocess.run([add, "-q", "-f", str(configuration), "-l", str(ldif)], check=True, capture_output=True)
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    url = f"ldap://127.0.0.1:{port}"
    command = [server, "-f", str(configuration), "-h", f"{url}/", "-d", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(port, process)
            yield Slapd(url)
        finally:
            process.terminate()
            process.wait(_PATIENCE)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"slapd did not start (exit {process.poll()})")


_TOP = f"""dn: {BASE}
objectClass: dcObject
objectClass: organization
o: Kitano
dc: kitano

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{BASE}
objectClass: organizationalUnit
ou: groups

dn: cn=limited,{BASE}
objectClass: simpleSecurityObject
objectClass: organizationalRole
cn: limited
userPassword: {PASSWORD}

"""
