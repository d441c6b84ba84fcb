"""The messages, a whole service, large networks, the import and the pictures."""

import json
import statistics
import sys
from collections.abc import Callable, Iterator
from functools import partial
from time import process_time

import rfc8785

from refimpl.edition import load
from refimpl.messages import Envelope
from refimpl.play.journeys import JOURNEYS
from refimpl.play.player import play
from refimpl.vocabulary import Mode
from refimpl.wire import decode, encode
from tests.bench import Row, in_turns, installed, output

EDITION = load("2025")


def messages() -> Iterator[Row]:
    """Reading and writing one message, a detail record of a charging service."""
    every = {
        frame.raw
        for journey in JOURNEYS
        for mode in EDITION.modes
        for frame in play(journey, EDITION, mode).frames
    }
    unequal = [raw for raw in every if rfc8785.dumps(json.loads(raw)) != raw]
    raw = min(raw for raw in every if b'"kind":"detail-record-notice"' in raw)
    bare = Envelope.__pydantic_validator__.validate_json
    envelope, content = decode(raw), json.loads(raw)
    took = in_turns(
        {
            "decode": lambda: decode(raw),
            "bare": lambda: bare(raw),
            "encode": lambda: encode(envelope),
            "rfc8785": lambda: rfc8785.dumps(content),
        },
        rounds=301,
        seconds=0.001,  # what else runs on the machine then hits all of them alike
        clock=process_time,
    )
    micro = {name: f"{took.median(name) * 1e6:.1f} µs" for name in took.rounds}
    yield Row(
        "message read, of bare pydantic-core's speed",
        took.ratio("bare", "decode"),
        "x",
        0.78,
        True,
        f"{len(raw)} bytes: {micro['decode']} with the proof of canonical form, {micro['bare']} without; {took.spread('bare', 'decode')}",
    )
    yield Row(
        "message written, of rfc8785's speed",
        took.ratio("rfc8785", "encode"),
        "x",
        5.0,
        True,
        f"{micro['encode']} against {micro['rfc8785']}",
    )
    yield Row(
        "messages that rfc8785 writes otherwise",
        len(unequal),
        "",
        0,
        False,
        f"of {len(every)} different ones",
    )


def services() -> Iterator[Row]:
    """One whole service over the loopback, authorization to record, beside reading and writing
    its messages alone.
    """
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
    took = in_turns(cases, clock=process_time)
    for mode, size in sizes.items():
        share = took.ratio(f"{mode} messages", mode)
        note = f"{1 / took.median(mode):,.0f} services/s of {size} transmissions"
        yield Row(f"service {mode}, share of messages", share, "x", None, True, note)


NETWORK = """
import json, resource, sys, time
from refimpl.edition import load
from refimpl.network import Block, Network, RoamingEntity, check_network, route
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
check_network(network, edition)
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
    """A thousand CSPs and five thousand CSOs as blocks, asked for ways, beside the mesh of all
    their links.
    """
    if sys.platform == "win32":
        yield Row(
            "network of 6,000", None, "x", 0.1, False, "not measured: Windows has no getrusage"
        )
        return
    scripts = {"blocks": f"PAIRS = {PAIRS}\n{NETWORK}{REPORT}", "mesh": MESH + REPORT}
    rounds = {"blocks": 3, "mesh": 1}
    told: dict[str, list[list[float]]] = {name: [] for name in scripts}
    for number in range(max(rounds.values())):
        for name, script in scripts.items():
            if number < rounds[name]:
                told[name].append(json.loads(output([sys.executable, "-c", script])))
    built, took, peak, _ = (
        statistics.median(column) for column in zip(*told["blocks"], strict=True)
    )
    mesh, _, mesh_peak, edges = told["mesh"][0]
    ways = PAIRS * len(EDITION.modes)
    note = f"{built:.2f} s against {mesh:.2f} s for {edges:,.0f} edges"
    yield Row("network of 6,000 built, of networkx' time", built / mesh, "x", 0.1, False, note)
    note = f"{took - built:.2f} s, {(took - built) / ways * 1e6:.1f} µs each"
    yield Row(f"the same, and {ways:,} ways found in it", took / mesh, "x", 0.1, False, note)
    yield Row(
        "the same, memory at its peak",
        peak,
        "MB",
        100,
        False,
        f"against {mesh_peak:,.0f} MB, interpreter and all",
    )


def imports() -> Iterator[Row]:
    """How long a program waits for the package."""
    for package, module in (("extrawest-ocpi", "py_ocpi"), ("fastapi", "fastapi")):
        if peer := installed(package, module):
            break
    else:
        yield Row(
            "import, of a peer's time",
            None,
            "x",
            0.5,
            False,
            "not measured: no peer could be installed",
        )
        return
    name, python = peer
    command = {
        "ours": [sys.executable, "-c", "import refimpl"],
        "peer": [python, "-c", f"import {module}"],
    }
    took = in_turns(
        {key: partial(output, line) for key, line in command.items()},
        rounds=9,
        seconds=0,
    )
    ours, theirs = took.median("ours") * 1e3, took.median("peer") * 1e3
    note = f"{ours:.0f} ms against {theirs:.0f} ms, interpreter and all"
    share = took.ratio("ours", "peer")
    yield Row(f"import, of {name}'s time", share, "x", 0.5, False, note)


def pictures() -> Iterator[Row]:
    """How long a reader waits for a picture, in a real JupyterLab in a real Chromium."""
    from tests.browser import CHROMIUM, WAITS, change_to_picture_ms

    for wait in WAITS:
        figure, how = None, "not measured: no Chromium"
        try:
            if CHROMIUM:
                times = change_to_picture_ms(wait)
                figure = statistics.median(times)
                how = f"median of {len(times)}, slowest {max(times):.0f} ms"
        except Exception as error:  # whatever a browser can do wrong, the other rows stand
            how = f"not measured: {type(error).__name__}"
        yield Row(f"{wait.what}, to picture", figure, "ms", wait.most_ms, False, how)
