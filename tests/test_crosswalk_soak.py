"""Records by the hundred thousand through the command: memory does not grow with their number.

Run by `make soak`.
"""

import sys
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen

import pytest

from tests.bench.crosswalk import lines_of

FEW, MANY = 1_000, 200_000
MOST = 1.1
COMMAND = """
import sys
from refimpl.cli import main
sys.argv[1:] = ["crosswalk", "--from", "ocpi-2.2.1", "-", "--lines", "--json"]
try:
    main()
finally:
    status = open("/proc/self/status").read()
    print(status.partition("VmHWM:")[2].split()[0], file=sys.stderr)
"""


def peak_of_command(count: int) -> int:
    """The most memory, in KiB, that the command takes for so many records."""
    with Popen([sys.executable, "-c", COMMAND], stdin=PIPE, stdout=DEVNULL, stderr=PIPE) as run:
        assert run.stdin is not None
        assert run.stderr is not None
        run.stdin.writelines(lines_of("ocpi-2.2.1", count))
        run.stdin.close()
        told = run.stderr.read()
    assert run.returncode == 0, told
    return int(told)


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak")
def test_memory_stays_as_records_go_by() -> None:
    """With two hundred times as many records the command takes no more than a tenth more."""
    few, many = peak_of_command(FEW), peak_of_command(MANY)
    print(f"{few} KiB at {FEW:,} records, {many} KiB at {MANY:,}")
    assert many <= few * MOST
