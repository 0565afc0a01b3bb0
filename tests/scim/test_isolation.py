"""``scim/`` alone is worth installing: standard library only, and nothing else of Vestibule."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src"

PROGRAM = """
import importlib, pkgutil, sys
sys.path.insert(0, {sources!r})
import vestibule.scim
light = {{name for name in sys.modules if name.startswith("vestibule.scim.")}}
for name in vestibule.scim.__all__:
    assert getattr(vestibule.scim, name) is not None, name
for found in pkgutil.walk_packages(vestibule.scim.__path__, "vestibule.scim."):
    importlib.import_module(found.name)
roots = {{name.partition(".")[0] for name in sys.modules}}
strangers = sorted(roots - set(sys.stdlib_module_names) - {{"vestibule", "__main__"}})
rooms = sorted({{name.split(".")[1] for name in sys.modules if name.startswith("vestibule.")}})
print(sorted(light), strangers, rooms)
"""


def test_a_bare_interpreter_imports_all_of_it() -> None:
    """No site packages (-S), no environment (-I): the names are lazy, and every module imports."""
    run = subprocess.run(
        [sys.executable, "-S", "-I", "-c", PROGRAM.format(sources=str(SOURCES))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "[] [] ['scim']"
