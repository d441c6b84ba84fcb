"""Another implementation is asked the vectors: as a program, as a service and by its file of
answers.
"""

import json
import re
import signal
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path
from typing import Any

import psutil
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from refimpl.conformance.roles import NEEDS
from refimpl.vectors.suite import read_suite, suite_folder
from refimpl.vocabulary import Role
from tests.command import Said, call, one_line, say
from tests.programs import COMMAND, needs

HARNESS = suite_folder() / "HARNESS.md"
HERE = Path(__file__).parent / "implementations"
REFERENCE = (sys.executable, "-m", "refimpl.conformance.reference")

pytestmark = pytest.mark.slow


def conform(*options: str, by: tuple[str, ...] = REFERENCE) -> Said:
    """How an implementation fares that is a program."""
    return say("conform", "--seed", "7", *options, "--", *by)


def report(*options: str, by: tuple[str, ...] = REFERENCE) -> Any:
    """The report on an implementation that is a program."""
    return conform(*options, "--json", by=by).json


def stub(name: str) -> tuple[str, ...]:
    return (sys.executable, str(HERE / f"{name}.py"))


def verdicts(told: Any) -> dict[str, int]:
    return {name: number for name, number in told["totals"].items() if number}


def test_reference_passes() -> None:
    said = conform("--json")
    assert said.code == 0, said.err
    told = said.json
    applicable = sum(len(test["editions"]) for test in read_suite(suite_folder()).tests)
    assert verdicts(told) == {"pass": applicable}
    assert told["complete"]
    assert told["proof"]["answered"] == told["proof"]["applicable"] == applicable
    assert told["canaries"]["findings"] == []
    assert told["canaries"]["agreed"] == told["canaries"]["made"] > 60
    assert told["seed"] == 7


def test_recipe_of_the_page() -> None:
    """What the page runs in continuous integration has options that there are."""
    [recipe] = re.findall(r"```yaml\n(.*?)```", HARNESS.read_text("utf-8"), re.DOTALL)
    options = re.findall(r" (--[a-z-]+) ", recipe.partition(" -- ")[0])
    known = call("conform", "run", "--help").out
    assert {"--report", "--known-failures"} <= {*options}
    assert not [option for option in options if f"  {option} " not in known]


@needs("node")
def test_example_of_the_page(tmp_path: Path) -> None:
    """The adapter in HARNESS.md does what the page says, as it stands there."""
    [script] = re.findall(r"```js\n(.*?)```", HARNESS.read_text("utf-8"), re.DOTALL)
    (tmp_path / "example.mjs").write_text(script, "utf-8")
    said = conform("--json", by=("node", str(tmp_path / "example.mjs")))
    assert said.code == 0, said.err
    asked = [one for one in said.json["results"] if one["verdict"] == "pass"]
    assert {one["operation"] for one in asked} == {"emaid.din-check-digit"}
    assert verdicts(said.json).keys() == {"pass", "not-applicable"}


@pytest.mark.parametrize("name", ["always_accept", "always_reject"])
def test_stub_scores_nothing(name: str) -> None:
    said = conform("--json", by=stub(name))
    assert said.code == 2
    told = said.json
    assert "says the same to all" in " ".join(told["canaries"]["findings"])
    assert told["totals"]["pass"] <= 0.01 * told["proof"]["applicable"]


# --- What is asked ----------------------------------------------------------------------------

RECORDER = """
import json, sys
from refimpl.conformance.reference import INTRODUCTION, answer_run
with open(sys.argv[1], "w", encoding="utf-8") as log:
    for line in sys.stdin:
        asked = json.loads(line)
        log.write(line)
        if asked["cmd"] == "stop":
            break
        answer = INTRODUCTION if asked["cmd"] == "start" else answer_run(asked)
        log.write(json.dumps(answer) + "\\n")
        print(json.dumps(answer), flush=True)
"""


def recorded(folder: Path, *options: str) -> list[Any]:
    """All that the runner and the reference say to each other."""
    (folder / "recorder.py").write_text(RECORDER, "utf-8")
    by = (sys.executable, str(folder / "recorder.py"), str(folder / "log"))
    assert conform(*options, by=by).code == 0
    return [json.loads(line) for line in (folder / "log").read_text("utf-8").splitlines()]


def asked_in(lines: list[Any]) -> list[Any]:
    return [line for line in lines if line.get("cmd") == "run"]


def test_nothing_is_given_away(tmp_path: Path) -> None:
    """A question has six members, and what it goes by is another each time."""
    first = asked_in(recorded(tmp_path, "--family", "pseudonym"))
    again = asked_in(recorded(tmp_path, "--family", "pseudonym"))
    members = {"cmd", "seq", "operation", "edition", "context", "input"}
    assert all(one.keys() == members for one in chain(first, again))
    seqs = [one.pop("seq") for one in chain(first, again)]
    assert len({*seqs}) == len(first) + len(again)
    other = asked_in(recorded(tmp_path, "--family", "pseudonym", "--seed", "8"))
    inputs = [test["input"] for test in read_suite(suite_folder()).tests_of("pseudonym")]
    vectors = [
        [one["input"] for one in asked if one["input"] in inputs]
        for asked in (first, again, other)
    ]
    assert vectors[0] == vectors[1], "one seed, one order"
    assert vectors[0] != vectors[2]
    made = [
        [one["input"] for one in asked if one["input"] not in inputs]
        for asked in (first, again)
    ]
    assert made[0] != made[1], "what is made by lot is not known beforehand"


def validator_of(name: str) -> Draft202012Validator:
    """What tells whether something fits a schema of the suite."""
    folder = suite_folder() / "schemas" / "v1"
    resources = []
    for path in folder.glob("*.schema.json"):
        contents = json.loads(path.read_bytes())
        resources.append((contents["$id"], Resource.from_contents(contents)))
    registry = Registry().with_resources(resources)
    schema = {"$ref": f"urn:iec63119-refimpl:vectors:v1:{name}"}
    return Draft202012Validator(schema, registry=registry)


def test_messages_fit_their_schema(tmp_path: Path) -> None:
    """What both sides say in a run is what HARNESS.md and its schema say."""
    fits = validator_of("harness").is_valid
    lines = recorded(tmp_path, "--family", "tls-profile", "--family", "exchange")
    assert len(lines) > 1000
    assert [line for line in lines if not fits(line)] == []
    assert not fits({"seq": "1", "outcome": "accept"})
    assert not fits({"seq": "1", "outcome": "reject", "error": "EMA-1", "note": "x"})


def test_selection_and_capabilities_narrow() -> None:
    options = ("--edition", "2025", "--operation", "endpoint.play", "--role", "clearing-house")
    told = report(*options)
    assert {one["operation"] for one in told["results"]} == {"endpoint.play"}
    assert {one["edition"] for one in told["results"]} == {"2025"}
    assert {one["role"] for one in told["results"]} == {"clearing-house"}
    assert told["selection"]["role"] == "clearing-house"


def test_profiles_stand_on_the_page() -> None:
    """The table of roles in HARNESS.md is that of the model."""
    rows = re.findall(
        r"^\| `([a-z-]+)` \| (all.*) \|$", HARNESS.read_text("utf-8"), re.MULTILINE
    )
    lacking: list[str] = []
    for role, cell in rows:
        lacking += re.findall(r"`([a-z.-]+)`", cell)
        needed = {need.operation for need in NEEDS if Role(role) in need.roles}
        assert {need.operation for need in NEEDS} - needed == {*lacking}
    assert [role for role, _ in rows] == ["home-csp", "visited-cso", "clearing-house"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--family", "sesion"), "no family 'sesion'; did you mean session"),
        (("--operation", "emaid.pars"), "no operation 'emaid.pars'; did you mean emaid.parse"),
        (("--edition", "2031"), "no edition '2031'; did you mean 2019"),
        (("--known-failures", "none.json"), "none.json: No such file or directory"),
        (("--dir", "/nowhere"), "No such file or directory"),
    ],
)
def test_what_cannot_be_asked(options: tuple[str, ...], said: str) -> None:
    refused = conform(*options)
    assert refused.code == 2
    assert said in one_line(refused)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("", "does not introduce itself: ended with exit code 0"),
        ("print('hello', flush=True); input()", "does not introduce itself: no line of JSON"),
        ("print('{\"protocol\": 2}'); input()", "does not introduce itself"),
        ("raise SystemExit('no database')", "ended with exit code 1: no database"),
    ],
)
def test_what_does_not_begin(script: str, said: str) -> None:
    refused = conform(by=(sys.executable, "-c", script))
    assert refused.code == 2
    assert said in one_line(refused)


def test_unknown_capability(tmp_path: Path) -> None:
    about = {"name": "a", "version": "1", "language": "b"}
    hello = {"protocol": 1, "implementation": about, "capabilities": ["emaid.pars"]}
    script = f"print({json.dumps(hello)!r}, flush=True); input()"
    refused = conform(by=(sys.executable, "-c", script))
    assert refused.code == 2
    assert "no edition, role or operation 'emaid.pars'" in one_line(refused)


# --- Canaries ---------------------------------------------------------------------------------

MEMORISER = """
import json, sys
from refimpl.vectors.suite import expects, read_suite, suite_folder
suite, known = read_suite(suite_folder()), {}
def key(*parts):
    return json.dumps(parts, sort_keys=True)
for test in suite.tests:
    for edition, expect in expects(test).items():
        known[key(test["operation"], edition, suite.context_of(test), test["input"])] = expect
FALLBACK = {"outcome": "reject", "error": "WIR-3"}
about = {"name": "by-heart", "version": "1", "language": "Python"}
for line in sys.stdin:
    asked = json.loads(line)
    if asked["cmd"] == "start":
        answer = {"protocol": 1, "implementation": about}
    elif asked["cmd"] == "run":
        place = key(asked["operation"], asked["edition"], asked["context"], asked["input"])
        answer = {"seq": asked["seq"], **known.get(place, FALLBACK)}
        if isinstance(answer.get("alert"), list):
            answer["alert"] = answer["alert"][0]
    else:
        break
    print(json.dumps(answer), flush=True)
"""
ECHO = """
import json, sys
about = {"name": "echo", "version": "1", "language": "Python"}
for line in sys.stdin:
    asked = json.loads(line)
    if asked["cmd"] == "start":
        print(json.dumps({"protocol": 1, "implementation": about}), flush=True)
    elif asked["cmd"] == "run":
        answer = {"seq": asked["seq"], "outcome": "accept", "output": asked["input"]}
        print(json.dumps(answer), flush=True)
    else:
        break
"""
MOODY = ECHO.replace('"output": asked["input"]', '"output": {"at": asked["seq"]}')


@pytest.mark.parametrize(
    ("script", "finding"),
    [
        (MEMORISER, "it knows the vectors, and not the rules"),
        (ECHO, "hands back what it was given"),
        (MOODY, "in two ways"),
    ],
)
def test_canary_tells(script: str, finding: str) -> None:
    """What is known by heart passes every vector, and the canaries alone tell."""
    options = ("--family", "identifiers", "--family", "routing", "--edition", "2025")
    said = conform("--json", *options, by=(sys.executable, "-c", script))
    assert said.code == 2
    assert finding in " ".join(said.json["canaries"]["findings"])
    if script == MEMORISER:
        assert verdicts(said.json).keys() == {"pass"}


# --- What is wrong, and what is known to be ---------------------------------------------------


def test_one_bug_is_named() -> None:
    """Only vectors of messages that expire in the very second of their reading fail."""
    said = conform("--json", by=stub("subtly_wrong"))
    assert said.code == 1
    failed = {one["id"] for one in said.json["results"] if one["verdict"] != "pass"}
    by_id = read_suite(suite_folder()).by_id
    for name in failed:
        expected = by_id[name].get("expect", {})
        assert expected.get("error") == "MSG-6"
    assert {name.partition("/")[0] for name in failed} == {"sealed-message", "signed-message"}
    assert said.json["canaries"]["findings"] == []
    standard = conform("--claim", "standard", *TEXTS, by=stub("subtly_wrong"))
    assert standard.code == 0, "none of these vectors binds"


TEXTS = ("--family", "sealed-message", "--family", "signed-message")


def failures_of(told: Any, **changed: str) -> list[dict[str, str]]:
    """A row for each vector that failed."""
    rows = []
    for one in told["results"]:
        if one["verdict"] != "pass":
            row = {name: one[name] for name in ("id", "edition", "contentHash")}
            rows.append({**row, "because": "https://example.org/issues/17", **changed})
    return rows


def known(folder: Path, rows: list[dict[str, str]], *options: str) -> Said:
    """How the wrong one fares where that is known of it."""
    file = folder / "known.json"
    file.write_text(json.dumps({"failures": rows}), "utf-8")
    return conform("--known-failures", str(file), *TEXTS, *options, by=stub("subtly_wrong"))


@pytest.fixture(scope="module")
def wrong() -> Any:
    return report(*TEXTS, by=stub("subtly_wrong"))


def test_known_failure_is_expected(tmp_path: Path, wrong: Any) -> None:
    rows = failures_of(wrong)
    said = known(tmp_path, rows, "--json")
    assert said.code == 0
    assert validator_of("known-failures").is_valid({"failures": rows})
    assert not validator_of("known-failures").is_valid(
        {"failures": [{**rows[0], "because": "x"}]}
    )
    assert verdicts(said.json)["xfail"] == len(rows) == wrong["totals"]["different"]
    assert not [
        one for one in said.json["claims"] if one["holds"] and "sealed" in one["family"]
    ]


def test_known_failure_that_passes(tmp_path: Path, wrong: Any) -> None:
    passing = next(one for one in wrong["results"] if one["verdict"] == "pass")
    row = {name: passing[name] for name in ("id", "edition", "contentHash")}
    rows = [*failures_of(wrong), {**row, "because": "https://example.org/issues/18"}]
    said = known(tmp_path, rows, "--json")
    assert said.code == 1
    assert verdicts(said.json)["xpass"] == 1


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"contentHash": f"sha256:{'0' * 64}"}, "means something else by now"),
        ({"expires": "2020-01-31"}, "expired on 2020-01-31"),
        ({"id": "identifiers/accept-nothing"}, "no such vector"),
    ],
)
def test_void_row_counts_for_nothing(
    tmp_path: Path, wrong: Any, changed: dict[str, str], why: str
) -> None:
    said = known(tmp_path, failures_of(wrong, **changed))
    assert said.code == 1
    assert why in said.err


@pytest.mark.parametrize(
    "rows",
    [
        [{"id": "a/accept-b", "edition": "2025", "contentHash": "sha256:0"}],
        "none",
    ],
)
def test_bad_file_of_known_failures(tmp_path: Path, rows: Any) -> None:
    said = known(tmp_path, rows)
    assert said.code == 2
    assert "known.json, failures" in one_line(said)


# --- Interrupted, and given up ----------------------------------------------------------------

SLOW = RECORDER.replace("print(json", "import time; time.sleep(0.02); print(json")


def test_interrupted_run_keeps_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW, "utf-8")
    told = tmp_path / "report.json"
    by = ["--", sys.executable, str(tmp_path / "slow.py"), str(tmp_path / "log")]
    with subprocess.Popen(
        [*COMMAND, "conform", "--report", str(told), *by],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while not (tmp_path / "log").exists() or (tmp_path / "log").stat().st_size < 50_000:
            time.sleep(0.05)
        [child] = psutil.Process(process.pid).children()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "incomplete: interrupted" in err
    document = json.loads(told.read_text("utf-8"))
    assert not document["complete"]
    assert 0 < document["totals"]["pass"] == document["proof"]["answered"]
    assert document["proof"]["answered"] < document["proof"]["applicable"]
    assert not child.is_running()


def test_runner_gives_up() -> None:
    """A program that begins and then falls at each question is not asked all of them."""
    about = {"name": "a", "version": "1", "language": "b"}
    hello = json.dumps({"protocol": 1, "implementation": about})
    script = f"input(); print({hello!r}, flush=True); input(); raise SystemExit(4)"
    began = time.monotonic()
    said = conform("--json", by=(sys.executable, "-c", script))
    assert said.code == 3
    assert said.json["stopped"] == "gave up after 10 failures in a row"
    assert verdicts(said.json) == {"crash": 10}
    assert time.monotonic() - began < 30


def test_easy_selection_is_told() -> None:
    """Where one answer passes much, a run says little, and says so."""
    said = conform("--operation", "medium.uid")
    assert said.code == 0
    assert "one answer alone passes" in said.err
    assert "one answer alone" not in conform("--operation", "session.follow").err
