"""A folder is its own list."""

from __future__ import annotations

from pathlib import Path

import pytest

from vestibule import registry


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = tmp_path / "shelf_of_kinds"
    kinds.mkdir()
    (kinds / "__init__.py").write_text("")
    (kinds / "zebra.py").write_text("KIND = 'striped'\n")
    (kinds / "ape.py").write_text("KIND = 'clever'\n")
    (kinds / "grass.py").write_text("")
    (kinds / "note.txt").write_text("hay")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("folder")
def test_a_file_put_in_is_offered() -> None:
    assert registry.module_names("shelf_of_kinds") == ("ape", "grass", "zebra")
    assert registry.members("shelf_of_kinds", "KIND") == {"ape": "clever", "zebra": "striped"}
    assert list(registry.files("shelf_of_kinds", ".txt")) == [("note", "hay")]


@pytest.mark.usefixtures("folder")
def test_third_parties_join_by_entry_point_and_take_no_name_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        def __init__(self, name: str) -> None:
            self.name = name

        def load(self) -> str:
            return f"{self.name} from outside"

    monkeypatch.setattr(registry, "entry_points", lambda group: [Point("ape"), Point("newt")])
    assert registry.members("shelf_of_kinds", "KIND") == {
        "ape": "clever",
        "zebra": "striped",
        "newt": "newt from outside",
    }
    assert "newt" not in registry.members("shelf_of_kinds", "KIND", third_parties=False)
