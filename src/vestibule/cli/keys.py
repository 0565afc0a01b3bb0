"""The keys that seal stored secrets: which there are, and changing them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.database import settings_of, with_store
from vestibule.cli.output import asked, print_json, say, show_rows
from vestibule.cli.sending import with_sending

if TYPE_CHECKING:
    from vestibule.rotating import Rotation, SealedValues

app = typer.Typer(help="The keys that seal stored secrets: which there are, and changing them.")

DirectoryOption = Annotated[
    bool, typer.Option("--directory", help="Those of the sending side's database instead.")
]
_COLUMNS = {"key": "KEY", "is": "IS", "sealed": "SEALED", "where": "WHERE"}
#: What the receiving side's kept keys are named.
_USE = "secrets"


@app.command("new")
def fresh() -> None:
    """Print a new key, as VESTIBULE_KEYS takes it: 32 random bytes in base64."""
    from vestibule.key_ring import new_key  # noqa: PLC0415

    typer.echo(new_key())


@app.command("list")
def list_keys(ctx: typer.Context, directory: DirectoryOption = False) -> None:
    """The keys by name, newest first, and how many values each has sealed. A name tells nothing of its key."""
    from vestibule.rotating import counted  # noqa: PLC0415

    names, sealed = _with_keys(ctx, directory, _named(counted))
    show_rows(ctx, _lines(names, sealed), _COLUMNS, nothing="There is no key yet: nothing was sealed.")


@app.command()
def rotate(ctx: typer.Context, directory: DirectoryOption = False) -> None:
    """Have a new key seal every stored secret, so that the old one can be taken away.

    With VESTIBULE_KEYS: put a new key before the others (`vestibule keys new`), restart whatever serves with it, then
    run this; afterwards the others can go. Without, the keys that the program keeps itself are changed and the old
    one is removed. Killed half-way, run it again. A server may run meanwhile.
    """
    done, given = _with_keys(ctx, directory, _rotated)
    if asked(ctx).json:
        print_json({"renewed": done.renewed, "unopened": dict(done.unopened), "given": given})
    else:
        typer.echo(
            f"{done.renewed:,} secrets were sealed anew. Every one that opens is sealed by the newest key."
        )
    for column, many in done.unopened.items():
        say(
            f"{column}: {many} could not be opened by any key here. Add the key that sealed them, or enter them again."
        )
    if given and not done.unopened:
        say(
            "The keys after the first can be taken out of VESTIBULE_KEYS. Feed cursors that the API gave out before turn "
            "invalid with them: let readers go on once before."
        )
    if done.unopened:
        raise typer.Exit(1)


#: The values, the keys that the program keeps itself (None where they were given), and the given ones.
_Work = Callable[["SealedValues", Any, str], Awaitable[Any]]


def _named(counted: Callable[[SealedValues], Awaitable[Mapping[tuple[str, str], int]]]) -> _Work:
    async def work(values: SealedValues, kept: Any, given: str) -> Any:
        from vestibule.key_ring import KeyRing  # noqa: PLC0415

        text = given or ",".join(await kept.read())
        return (KeyRing.from_text(text).names if text else ()), await counted(values)

    return work


async def _rotated(values: SealedValues, kept: Any, given: str) -> tuple[Rotation, bool]:
    from vestibule.key_ring import KeyRing  # noqa: PLC0415
    from vestibule.rotating import change_kept_keys, rotate_all  # noqa: PLC0415

    if given:
        return await rotate_all(values, KeyRing.from_text(given)), True
    return await change_kept_keys(values, kept), False


def _with_keys(ctx: typer.Context, directory: bool, work: _Work) -> Any:
    from vestibule.cli.kept_keys import KeptInDatabase, KeptInFile  # noqa: PLC0415

    given = settings_of(ctx).keys.get_secret_value()

    async def in_receiving(store: Any) -> Any:
        return await work(store.sealed, KeptInDatabase(store.tenancy, store.sealed, _USE), given)

    async def in_sending(sending: Any) -> Any:
        store = sending.store
        kept = KeptInFile(store.key_file) if store.key_file is not None else None
        return await work(store.sealed, kept, given)

    return with_sending(ctx, in_sending) if directory else with_store(ctx, in_receiving)


def _lines(names: Sequence[str], sealed: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    unknown = sorted({name for name, _ in sealed if name and name not in names})
    lines = []
    for number, name in enumerate((*names, *unknown)):
        mine = {column: many for (key, column), many in sealed.items() if key == name}
        known = (
            "newest: it seals"
            if number == 0
            else "older: it opens"
            if name in names
            else "not among the keys here"
        )
        lines.append(
            {
                "key": name,
                "is": known,
                "sealed": sum(mine.values()),
                "where": ", ".join(f"{column} {many}" for column, many in sorted(mine.items())),
            }
        )
    return lines
