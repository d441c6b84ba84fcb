"""A report as JUnit XML: a suite for each family, a case for each vector and edition.

It keeps to what readers of that form have in common.  A divergence is a failure, no answer an
error, and what was not asked, or is known to fail, is skipped.  A run that was cut or in which
nothing was measured has one more case, which is an error, so that it never looks green.
"""

import re
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from refimpl.conformance.forms.summary import MEANINGS, troubles
from refimpl.conformance.report import Claim, Report, Result
from refimpl.conformance.verdicts import BROKEN, WRONG, Verdict

FAILURE, ERROR, SKIPPED = "failure", "error", "skipped"
ELEMENTS: Final[dict[Verdict, str]] = {
    **dict.fromkeys((*WRONG, Verdict.DIFFERENT, Verdict.XPASS), FAILURE),
    **dict.fromkeys(BROKEN, ERROR),
    **dict.fromkeys((Verdict.SKIPPED, Verdict.NOT_APPLICABLE, Verdict.XFAIL), SKIPPED),
}
"""What a case has in it; one that passed has nothing."""
NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The characters that no XML may hold."""
HOST: Final = "localhost"


def junit_of(report: Report, claim: Claim = Claim.MODEL_PROFILE) -> str:
    """Return a report as JUnit XML; in the claim *standard* what is different is skipped."""
    root = ET.Element("testsuites")
    families: dict[str, list[Result]] = {}
    for result in report.results:
        families.setdefault(result.family, []).append(result)
    for family, results in families.items():
        cases = [_case(result, claim) for result in results]
        seconds = sum(result.seconds for result in results)
        _add_suite(root, report, family, cases, seconds)
    faults = [_fault(said) for said in troubles(report)]
    if faults:
        _add_suite(root, report, "run", faults, 0.0)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add_suite(
    root: ET.Element, report: Report, name: str, cases: list[ET.Element], seconds: float
) -> None:
    counts = {}
    for kind, attribute in ((FAILURE, "failures"), (ERROR, "errors"), (SKIPPED, "skipped")):
        counts[attribute] = str(sum(case.find(kind) is not None for case in cases))
    about = {
        "name": name,
        "package": report.suite.id,
        "id": str(len(root)),
        "timestamp": report.began.removesuffix("Z"),
        "hostname": HOST,
        "tests": str(len(cases)),
        **counts,
        "time": f"{seconds:.4f}",
    }
    told = {key: _xml(value) for key, value in about.items()}
    suite = ET.SubElement(root, "testsuite", told)
    properties = ET.SubElement(suite, "properties")
    for key, value in _properties(report):
        ET.SubElement(properties, "property", {"name": key, "value": _xml(value)})
    suite.extend(cases)
    ET.SubElement(suite, "system-out")
    ET.SubElement(suite, "system-err")


def _properties(report: Report) -> Iterator[tuple[str, str]]:
    yield "suite.version", report.suite.version
    yield "suite.rootHash", report.suite.root_hash
    yield "implementation.name", report.implementation.name
    yield "implementation.version", report.implementation.version
    yield "seed", str(report.seed)


def _case(result: Result, claim: Claim) -> ET.Element:
    about = {
        "name": f"{result.id} ({result.edition})",
        "classname": f"{result.family}.{result.operation}",
        "time": f"{result.seconds:.4f}",
    }
    case = ET.Element("testcase", {name: _xml(value) for name, value in about.items()})
    kind = ELEMENTS.get(result.verdict)
    if result.verdict == Verdict.DIFFERENT and claim == Claim.STANDARD:
        kind = SKIPPED
    said = result.detail or MEANINGS[result.verdict]
    if kind == SKIPPED:
        ET.SubElement(case, kind, {"message": _xml(f"{result.verdict}: {said}")})
    elif kind is not None:
        inner = ET.SubElement(case, kind, {"type": result.verdict, "message": _xml(said)})
        inner.text = _xml(f"iec63119 conform explain {result.id}")
    return case


def _fault(said: str) -> ET.Element:
    case = ET.Element("testcase", {"name": "whole run", "classname": "run", "time": "0.0000"})
    ET.SubElement(case, ERROR, {"type": "incomplete", "message": _xml(said)})
    return case


def _xml(text: str) -> str:
    """A text in which what no XML may hold stands as an escape."""
    return NO_XML.sub(lambda found: ascii(found[0])[1:-1], text)
