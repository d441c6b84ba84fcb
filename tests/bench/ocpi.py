"""The same service as a charge point operator of OCPI 2.2.1 tells it, over plain HTTP."""

import json
from base64 import b64encode
from collections.abc import Mapping

from tests.bench.caller import Service

TOKEN = b64encode(b"secret").decode()
STARTED, ENDED = "2025-07-08T12:00:00Z", "2025-07-08T13:00:00Z"
OCPI_TOKEN = {
    "contract_id": "DE8AA0012345670",
    "country_code": "DE",
    "party_id": "8AA",
    "type": "RFID",
    "uid": "token-1",
}
OCPI_SESSION = {
    "auth_method": "AUTH_REQUEST",
    "cdr_token": OCPI_TOKEN,
    "connector_id": "1",
    "currency": "EUR",
    "evse_uid": "evse-1",
    "kwh": 0,
    "last_updated": STARTED,
    "location_id": "location-1",
    "start_date_time": STARTED,
    "status": "ACTIVE",
}
OCPI_ENDED = {"end_date_time": ENDED, "kwh": 11, "last_updated": ENDED, "status": "COMPLETED"}
OCPI_CDR = {
    "auth_method": "AUTH_REQUEST",
    "cdr_location": {
        "address": "Market Square 1",
        "city": "Alba",
        "connector_format": "SOCKET",
        "connector_id": "1",
        "connector_power_type": "AC_3_PHASE",
        "connector_standard": "IEC_62196_T2",
        "coordinates": {"latitude": "50.770774", "longitude": "6.104965"},
        "country": "DEU",
        "evse_id": "DEAB7E8406487",
        "id": "location-1",
    },
    "cdr_token": OCPI_TOKEN,
    "charging_periods": [
        {"dimensions": [{"type": "ENERGY", "volume": 11}], "start_date_time": STARTED}
    ],
    "currency": "EUR",
    "end_date_time": ENDED,
    "last_updated": ENDED,
    "start_date_time": STARTED,
    "total_cost": {"excl_vat": 4},
    "total_energy": 11,
    "total_time": 1,
}


def over_http(number: int) -> Service:
    """A contract asked for, a session begun and ended, and its record, as HTTP requests."""
    name = f"service-{number}"
    session, party = f"sessions/DE/AB7/{name}", {"country_code": "DE", "party_id": "AB7"}
    asked = {"location_id": "location-1", "evse_uids": ["evse-1"]}
    record = OCPI_CDR | party | {"id": f"cdr-{name}", "session_id": name}
    return [
        _request("POST", "tokens/token-1/authorize", asked),
        _request("PUT", session, OCPI_SESSION | party | {"id": name}),
        _request("PATCH", session, OCPI_ENDED),
        _request("POST", "cdrs/", record),
    ]


def _request(method: str, path: str, content: Mapping[str, object]) -> bytes:
    body = json.dumps(content).encode()
    head = (
        f"{method} /ocpi/emsp/2.2.1/{path} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        f"content-type: application/json\r\nauthorization: Token {TOKEN}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def check_answers(answers: list[bytes]) -> None:
    """Make sure that all went well, and that the contract was honoured."""
    told = [json.loads(answer.partition(b"\r\n\r\n")[2]) for answer in answers]
    assert all(each["status_code"] == 1000 for each in told), told
    assert all(each["data"][0]["allowed"] == "ALLOWED" for each in told[::4])
