"""`bursar documents bundle` and `save`: many papers in files, made by workers or here and now."""

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from bursar.cli.enqueue import parse_id
from bursar.cli.since import HELP as SINCE
from bursar.rules.bundles import BundleFormat
from bursar.rules.consequences import DocumentKind

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
FIELDS = ("id", "format", "state", "files", "documents", "left_out", "bytes", "error", "saved")
"""What both commands print, in this order: a public interface."""
_COPY_BYTES = 1 << 20


def bundle(
    made: Annotated[BundleFormat, typer.Option("--format", help="zip: the stored bytes; pdf: one to print.")],
    kind: Annotated[DocumentKind | None, typer.Option("--kind", help="Only these.")] = None,
    customer: Annotated[str | None, typer.Option("--customer", help="Only of this customer (REF).")] = None,
    since: Annotated[str | None, typer.Option("--since", help=f"Reserved from then on. {SINCE}")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Reserved before then.")] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="Make it here and now, and save its files in this folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put the documents that are finished now into files, at most 1,000 to each."""
    from bursar.cli.environment import connect, operator
    from bursar.cli.meant import find_customer
    from bursar.cli.since import parse_since
    from bursar.cli.waking import wake_rows
    from bursar.clock import utc_now
    from models.queries.bundles import Scope, reserve_bundle
    from models.session import transaction
    from tasks.documents import bundle_documents

    _check_folder(to)
    connect()
    scope = Scope(
        kind=kind.value if kind else None,
        customer_id=find_customer(customer).id if customer else None,
        since=parse_since(since, utc_now()),
        until=parse_since(until, utc_now()),
    )
    with transaction() as session:
        bundle_id = reserve_bundle(session, made, scope, by=operator())
    if to is None:
        wake_rows("documents.bundle", [bundle_id])
    else:
        bundle_documents([bundle_id])
    _report(bundle_id, to, as_json)


def save(
    ref: Annotated[str, typer.Argument(metavar="BUNDLE", help="Its id.")],
    to: Annotated[Path | None, typer.Option("--to", help="Save its files in this folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say how a bundle stands, and save the files it has so far; a file that is there is not written over."""
    from bursar.cli.environment import connect

    _check_folder(to)
    bundle_id = parse_id(ref)
    connect()
    _report(bundle_id, to, as_json)


def _report(bundle_id: UUID, to: Path | None, as_json: bool) -> None:
    from bursar.cli.output import print_fields, print_json
    from models.queries.bundles import get_bundle, parts
    from models.session import transaction

    with transaction() as session:
        row, files = get_bundle(session, bundle_id), parts(session, bundle_id)
    saved = [] if to is None else [_save(row, part, to) for part in files]
    values = (
        row.id,
        row.format,
        row.state,
        len(files),
        sum(part.documents for part in files),
        sum(part.left_out for part in files),
        sum(part.size_bytes for part in files),
        row.error,
        [str(path) for path in saved],
    )
    facts = dict(zip(FIELDS, values, strict=True))
    if as_json:
        print_json(facts)
    else:
        print_fields(
            facts | {"left_out": facts["left_out"] or None, "saved": "\n".join(facts["saved"]) or None}
        )


def _save(row: Any, part: Any, folder: Path) -> Path:
    """Copy a file out of the store under a name of its own. Raises Refused when the folder takes none."""
    from bursar.documents.store import open_store
    from bursar.errors import Refused
    from bursar.settings import load

    path = folder / f"documents-{str(row.id)[-12:]}-{part.position:03d}.{row.format}"
    if path.exists():
        return path
    try:
        with open_store(load()).open(part.blob_key) as source, path.open("xb") as target:
            while chunk := source.read(_COPY_BYTES):
                target.write(chunk)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise Refused(f"cannot write {path}: {error.strerror}") from None
    return path


def _check_folder(to: Path | None) -> None:
    if to is not None and not to.is_dir():
        raise typer.BadParameter(f"--to {to} is not a folder")
