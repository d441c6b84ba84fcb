"""How much memory a command takes at its most, as the kernel counts it for that program alone.

What `wait4` tells is of no use for that: it counts what the process that started the program
held by then, and in a long run of tests that is more.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

TOLD: Final = """
import os, re
from pathlib import Path
from refimpl.cli import main
try:
    main()
finally:
    told = re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())
    Path(os.environ["PEAK"]).write_text(told[1])
"""


def peak_of(arguments: Sequence[str], folder: Path) -> int:
    """Carry out a command, which has to end, and give its peak in kilobytes."""
    file = folder / "peak.txt"
    subprocess.run(
        [sys.executable, "-c", TOLD, *arguments],
        env={**os.environ, "PEAK": str(file)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return int(file.read_text())
