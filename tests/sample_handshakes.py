"""Hold one handshake of each version of TLS and keep its records, as notebook 07 shows them:
`python -m tests.sample_handshakes`.

All of its random numbers and keys are new each time, so a new sample is a new notebook.
"""

import json
import sys

from refimpl.edition import load
from refimpl.lab.handshake_bytes import SAMPLE, kept_form, records_now

EDITIONS = {"1.2": "2019", "1.3": "2025"}
"""The edition that asks for a version of TLS at least."""


def main() -> None:
    kept = {}
    for version, name in EDITIONS.items():
        kept[version] = [kept_form(sent) for sent in records_now(load(name))]
    SAMPLE.write_text(f"{json.dumps(kept, indent=1)}\n", "utf-8", newline="\n")
    sys.stdout.write(f"{SAMPLE.name}: {SAMPLE.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
