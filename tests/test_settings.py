"""Settings: where they come from, what is refused, in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from vestibule.settings import SettingsRefused, read_settings, setting_names


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in setting_names():
        monkeypatch.delenv(f"VESTIBULE_{name.upper()}", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_the_directory_database_lies_beside_the_other(tmp_path: Path) -> None:
    settings = read_settings(database=f"sqlite:///{tmp_path}/vestibule.db")
    assert settings.directory_database == f"sqlite:///{tmp_path}/directory.db"
    assert read_settings(database="sqlite://").directory_database == "sqlite://"
    assert read_settings(database="postgresql://h/d").directory_database == "postgresql://h/d"


def test_what_is_given_comes_first_then_the_environment_then_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vestibule.toml").write_text('host = "a"\nport = 1\nschema = "s"\n', "utf-8")
    monkeypatch.setenv("VESTIBULE_HOST", "b")
    settings = read_settings(port=3)
    assert (settings.host, settings.port, settings.db_schema) == ("b", 3, "s")
    monkeypatch.setenv("VESTIBULE_SCHEMA", "t")
    assert read_settings(port=None).db_schema == "t"


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().port = 1


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("prot = 1", "prot: there is no such setting; there are database"),
        ("requests_per_second = 24", "requests_per_second: Entra ID wants 25 .*found 24"),
        ("requests_per_second = -1", "requests_per_second: .*greater than or equal to 0"),
        ("port = 70000", r"port: .*65535.*found 70000"),
        ('database = "vestibule.db"', "database: .*four slashes"),
        ('database = "sqlite:///vestibule.db"', "names no absolute path"),
        ('public_url = "vestibule.test"', "starts with https"),
        ('schema = "x; drop"', "schema"),
    ],
)
def test_a_fault_names_its_key(tmp_path: Path, file: str, words: str) -> None:
    (tmp_path / "vestibule.toml").write_text(file, "utf-8")
    with pytest.raises(SettingsRefused, match=words):
        read_settings()


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("VESTIBULE_PORT", "abc", r"^VESTIBULE_PORT: it is no whole number \(found 'abc'\)$"),
        ("vestibule_port", "70000", "^vestibule_port: .*65535.*found '70000'"),
        ("VESTIBULE_TRACE", "perhaps", "^VESTIBULE_TRACE: it is neither true nor false"),
        ("VESTIBULE_SCHEMA", "x; drop", "^VESTIBULE_SCHEMA: "),
        ("VESTIBULE_DATABASE", "vestibule.db", "^VESTIBULE_DATABASE: .*four slashes"),
    ],
)
def test_a_fault_names_the_variable_as_it_is_written(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsRefused, match=words):
        read_settings()


def test_a_fault_names_what_was_given_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VESTIBULE_PORT", "8001")
    with pytest.raises(SettingsRefused, match=r"^port: "):
        read_settings(port=70000)


def test_all_faults_at_once_and_no_echo_of_them(tmp_path: Path) -> None:
    (tmp_path / "vestibule.toml").write_text('database = "x"\nport = -1', "utf-8")
    with pytest.raises(SettingsRefused) as caught:
        read_settings()
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == ["database", "port"]


def test_links_have_one_slash() -> None:
    assert read_settings(public_url="https://vestibule.test/").public_url == "https://vestibule.test"


def test_keys_do_not_show() -> None:
    hidden = dict.fromkeys(("keys", "slack_client_secret", "google_client_secret"), "hush")
    assert "hush" not in repr(read_settings(**hidden))


def test_no_password_of_a_database_is_shown() -> None:
    with pytest.raises(SettingsRefused) as refused:
        read_settings(database="postgres+driver://me:s3cret@host/db")
    assert "s3cret" not in str(refused.value)
    assert "s3cret" not in repr(read_settings(database="postgresql://me:s3cret@host/db"))
