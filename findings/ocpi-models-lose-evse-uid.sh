#!/usr/bin/env bash
# extrawest-ocpi 2025.7.16 and py-ocpi 0.3.1 (the last releases of either, November 2026):
#
# OCPI 2.2.1 asks for evse_uid in the location of a CDR: cardinality 1, in mod_cdrs, CdrLocation;
# its own example has it.  The models of both packages have no such member, so that a CDR that is
# read and written again has lost it, without a word.  Whoever receives the result has a CDR that
# breaks OCPI's text, and no technical id by which the EVSE is found among the Locations, where
# evse_id is optional.  The EVSE ID, the other 12 members and the CDR around them stay.
#
# Seen, of a CDR with what OCPI requires, and incl_vat, without which py-ocpi refuses it:
#   extrawest-ocpi 2025.7.16: read; lost: cdr_location.evse_uid
#   py-ocpi 0.3.1: read; lost: cdr_location.evse_uid
#
# Needs python3 (3.11) with venv and pip.  Ends with 0 while this is so, with 1 once it has
# changed, and with 2 where the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > cdr.json <<'JSON'
{
  "country_code": "DE", "party_id": "AB7", "id": "AB7-17",
  "start_date_time": "2025-07-08T12:00:00Z", "end_date_time": "2025-07-08T13:00:00Z",
  "cdr_token": {
    "country_code": "DE", "party_id": "8AA", "uid": "04a2b3c4", "type": "RFID",
    "contract_id": "de8aaca2b3c4d5l"
  },
  "auth_method": "WHITELIST",
  "cdr_location": {
    "id": "loc-3", "address": "Marktplatz 1", "city": "Beispielstadt", "country": "DEU",
    "coordinates": {"latitude": "52.520008", "longitude": "13.404954"},
    "evse_uid": "3256", "evse_id": "de*ab7*e840*6487", "connector_id": "1",
    "connector_standard": "IEC_62196_T2", "connector_format": "SOCKET",
    "connector_power_type": "AC_3_PHASE"
  },
  "currency": "EUR",
  "charging_periods": [
    {"start_date_time": "2025-07-08T12:00:00Z",
     "dimensions": [{"type": "ENERGY", "volume": 21.5}]}
  ],
  "total_cost": {"excl_vat": 8.5, "incl_vat": 10.1}, "total_energy": 21.5, "total_time": 1.0,
  "last_updated": "2025-07-08T13:01:00Z"
}
JSON
cat > look.py <<'PYTHON'
import json
import sys

from py_ocpi.modules.cdrs.v_2_2_1.schemas import Cdr  # both packages have this name


def places(value, at=""):
    """Where an object has members, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, f"{at}.{name}" if at else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, f"{at}[{index}]")
    else:
        yield at


text = open("cdr.json").read()
before, after = json.loads(text), json.loads(Cdr.parse_raw(text).json())
lost = sorted({*places(before)} - {*places(after)})
print(f"{sys.argv[1]}: read; lost: {', '.join(lost) or 'nothing'}")
sys.exit(lost != ["cdr_location.evse_uid"])
PYTHON
look() { # the package, its version, and those it was released with
    python3 -m venv "$1" || exit 2
    "$1/bin/python" -m pip install --quiet --only-binary :all: "$1==$2" "${@:3}" || exit 2
    "$1/bin/python" look.py "$1 $2" || changed=1
}
changed=0
look extrawest-ocpi 2025.7.16 pydantic==1.10.12 fastapi==0.101.1
look py-ocpi 0.3.1 pydantic==1.10.27 fastapi==0.68.2
if [ $changed = 0 ]; then
    echo "as described: a required member of a valid CDR is lost without a word"
else
    echo "changed"
    exit 1
fi
