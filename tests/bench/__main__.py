"""Measure, and print what came of it as a table or as JSON."""

import argparse
import json
import platform
import ssl
from dataclasses import asdict
from importlib.metadata import version

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests import bench
from tests.bench import Row
from tests.bench.bulk import bulk
from tests.bench.command import commands
from tests.bench.crosswalk import crosswalk
from tests.bench.exchange import exchanges
from tests.bench.growth import growth
from tests.bench.model import imports, messages, networks, pictures, services
from tests.bench.security import handshakes, protection, signatures
from tests.bench.simulation import simulation
from tests.bench.site import site
from tests.bench.stores import stores
from tests.bench.suite import suites

PARTS = (
    messages,
    services,
    networks,
    imports,
    commands,
    pictures,
    signatures,
    protection,
    handshakes,
    exchanges,
    stores,
    growth,
    bulk,
    crosswalk,
    suites,
    simulation,
    site,
)
LIBRARIES = (
    "pydantic",
    "pydantic-core",
    "rfc8785",
    "networkx",
    "rpds-py",
    "cryptography",
    "joserfc",
)


def main() -> None:
    """Measure everything, or the parts asked for, and print it."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=bench.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON document instead of a table"
    )
    parser.add_argument(
        "parts",
        nargs="*",
        help=f"of {', '.join(part.__name__ for part in PARTS)}; all by default",
    )
    asked = parser.parse_args()
    parts = [part for part in PARTS if part.__name__ in asked.parts or not asked.parts]
    rows: list[Row] = []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        for part in bar.track(parts, description="measuring"):
            rows.extend(part())
    versions = {
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION.split()[1],
        **{name: version(name) for name in LIBRARIES},
    }
    if asked.json:
        print(
            json.dumps(
                {
                    "versions": versions,
                    "rows": [{**asdict(row), "met": row.met} for row in rows],
                },
                indent=2,
            )
        )
        return
    table = Table(
        "what",
        "figure",
        "wanted",
        "met",
        "how",
        caption=", ".join(f"{k} {v}" for k, v in versions.items()),
    )
    for row in rows:
        sign = "≥" if row.least else "≤"
        table.add_row(
            row.what,
            "-" if row.figure is None else f"{row.figure:.3g} {row.unit}",
            "-" if row.target is None else f"{sign} {row.target:g} {row.unit}",
            {True: "yes", False: "no", None: "-"}[row.met],
            row.note,
        )
    Console().print(table)


if __name__ == "__main__":
    main()
