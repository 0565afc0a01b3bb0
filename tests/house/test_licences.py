"""Everything installed with Vestibule has a licence that goes with Apache-2.0."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest

from tests.house.test_locks import pins

#: As SPDX expressions or trove classifiers write them.
ALLOWED = re.compile(
    r"\b(MIT|MIT-0|0BSD|BSD(-[23]-Clause)?|BSD License|Apache-2\.0|Apache Software License|Apache License"
    r"|ISC|PSF-2\.0|Python Software Foundation|CNRI-Python|Unlicense|Zlib|MPL-2\.0|Mozilla Public License 2\.0)\b",
    re.IGNORECASE,
)

#: Of an extra, which whoever wants it installs beside Vestibule: the LGPL asks nothing of those who import it unchanged.
ALLOWED_IN_AN_EXTRA = {"ldap3": "License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)"}


def licence(found: Distribution) -> str:
    """What the package's own metadata says: expression, classifiers, the licence's name, or its file's head."""
    metadata = found.metadata
    expression = metadata.get("License-Expression", "")
    classifiers = [c for c in metadata.get_all("Classifier", []) if c.startswith("License ::")]
    said = expression or "; ".join(classifiers) or metadata.get("License", "")[:200]
    return said or (found.read_text("licenses/LICENSE") or "")[:200]


@pytest.mark.parametrize("name", sorted(pins("requirements-dev.lock")))
def test_the_licence_is_on_the_list(name: str) -> None:
    try:
        said = licence(distribution(name))
    except PackageNotFoundError:
        pytest.skip("not installed on this platform")
    assert ALLOWED.search(said) or said == ALLOWED_IN_AN_EXTRA.get(name), f"{name}: {said!r}"
