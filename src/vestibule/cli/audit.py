"""The audit trail: who did what, and whether it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.database import with_store
from vestibule.cli.desk import desk_over
from vestibule.cli.output import asked, complain, print_json, show_rows

if TYPE_CHECKING:
    from vestibule.directory.audit_chain import Verification
    from vestibule.stores.receiving import ReceivingStore

app = typer.Typer(help="The audit trail: who did what, and whether it is whole.")

_PAGE = 1000
_COLUMNS = {
    "seq": "SEQ",
    "at": "WHEN",
    "actor": "WHO",
    "action": "DID",
    "subjectId": "WHAT",
    "details": "DETAILS",
}


@app.command("list")
def list_entries(
    ctx: typer.Context,
    tenant: Annotated[
        str | None,
        typer.Argument(
            metavar="[TENANT]",
            help="The tenant's slug, or its name; without it, the installation's own entries.",
        ),
    ] = None,
) -> None:
    """The audit entries, oldest first. Details that were erased are empty."""

    async def work(store: ReceivingStore) -> list[dict[str, Any]]:
        from vestibule.directory.telling import told_audit  # noqa: PLC0415

        found = (await desk_over(store).tenant(tenant)).id if tenant else None
        told: list[dict[str, Any]] = []
        while some := await store.log.audit(found, after=told[-1]["seq"] if told else 0, limit=_PAGE):
            told += [{"seq": one.seq, "request": one.request_id, **told_audit(one)} for one in some]
        return told

    show_rows(ctx, with_store(ctx, work), _COLUMNS, nothing="Nothing is in the audit trail.")


@app.command()
def verify(
    ctx: typer.Context,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="SEQ:SEAL",
            help="The end that an earlier run printed, kept elsewhere: it must be in the chain still.",
        ),
    ] = None,
) -> None:
    """Walk the chain of the audit trail: nothing was changed, taken out or put in. Exit code 1 where something was.

    It prints the end of the chain. Kept elsewhere, say with the month's books, it shows later that nothing
    before it was made anew.
    """
    from vestibule.directory.audit_chain import verified  # noqa: PLC0415
    from vestibule.sealing import Sealing  # noqa: PLC0415

    if expect is not None and not _is_end(expect):
        raise typer.BadParameter(f"{expect!r} is no SEQ:SEAL, as `vestibule audit verify` prints it")

    async def work(store: ReceivingStore) -> tuple[Verification, bool]:
        await Sealing(store.audit_chain).round()
        walk = await verified(store.audit_chain)
        if expect is None:
            return walk, True
        seq, _, seal = expect.partition(":")
        entries = await store.audit_chain.chained(int(seq) - 1, limit=1)
        return walk, any(one.chain is not None and one.chain.hex() == seal for one in entries)

    walk, is_there = with_store(ctx, work)
    record: dict[str, Any] = {
        "holds": walk.holds and is_there,
        "sealed": walk.head.count,
        "erased": walk.erased,
        "waiting": walk.waiting,
        "end": f"{walk.head.seq}:{walk.head.chain.hex()}",
        "faults": walk.faults + ([] if is_there else [f"The end {expect} is not in the chain (any more)."]),
    }
    if asked(ctx).json:
        print_json(record)
    else:
        word = "holds" if record["holds"] else "is broken"
        typer.echo(
            f"The chain {word}: {walk.head.count:,} entries, of {walk.erased:,} the details were erased."
        )
        typer.echo(f"Its end: {record['end']}")
        for fault in record["faults"]:
            complain(fault)
    if not record["holds"]:
        raise typer.Exit(1)


def _is_end(text: str) -> bool:
    seq, _, seal = text.partition(":")
    return seq.isdigit() and int(seq) > 0 and len(seal) == 64 and not set(seal) - set("0123456789abcdef")
