"""Command lines as people write them, right and wrong: each ends with its exit code, without a
traceback, and with at most two lines on stderr.

A line is written as in a shell: `COLUMNS=40` before it, `< file` after it.  The files lie in the
folder in which it is typed.
"""

import shlex
import socket
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from refimpl.play.example import NETWORK
from tests.command import Said, one_line, say
from tests.programs import COMMAND

NET: Final = "network.json"
ROUTE: Final = f"route {NET} --mode direct --from cso-elm --to csp-alba --exchange"
SERVE: Final = f"serve --entity cso-elm --network {NET} --pki"
PROBE: Final = f"probe 127.0.0.1:1 --network {NET} --pki"

YES: Final = f"""
    --version
    --help
    -h
    id
    id -h
    id check -h
    play -h
    pki
    pki new --help
    vectors
    vectors check -h
    serve -h
    explore --help
    COLUMNS=40 --help
    id check NL-TNM-C00122045-K
    id check NL-TNM-000122045-U
    id check nl-tnm-c00122045-k --json
    id check DE*AB7*E840*6487
    id check +49*810*000*438
    id check --json NLTNM000122045U
    id check NL-TNM-C00122045-K --profile ''
    id check NL-TNM-012204-5 --profile din91286
    id check Fleet-7 --profile free
    id check 04A2B3C4 --medium rfid
    id check anna --medium app --json
    COLUMNS=40 id check NL-TNM-C00122045-K
    COLUMNS=0 id check NL-TNM-C00122045-K
    COLUMNS=wide id check NL-TNM-C00122045-K
    diff 2019 2025
    diff 2025 2019 --json
    diff 2025 2025
    COLUMNS=40 diff 2019 2025
    COLUMNS=80 diff 2019 2025
    COLUMNS=200 diff 2019 2025
    COLUMNS=1 diff 2019 2025
    example
    {ROUTE} authorization
    {ROUTE} authorization --json
    COLUMNS=40 {ROUTE} authorization
    COLUMNS=200 {ROUTE} authorization
    route - --mode direct --from cso-elm --to csp-alba --exchange authorization < {NET}
    play charge
    play charge --json
    play charge --edition 2019
    play correction --mode clearing-house --strategy store
    play remote-control --seed 7 --lose 1 --lose 2
    COLUMNS=40 play charge
    COLUMNS=80 play charge --mode clearing-house
    COLUMNS=200 play stations
    COLUMNS=10 play parking
    rules EMA
    rules ema
    rules EMA-9 --json
    rules EMA-9 SES
    rules EMA --edition 2019
    COLUMNS=40 rules EMA
    COLUMNS=80 rules EMA
    COLUMNS=200 rules EMA
    schema
    schema network
    schema protected
    completion bash
    completion zsh
    completion fish
    vectors stats
    vectors stats --json
    {ROUTE} authorization --edition 2019
    pki new keys --network {NET} --seed a
"""

NO: Final = f"""
    id check DE-8AA-C12345678-X
    id check DE-8AA-C12345678-X --json
    id check DE-8AA-C12345678-D --profile din91286
    id check BE-BEC-E041503003
    id check ZZ00000
    id check Fleet-7
    id check 04A2B3C --medium rfid
    id check 04A2B3C --medium rfid --json
    id check ''
    id check ' '
    id check -- -
    id check NLTNMC00122045É
    id check 日本語
    id check $'\\x1b[31m'
    COLUMNS=40 id check DE-8AA-C12345678-X
    COLUMNS=1 id check DE-8AA-C12345678-X
    {ROUTE} authorisation
    {SERVE} folder --contract NL-TNM-C00122045-X
    {SERVE} folder --evse NL*TNM
"""

MISUSED: Final = f"""
    rules QQQ
    rules EMA-99
    rules EMQ
    chek
    id chek NL-TNM-C00122045-K
    id check
    id check a b
    id check --profile
    id check NL-TNM-C00122045-K --profile emi4
    id check NL-TNM-C00122045-K --jsn
    id check NL-TNM-C00122045-K --profile emi4 --json
    diff
    diff 2019
    diff 2019 2026
    diff 2019 none.toml
    diff 2019 folder
    diff 2019 utf16.toml
    diff 2019 broken.toml
    diff 2019 empty.toml
    diff 2019 2025 2026
    diff 2019 network.json
    example now
    {ROUTE} authorization --mode clearing
    {ROUTE} authorization --edition 2020
    {ROUTE} authorization --json --mode clearing
    {ROUTE}
    route
    route none.json --mode direct --from cso-elm --to csp-alba --exchange authorization
    route folder --mode direct --from cso-elm --to csp-alba --exchange authorization
    route utf16.json --mode direct --from cso-elm --to csp-alba --exchange authorization
    route broken.json --mode direct --from cso-elm --to csp-alba --exchange authorization
    route empty.json --mode direct --from cso-elm --to csp-alba --exchange authorization
    route binary.json --mode direct --from cso-elm --to csp-alba --exchange authorization
    route deep.json --mode direct --from cso-elm --to csp-alba --exchange authorization
    route {NET} --mode direct --from cso-elk --to csp-alba --exchange authorization
    route {NET} --mode direct --from cso-elm --to '' --exchange authorization
    route - --mode direct --from cso-elm --to csp-alba --exchange authorization
    route - --mode direct --from cso-elm --to csp-alba --exchange authorization < utf16.json
    route - --mode direct --from cso-elm --to csp-alba --exchange authorization < binary.json
    play
    play chrage
    play charge --mode clearing
    play charge --strategy hold
    play charge --edition 2026
    play charge --edition utf16.toml
    play charge --seed a
    play charge --lose 0
    play charge --lose x
    play charge twice
    play charge --json --mode clearing
    play $'\\x1b[31m'
    rules --edition 2026
    schema nets
    completion tcsh
    completion
    pki new
    pki new keys
    pki old keys
    pki new keys --network none.json
    pki new keys --network utf16.json
    pki new keys --network {NET} --revoke cso-elk
    pki new keys --network {NET} --algorithm RSA
    pki new {NET} --network {NET}
    pki new {NET}/keys --network {NET}
    vectors lit
    vectors stats --dir folder
    vectors stats --dir none
    vectors check --dir {NET}
    vectors fill --dir folder
    vectors discover --dir folder --family identifiers
    vectors discover --family identifier
    vectors discover --examples 0
    serve
    {SERVE} none
    {SERVE} folder
    {SERVE} {NET}
    {SERVE} folder --port 70000
    {SERVE} folder --port http
    {SERVE} folder --mode clearing
    {SERVE} folder --strategy hold
    {SERVE} folder --edition 2026
    {SERVE} folder --protection none
    {SERVE} folder --peer csp-alba
    {SERVE} folder --peer csp-alba:80
    {SERVE} folder --peer csp-albe=127.0.0.1:80
    {SERVE} folder --peer csp-alba=127.0.0.1:http
    {SERVE} folder --contract NL-TNM-000122045-U
    {SERVE} folder --seconds -1
    serve --entity cso-elk --network {NET} --pki folder
    serve --entity cso-elm --network utf16.json --pki folder
    {PROBE} folder
    {PROBE} none --entity cso-elm
    {PROBE} folder --entity cso-elk
    probe 127.0.0.1 --network {NET} --pki folder --entity cso-elm
    probe :::: --network {NET} --pki folder --entity cso-elm
    explore --port 70000
    explore --port http
    explore now
    notebooks --chek
    --vesion
    --json
"""

TAKEN: Final = ("explore --no-browser --port", f"{SERVE} folder --port")
SILENT: Final = ("--version", "-h", "id check ZZ00000", "rules EMA", "example", "vectors stats")


def lines_of(block: str) -> list[str]:
    return [line.strip() for line in block.splitlines() if line.strip()]


LINES: Final = [
    *((line, 0) for line in lines_of(YES)),
    *((line, 1) for line in lines_of(NO)),
    *((line, 2) for line in lines_of(MISUSED)),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a network file, and files that are none."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "folder").mkdir()
    files = {
        NET: NETWORK.model_dump_json().encode(),
        "utf16.json": NETWORK.model_dump_json().encode("utf-16"),
        "broken.json": b'{"entities": [',
        "binary.json": bytes(range(256)),
        "deep.json": b"[" * 100_000,
        "empty.json": b"",
        "utf16.toml": "[edition]".encode("utf-16"),
        "broken.toml": b"[edition",
        "empty.toml": b"",
    }
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    return folder


@pytest.fixture
def at_desk(desk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(desk)
    return desk


def typed(line: str) -> Said:
    """What is said to a line that is typed."""
    command, _, given = line.partition(" < ")
    words = shlex.split(command.replace("$'\\x1b[31m'", "'\x1b[31m'"))
    environment = {}
    while words and words[0].partition("=")[0].isupper():
        name, _, environment_value = words.pop(0).partition("=")
        environment[name] = environment_value
    stdin = Path(given).read_bytes() if given else b""
    return say(*words, stdin=stdin, **environment)


def test_there_are_many() -> None:
    assert len({line for line, _ in LINES}) == len(LINES) >= 120


@pytest.mark.parametrize(("line", "code"), LINES, ids=[line for line, _ in LINES])
def test_line(line: str, code: int, at_desk: Path) -> None:
    said = typed(line)
    assert said.code == code, said.err or said.out
    assert said.err.count("\n") <= 2
    if code == 2 and "--json" not in line:
        assert said.out == ""
    assert said.out or said.err.startswith("iec63119")


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize(
    "line",
    [
        "play charge",
        "diff 2019 2025",
        "rules EMA",
        "id check ZZ00000",
        f"{ROUTE} authorization",
    ],
)
def test_lines_fit(line: str, columns: int, at_desk: Path) -> None:
    said = typed(f"COLUMNS={columns} {line}")
    assert max(map(len, (said.out or said.err).splitlines())) <= columns


@pytest.mark.parametrize("line", TAKEN)
def test_a_taken_port_is_said_first(line: str, at_desk: Path) -> None:
    """Before JupyterLab is loaded, and before keys are read."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        said = typed(f"{line} {port}")
    assert said.code == 1
    assert one_line(said) == (
        f"iec63119: port {port}: Address already in use; take another, or leave --port out\n"
    )


@pytest.mark.parametrize("line", SILENT)
def test_a_closed_stdout_is_one_line(line: str, at_desk: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{shlex.join(COMMAND)} {line} >&-"],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr == b"iec63119: standard output is closed\n"
