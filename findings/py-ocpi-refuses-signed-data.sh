#!/usr/bin/env bash
# py-ocpi 0.3.1 (its last release, November 2026):
#
# OCPI 2.2.1 lets a CDR carry what its meter has signed: signed_data has a list signed_values, each
# with nature, plain_data and signed_data (mod_cdrs, SignedData and SignedValue).  py-ocpi has
# signed_value and singed_data for the last two names.  So each CDR with signed data is refused as
# one that lacks required members, while one in the package's own spelling is read: a member that
# is optional for OCPI decides whether a record can be received at all.  extrawest-ocpi, which
# comes from it, has OCPI's names.
#
# Seen, of one CDR:
#   without signed data: read
#   with signed data as OCPI spells it: refused, signed_data.signed_value: field required
#   with signed data as py-ocpi spells it: read
#
# Needs python3 (3.11) with venv and pip.  Ends with 0 while this is so, with 1 once it has
# changed, and with 2 where the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv" || exit 2
"$folder/venv/bin/python" -m pip install --quiet --only-binary :all: \
    fastapi==0.68.2 py-ocpi==0.3.1 pydantic==1.10.27 || exit 2
cd "$folder"
cat > look.py <<'PYTHON'
import copy
import sys

from pydantic import ValidationError
from py_ocpi.modules.cdrs.v_2_2_1.schemas import Cdr

CDR = {
    "country_code": "DE", "party_id": "AB7", "id": "AB7-17",
    "start_date_time": "2025-07-08T12:00:00Z", "end_date_time": "2025-07-08T13:00:00Z",
    "cdr_token": {"country_code": "DE", "party_id": "8AA", "uid": "04a2b3c4", "type": "RFID",
                  "contract_id": "de8aaca2b3c4d5l"},
    "auth_method": "WHITELIST",
    "cdr_location": {
        "id": "loc-3", "address": "Marktplatz 1", "city": "Beispielstadt", "country": "DEU",
        "coordinates": {"latitude": "52.520008", "longitude": "13.404954"},
        "evse_uid": "3256", "evse_id": "de*ab7*e840*6487", "connector_id": "1",
        "connector_standard": "IEC_62196_T2", "connector_format": "SOCKET",
        "connector_power_type": "AC_3_PHASE"},
    "currency": "EUR",
    "charging_periods": [{"start_date_time": "2025-07-08T12:00:00Z",
                          "dimensions": [{"type": "ENERGY", "volume": 21.5}]}],
    "total_cost": {"excl_vat": 8.5, "incl_vat": 10.1}, "total_energy": 21.5, "total_time": 1.0,
    "last_updated": "2025-07-08T13:01:00Z",
}


def signed(values, signature):
    """The same CDR with one signed value, by the names of two members."""
    cdr = copy.deepcopy(CDR)
    value = {"nature": "Start", "plain_data": "0.0 kWh", signature: "MEQCIA=="}
    cdr["signed_data"] = {"encoding_method": "OCMF", values: [value]}
    return cdr


def read(cdr):
    """What becomes of a CDR: read, or the first reason to refuse it."""
    try:
        Cdr.parse_obj(cdr)
    except ValidationError as error:
        first = error.errors()[0]
        return f"refused, {'.'.join(map(str, first['loc']))}: {first['msg']}"
    return "read"


seen = {
    "without signed data": read(CDR),
    "with signed data as OCPI spells it": read(signed("signed_values", "signed_data")),
    "with signed data as py-ocpi spells it": read(signed("signed_value", "singed_data")),
}
for what, came in seen.items():
    print(f"{what}: {came}")
refused = [what for what, came in seen.items() if came != "read"]
sys.exit(refused != ["with signed data as OCPI spells it"])
PYTHON
if venv/bin/python look.py; then
    echo "as described: only OCPI's own spelling is refused"
else
    echo "changed"
    exit 1
fi
