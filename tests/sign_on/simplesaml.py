"""SimpleSAMLphp, a real identity provider: Debian's, under PHP's own server on loopback, with a configuration of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from tests.sign_on.stage import keys
from vestibule.sign_on.certificate import bare, certificates_in
from vestibule.sign_on.xml import NAMES

_WWW = Path("/usr/share/simplesamlphp/www")
_EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class SimpleSaml:
    """One that runs. Everybody's password is ``secret``."""

    base_url: str
    folder: Path

    @property
    def metadata_url(self) -> str:
        """Where its metadata is."""
        return f"{self.base_url}saml2/idp/metadata.php"

    def metadata(self) -> bytes:
        """Its metadata."""
        with urllib.request.urlopen(self.metadata_url, timeout=_SECONDS) as answer:
            return bytes(answer.read())

    def start_url(self, entity_id: str, relay_state: str = "") -> str:
        """Where sign-on begins on its side."""
        return f"{self.base_url}saml2/idp/SSOService.php?spentityid={entity_id}&RelayState={relay_state}"

    def know_by(self, metadata_url: str, **options: bool) -> None:
        """A service provider by its metadata, as its administrator would give it."""
        with urllib.request.urlopen(metadata_url, timeout=_SECONDS) as answer:
            root = etree.fromstring(answer.read())
        services = {
            tag: root.find(f".//md:{tag}", NAMES).get("Location")
            for tag in ("AssertionConsumerService", "SingleLogoutService")
        }
        certificate = root.find(".//ds:X509Certificate", NAMES).text
        self.know(root.get("entityID"), *services.values(), certificates_in(certificate)[0], **options)

    def know(self, entity_id: str, acs: str, slo: str, certificate: str, **options: bool) -> None:
        """A service provider, whose requests must be signed; ``options`` are its ways of signing and encrypting."""
        rows = "".join(
            f"  '{name.replace('__', '.')}' => {str(value).lower()},\n" for name, value in options.items()
        )
        text = (
            f"$metadata['{entity_id}'] = [\n  'AssertionConsumerService' => '{acs}',\n  'SingleLogoutService' => '{slo}',\n"
            f"  'NameIDFormat' => '{_EMAIL}',\n  'simplesaml.nameidattribute' => 'email',\n"
            f"  'validate.authnrequest' => true,\n  'certData' => '{bare(certificate)}',\n{rows}];\n"
        )
        with (self.folder / "metadata" / "saml20-sp-remote.php").open("a", encoding="utf-8") as file:
            file.write(text)


@contextmanager
def running(folder: Path, *people: str) -> Iterator[SimpleSaml]:
    """It, with these people by their addresses; skipped where the machine has none."""
    php = shutil.which("php")
    if php is None or not _WWW.is_dir():
        pytest.skip("machine: SimpleSAMLphp and PHP (scripts/saml-idp brings them)")
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    base = f"http://127.0.0.1:{port}/"
    _configure(folder, base, people)
    environment = {
        **os.environ,
        "SIMPLESAMLPHP_CONFIG_DIR": str(folder / "config"),
        "PHP_CLI_SERVER_WORKERS": "2",
    }
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [
                php,
                "-d",
                f"session.save_path={folder / 'temp'}",
                "-d",
                "error_reporting=0",
                "-S",
                f"127.0.0.1:{port}",
                "-t",
                str(_WWW),
            ],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            one = SimpleSaml(base, folder)
            _wait(one, server)
            yield one
        finally:
            os.killpg(server.pid, 15)
            server.wait()


def _wait(one: SimpleSaml, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _SECONDS
    while True:
        try:
            one.metadata()
            return
        except OSError as fault:
            assert server.poll() is None, (one.folder / "server.log").read_text("utf-8", "replace")
            if time.monotonic() > until:
                raise AssertionError((one.folder / "server.log").read_text("utf-8", "replace")) from fault
            time.sleep(0.1)


def _configure(folder: Path, base: str, people: tuple[str, ...]) -> None:
    folder.mkdir(exist_ok=True)
    for name in ("config", "metadata", "cert", "log", "data", "temp"):
        (folder / name).mkdir()
    (folder / "cert" / "idp.pem").write_text(keys("idp").private_key)
    (folder / "cert" / "idp.crt").write_text(keys("idp").certificate)
    (folder / "config" / "config.php").write_text(
        f"""<?php
$config = [
  'baseurlpath' => '{base}',
  'certdir' => '{folder}/cert/', 'loggingdir' => '{folder}/log/', 'datadir' => '{folder}/data/',
  'tempdir' => '{folder}/temp', 'metadatadir' => '{folder}/metadata',
  'technicalcontact_name' => 'x', 'technicalcontact_email' => 'x@corp.test', 'timezone' => 'UTC',
  'secretsalt' => 'a salt for tests alone', 'auth.adminpassword' => 'an admin for tests alone',
  'showerrors' => true, 'errorreporting' => false, 'logging.level' => 7, 'logging.handler' => 'file',
  'enable.saml20-idp' => true, 'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
  'store.type' => 'phpsession', 'session.cookie.secure' => false, 'session.phpsession.savepath' => null,
  'metadata.sources' => [['type' => 'flatfile', 'directory' => '{folder}/metadata']],
];
"""
    )
    rows = "".join(
        f"    '{email.partition('@')[0]}:secret' => ['email' => ['{email}']],\n" for email in people
    )
    (folder / "config" / "authsources.php").write_text(
        f"<?php\n$config = ['people' => ['exampleauth:UserPass',\n{rows}]];\n"
    )
    (folder / "metadata" / "saml20-idp-hosted.php").write_text(
        f"""<?php
$metadata['__DYNAMIC:1__'] = [
  'host' => '__DEFAULT__', 'privatekey' => 'idp.pem', 'certificate' => 'idp.crt', 'auth' => 'people',
  'NameIDFormat' => '{_EMAIL}', 'simplesaml.nameidattribute' => 'email',
  'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
];
"""
    )
    (folder / "metadata" / "saml20-sp-remote.php").write_text("<?php\n")
