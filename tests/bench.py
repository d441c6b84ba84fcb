"""What the model costs, beside what it is built on and beside its peers: `python -m tests.bench`.

Machines are noisy, so what is wanted is a ratio where it can be: its two sides take turns, round after round, and the
medians are set against each other.  Where a peer cannot be installed or a browser is missing, the row says so.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import rfc8785
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from refimpl.edition import load
from refimpl.journeys import JOURNEYS, play
from refimpl.messages import Envelope
from refimpl.vocabulary import Mode
from refimpl.wire import decode, encode

ROOT = Path(__file__).parents[1]
PEERS = ROOT / ".bench"
EDITION = load("2025")
ROUNDS = 21
LIBRARIES = ("pydantic", "pydantic-core", "rfc8785", "networkx", "rpds-py")


@dataclass(frozen=True)
class Row:
    """One measurement: the figure, at least or at most what is wanted of it, and what it was taken from."""

    what: str
    figure: float | None
    unit: str
    target: float | None
    least: bool
    note: str

    @property
    def met(self) -> bool | None:
        if self.figure is None or self.target is None:
            return None
        return self.figure >= self.target if self.least else self.figure <= self.target


def in_turns(
    cases: Mapping[str, Callable[[], object]], rounds: int = ROUNDS, seconds: float = 0.02
) -> dict[str, float]:
    """The median time of one call of each case, in seconds; each round runs every case for about `seconds`."""
    repeats = {}
    for name, case in cases.items():
        case()
        start = time.perf_counter()
        case()
        repeats[name] = max(1, int(seconds / (time.perf_counter() - start)))
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            start = time.perf_counter()
            for _ in range(repeats[name]):
                case()
            times[name].append((time.perf_counter() - start) / repeats[name])
    return {name: statistics.median(taken) for name, taken in times.items()}


def messages() -> Iterator[Row]:
    """Reading and writing one message, a detail record of a charging service."""
    every = {
        frame.raw for journey in JOURNEYS for mode in EDITION.modes for frame in play(journey, EDITION, mode).frames
    }
    unequal = [raw for raw in every if rfc8785.dumps(json.loads(raw)) != raw]
    raw = min(raw for raw in every if b'"cdr"' in raw)
    bare = Envelope.__pydantic_validator__.validate_json
    envelope, content = decode(raw), json.loads(raw)
    took = in_turns(
        {
            "decode": lambda: decode(raw),
            "bare": lambda: bare(raw),
            "encode": lambda: encode(envelope),
            "rfc8785": lambda: rfc8785.dumps(content),
        }
    )
    micro = {name: f"{seconds * 1e6:.1f} µs" for name, seconds in took.items()}
    yield Row(
        "message read, of bare pydantic-core's speed",
        took["bare"] / took["decode"],
        "x",
        0.90,
        True,
        f"{len(raw)} bytes: {micro['decode']} with the proof of canonical form, {micro['bare']} without",
    )
    yield Row(
        "message written, of rfc8785's speed",
        took["rfc8785"] / took["encode"],
        "x",
        5.0,
        True,
        f"{micro['encode']} against {micro['rfc8785']}",
    )
    yield Row("messages that rfc8785 writes otherwise", len(unequal), "", 0, False, f"of {len(every)} different ones")


def services() -> Iterator[Row]:
    """One whole service over the loopback, authorisation to record, beside reading and writing its messages alone."""
    cases: dict[str, Callable[[], object]] = {}
    sizes = {}
    for mode in (Mode.DIRECT, Mode.CLEARING_HOUSE):
        raws = [frame.raw for frame in play("charge", EDITION, mode).frames]
        envelopes = [decode(raw) for raw in raws]
        sizes[mode] = len(raws)
        cases[mode] = lambda mode=mode: play("charge", EDITION, mode)  # type: ignore[misc]  # a default argument binds it
        cases[f"{mode} messages"] = lambda raws=raws, envelopes=envelopes: (  # type: ignore[misc]  # as above
            [decode(raw) for raw in raws],
            [encode(envelope) for envelope in envelopes],
        )
    took = in_turns(cases)
    for mode, size in sizes.items():
        share = took[f"{mode} messages"] / took[mode]
        note = f"{1 / took[mode]:,.0f} services/s of {size} transmissions"
        yield Row(f"service {mode}, share of messages", share, "x", None, True, note)


NETWORK = """
import json, resource, sys, time
from refimpl.edition import load
from refimpl.network import Block, Network, RoamingEntity, check, route
edition = load("2025")
start = time.perf_counter()
csps = tuple(f"csp-{n}" for n in range(1000))
csos = tuple(f"cso-{n}" for n in range(5000))
entities = [RoamingEntity(id=name, kind=name[:3]) for name in (*csps, *csos)]
entities += [RoamingEntity(id=name, kind="clearing-house") for name in ("north", "south")]
network = Network(
    entities=tuple(entities),
    links=(
        Block(left=csps, right=csos),
        Block(left=("north",), right=(*csps, *csos[:2500], "south")),
        Block(left=("south",), right=csos[2500:]),
    ),
    agreements=(Block(left=csps, right=csos),),
)
check(network, edition)
built = time.perf_counter() - start
hops = 0
for mode, row in edition.modes.items():
    far = 2500 if row.path.count("clearing-house") == 2 else 0
    for n in range(PAIRS):
        hops += len(route(network, edition, mode, csos[far + n % 2500], csps[n % 1000], "authorization"))
took = time.perf_counter() - start
"""
MESH = """
import json, resource, sys, time
import networkx
start = time.perf_counter()
graph = networkx.Graph()
graph.add_edges_from((one, other) for one in range(1000) for other in range(1000, 6000))
built = took = time.perf_counter() - start
hops = graph.number_of_edges()
"""
REPORT = """
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(json.dumps([built, took, peak, hops]))
"""
PAIRS = 5_000


def networks() -> Iterator[Row]:
    """A thousand CSPs and five thousand CSOs as blocks, asked for ways, beside the mesh of all their links."""
    if sys.platform == "win32":
        yield Row("network of 6,000", None, "x", 0.1, False, "not measured: Windows has no getrusage")
        return
    scripts = {"blocks": f"PAIRS = {PAIRS}\n{NETWORK}{REPORT}", "mesh": MESH + REPORT}
    rounds = {"blocks": 3, "mesh": 1}
    told: dict[str, list[list[float]]] = {name: [] for name in scripts}
    for number in range(max(rounds.values())):
        for name, script in scripts.items():
            if number < rounds[name]:
                told[name].append(json.loads(output([sys.executable, "-c", script])))
    built, took, peak, _ = (statistics.median(column) for column in zip(*told["blocks"], strict=True))
    mesh, _, mesh_peak, edges = told["mesh"][0]
    ways = PAIRS * len(EDITION.modes)
    note = f"{built:.2f} s against {mesh:.2f} s for {edges:,.0f} edges"
    yield Row("network of 6,000 built, of networkx' time", built / mesh, "x", 0.1, False, note)
    note = f"{took - built:.2f} s, {(took - built) / ways * 1e6:.1f} µs each"
    yield Row(f"the same, and {ways:,} ways found in it", took / mesh, "x", 0.1, False, note)
    yield Row(
        "the same, memory at its peak", peak, "MB", 100, False, f"against {mesh_peak:,.0f} MB, interpreter and all"
    )


def imports() -> Iterator[Row]:
    """How long a program waits for the package."""
    peer = next(
        filter(None, (installed(*one) for one in (("extrawest-ocpi", "py_ocpi"), ("fastapi", "fastapi")))), None
    )
    if peer is None:
        yield Row("import, of a peer's time", None, "x", 0.5, False, "not measured: no peer could be installed")
        return
    name, python, module = peer
    command = {"ours": [sys.executable, "-c", "import refimpl"], "peer": [python, "-c", f"import {module}"]}
    took = in_turns({key: lambda line=line: output(line) for key, line in command.items()}, rounds=9, seconds=0)  # type: ignore[misc]  # as above
    note = f"{took['ours'] * 1e3:.0f} ms against {took['peer'] * 1e3:.0f} ms, interpreter and all"
    yield Row(f"import, of {name}'s time", took["ours"] / took["peer"], "x", 0.5, False, note)


def installed(package: str, module: str) -> tuple[str, str, str] | None:
    """A peer in an environment of its own, made if missing: its name and version, its interpreter, its module."""
    home = PEERS / package
    python = str(home / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    ask = [python, "-c", f"import {module}; from importlib.metadata import version; print(version({package!r}))"]
    with suppress(OSError, subprocess.SubprocessError):
        return f"{package} {output(ask).strip()}", python, module
    with suppress(OSError, subprocess.SubprocessError):
        venv.create(home, clear=True, with_pip=True)
        output([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package])
        return f"{package} {output(ask).strip()}", python, module
    return None


def pictures() -> Iterator[Row]:
    """How long a reader waits for a picture, in a real JupyterLab in a real Chromium.

    Pictures of the first menu lie ready in the page; those of the others are drawn by the kernel.
    """
    for menu in ("mode", "edition"):
        what = f"change of {menu} to picture, network of twelve"
        try:
            from tests.browser import CHROMIUM, change_to_picture_ms

            times = change_to_picture_ms(30, menu) if CHROMIUM else []
        except Exception as error:  # whatever a browser can do wrong, the other rows stand
            yield Row(what, None, "ms", 60, False, f"not measured: {type(error).__name__}")
            continue
        if times:
            how = f"median of {len(times)}, slowest {max(times):.0f} ms"
            yield Row(what, statistics.median(times), "ms", 60, False, how)
        else:
            yield Row(what, None, "ms", 60, False, "not measured: no Chromium")


def output(command: list[str]) -> str:
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=180, stdin=subprocess.DEVNULL
    ).stdout


PARTS = (messages, services, networks, imports, pictures)


def main() -> None:
    """Measure everything and print it."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    as_json = asked.parse_args().json
    rows: list[Row] = []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        for part in bar.track(PARTS, description="measuring"):
            rows.extend(part())
    versions = {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}
    if as_json:
        print(json.dumps({"versions": versions, "rows": [{**asdict(row), "met": row.met} for row in rows]}, indent=2))
        return
    table = Table("what", "figure", "wanted", "met", "how", caption=", ".join(f"{k} {v}" for k, v in versions.items()))
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
