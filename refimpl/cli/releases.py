"""`iec63119 vectors pack` and `vectors verify`: a release of the suite as one archive.

A signature lies beside the archive in a file of its own: `ARCHIVE.sig` of the archive itself,
and `ARCHIVE.index.sig` of the index of the suite, which also vouches for a checkout.
"""

from pathlib import Path
from typing import Annotated, Final

import typer

from refimpl.cli.ending import plain
from refimpl.cli.vectors import AsJson, Dir, app, print_result, readable_suite, said_in_a_line
from refimpl.vectors.suite import BadSuite

NOT_RELEASED: Final = "this suite is not released: its ids and hashes are still free"
WHOLE: Final = "whole, and as it was packed; who packed it, only --key can tell"
SIGNED: Final = "whole, as it was packed, and signed by this key"


@app.command()
def pack(
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="A folder, or the archive's own name in .tar."),
    ],
    folder: Dir,
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="PEM", help="Sign with this Ed25519 key, in PKCS8."),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option("--previous", metavar="ARCHIVE", help="The release before, if any."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put the suite into one archive, the same bytes anywhere."""
    with readable_suite(folder):
        from refimpl.conformance.roles import roles_of
        from refimpl.vectors.corpus import read_head
        from refimpl.vectors.files import write_files
        from refimpl.vectors.release import packed, signatures, suite_files
        from refimpl.vectors.signing import read_private_key
        from refimpl.vectors.verifying import folder_of, read_release, suite_in

        signer = read_private_key(key) if key else None
        before = suite_in(read_release(previous)) if previous else None
        suite = suite_files(folder)
        path = _archive_path(out, folder_of(suite))
        if folder.resolve() in path.resolve().parents:
            raise BadSuite(f"{path}: lies within the suite itself", "name another folder")
        files = {path.name: packed(suite, roles_of, before)}
        if path.exists() and path.read_bytes() != files[path.name]:
            raise BadSuite(f"{path}: is there, and is another", "name another, or move it")
        if signer:
            files |= signatures(path.name, files[path.name], suite, signer)
        write_files(path.parent, files)
        free = not read_head(folder).released
    written = [str(path.parent / name) for name in files]
    notes = [NOT_RELEASED] if free else []
    print_result(as_json, {"files": written, "released": not free}, [*written, *notes])


def _archive_path(out: Path, name: str) -> Path:
    """Where the archive of a release goes: into a folder by its own name, or where it says."""
    if out.is_dir():
        return out / f"{name}.tar"
    if out.suffix != ".tar":
        raise BadSuite(f"{out}: is no folder", "name one, or an archive that ends in .tar")
    return out


@app.command()
def verify(
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE")],
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="PEM", help="The public key that it must be signed by."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Refuse an archive that is not, bit for bit, what pack has made."""
    with said_in_a_line(archive):
        from refimpl.vectors.signing import read_public_key
        from refimpl.vectors.verifying import found_wrong

        found, told = found_wrong(archive, read_public_key(key) if key else None)
    document = {"ok": not found, "found": found, "signed": bool(key and not found), **told}
    well = [f"{name}: {value}" for name, value in told.items()]
    well.append(SIGNED if key else WHOLE)
    print_result(as_json, document, [plain(line) for line in found or well])
    raise typer.Exit(1 if found else 0)
