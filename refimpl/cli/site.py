"""`iec63119 site`: the static site, built into a folder."""

from pathlib import Path
from typing import Annotated

import typer

from refimpl.cli.ending import Refusal, plain
from refimpl.trace import INSTALLED, PACKAGE, notebooks_folder

app = typer.Typer()


@app.command()
def site(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder it is built into.")],
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Print the reviewer pack, too; needs a Chromium.")
    ] = False,
    chromium: Annotated[
        Path | None, typer.Option("--chromium", metavar="PROGRAM", help="To print with.")
    ] = None,
) -> None:
    """Build the static site: notebooks, rules, editions, vectors.

    It opens from a file, a zip or any web server, and asks nothing of any other host.

    Built in a checkout; needs the extra `site`.  A folder that holds anything but a site built
    before is left as it is.
    """
    if notebooks_folder() == INSTALLED:
        raise Refusal("a site is built in a checkout", "clone the source")
    from refimpl.site.building import SiteFailed, build, is_site
    from refimpl.site.pack import NoPdf, find_chromium, print_pack, write_pack

    if out.exists() and not is_site(out):
        raise Refusal(f"{out}: is there, and is no site", "name another, or move it", 2)
    try:
        program = (chromium or find_chromium()) if pdf else None
        build(PACKAGE.parent, out)
        print(plain(str(out / "index.html")), flush=True)
        if program:
            print(plain(str(print_pack(write_pack(out), program))))
    except (SiteFailed, NoPdf) as error:
        raise Refusal(str(error)) from error
