"""Objects of neighbouring protocols, written by hand for the tests of the crosswalk."""

from typing import Final

CDR_2_2_1: Final = """{
  "country_code": "DE",
  "party_id": "AB7",
  "id": "AB7-2025-000017",
  "start_date_time": "2025-07-08T12:00:00Z",
  "end_date_time": "2025-07-08T14:30:00Z",
  "session_id": "s-17",
  "cdr_token": {
    "country_code": "DE",
    "party_id": "8AA",
    "uid": "04A2B3C4",
    "type": "RFID",
    "contract_id": "DE-8AA-CA2B3C4D5-L"
  },
  "auth_method": "AUTH_REQUEST",
  "authorization_reference": "auth-17",
  "cdr_location": {
    "id": "loc-3",
    "name": "Am Markt",
    "address": "Marktplatz 1",
    "city": "Beispielstadt",
    "postal_code": "12345",
    "country": "DEU",
    "coordinates": {"latitude": "52.520008", "longitude": "13.404954"},
    "evse_uid": "3256",
    "evse_id": "DE*AB7*E840*6487",
    "connector_id": "1",
    "connector_standard": "IEC_62196_T2",
    "connector_format": "SOCKET",
    "connector_power_type": "AC_3_PHASE"
  },
  "meter_id": "meter-9",
  "currency": "EUR",
  "charging_periods": [
    {
      "start_date_time": "2025-07-08T12:00:00Z",
      "dimensions": [
        {"type": "ENERGY", "volume": 21.5},
        {"type": "MAX_CURRENT", "volume": 32}
      ],
      "tariff_id": "t-1"
    },
    {
      "start_date_time": "2025-07-08T14:00:00Z",
      "dimensions": [{"type": "PARKING_TIME", "volume": 0.5}]
    }
  ],
  "total_cost": {"excl_vat": 8.50, "incl_vat": 10.12},
  "total_energy": 21.500,
  "total_time": 2.5,
  "total_parking_time": 0.5,
  "last_updated": "2025-07-08T14:31:00Z"
}"""

SESSION_2_2_1: Final = """{
  "country_code": "DE", "party_id": "AB7", "id": "s-17",
  "start_date_time": "2025-07-08T12:00:00Z",
  "kwh": 20.25,
  "cdr_token": {
    "country_code": "DE", "party_id": "8AA", "uid": "alba-user-17", "type": "APP_USER",
    "contract_id": "DE8AACA2B3C4D5L"
  },
  "auth_method": "COMMAND",
  "location_id": "loc-3", "evse_uid": "3256", "connector_id": "1", "currency": "EUR",
  "charging_periods": [
    {"start_date_time": "2025-07-08T12:00:00Z",
     "dimensions": [{"type": "ENERGY", "volume": 20.25}]}
  ],
  "status": "ACTIVE",
  "last_updated": "2025-07-08T13:00:00.5Z"
}"""

TOKEN_2_2_1: Final = """{
  "country_code": "DE", "party_id": "8AA", "uid": "04A2B3C4", "type": "RFID",
  "contract_id": "Fleet 7/anna", "issuer": "Alba", "valid": true, "whitelist": "ALLOWED",
  "last_updated": "2025-07-01T08:00:00Z"
}"""

ANSWER_2_2_1: Final = f"""{{
  "allowed": "NO_CREDIT", "token": {TOKEN_2_2_1}, "authorization_reference": "auth-17"
}}"""

QUESTION_2_2_1: Final = '{"location_id": "loc-3", "evse_uids": ["3256"]}'

START_2_2_1: Final = f"""{{
  "response_url": "https://csp.example/commands/1", "token": {TOKEN_2_2_1},
  "location_id": "loc-3", "evse_uid": "3256", "authorization_reference": "auth-18"
}}"""

RESERVE_2_2_1: Final = f"""{{
  "response_url": "https://csp.example/commands/2", "token": {TOKEN_2_2_1},
  "expiry_date": "2025-07-08T12:30:00Z", "reservation_id": "b-2", "location_id": "loc-3"
}}"""

STOP_2_2_1: Final = '{"response_url": "https://csp.example/commands/3", "session_id": "s-17"}'
CANCEL_2_2_1: Final = (
    '{"response_url": "https://csp.example/commands/4", "reservation_id": "b-2"}'
)
RESPONSE_2_2_1: Final = '{"result": "ACCEPTED", "timeout": 30}'
RESULT_2_2_1: Final = '{"result": "EVSE_OCCUPIED"}'

EVSE_2_2_1: Final = """{
  "uid": "3256", "evse_id": "DE*AB7*E840*6487", "status": "CHARGING",
  "capabilities": ["RFID_READER", "RESERVABLE"],
  "connectors": [
    {"id": "1", "standard": "IEC_62196_T2", "format": "SOCKET", "power_type": "AC_3_PHASE",
     "max_voltage": 230, "max_amperage": 32, "max_electric_power": 22000,
     "last_updated": "2025-07-01T08:00:00Z"}
  ],
  "last_updated": "2025-07-01T08:00:00Z"
}"""

LOCATION_2_2_1: Final = f"""{{
  "country_code": "DE", "party_id": "AB7", "id": "loc-3", "publish": true,
  "name": "Am Markt", "address": "Marktplatz 1", "city": "Beispielstadt", "country": "DEU",
  "coordinates": {{"latitude": "52.520008", "longitude": "13.404954"}},
  "evses": [
    {EVSE_2_2_1},
    {{"uid": "3257", "evse_id": "DEAB7E8406488", "status": "INOPERATIVE", "connectors": [
      {{"id": "1", "standard": "CHADEMO", "format": "CABLE", "power_type": "DC",
       "max_voltage": 400, "max_amperage": 125, "last_updated": "2025-07-01T08:00:00Z"}}
    ], "last_updated": "2025-07-01T08:00:00Z"}}
  ],
  "time_zone": "Europe/Berlin", "last_updated": "2025-07-01T08:00:00Z"
}}"""

EVSE_2_1_1: Final = """{
  "uid": "3256", "evse_id": "DE*AB7*E840*6487", "status": "AVAILABLE",
  "connectors": [
    {"id": "1", "standard": "IEC_62196_T2", "format": "SOCKET", "power_type": "AC_3_PHASE",
     "voltage": 230, "amperage": 32, "tariff_id": "t-1", "last_updated": "2025-07-01T08:00:00Z"}
  ],
  "last_updated": "2025-07-01T08:00:00Z"
}"""

LOCATION_2_1_1: Final = f"""{{
  "id": "loc-3", "type": "ON_STREET", "name": "Am Markt", "address": "Marktplatz 1",
  "city": "Beispielstadt", "postal_code": "12345", "country": "DEU",
  "coordinates": {{"latitude": "52.520008", "longitude": "13.404954"}},
  "evses": [{EVSE_2_1_1}], "last_updated": "2025-07-01T08:00:00Z"
}}"""

CDR_2_1_1: Final = f"""{{
  "id": "17", "start_date_time": "2025-07-08T12:00:00Z",
  "stop_date_time": "2025-07-08T14:00:00Z", "auth_id": "DE8AACA2B3C4D5L",
  "auth_method": "WHITELIST", "location": {LOCATION_2_1_1}, "currency": "EUR",
  "charging_periods": [
    {{"start_date_time": "2025-07-08T12:00:00Z",
     "dimensions": [{{"type": "ENERGY", "volume": 21.5}}]}}
  ],
  "total_cost": 8.50, "total_energy": 21.5, "total_time": 2, "last_updated": "2025-07-08T14:31:00Z"
}}"""

SESSION_2_1_1: Final = f"""{{
  "id": "17", "start_datetime": "2025-07-08T12:00:00Z",
  "end_datetime": "2025-07-08T14:30:00Z", "kwh": 3, "auth_id": "DE8AACA2B3C4D5L",
  "auth_method": "AUTH_REQUEST", "location": {LOCATION_2_1_1}, "currency": "EUR",
  "status": "COMPLETED", "last_updated": "2025-07-08T14:31:00Z"
}}"""

TOKEN_2_1_1: Final = """{
  "uid": "04a2b3c4", "type": "RFID", "auth_id": "DE-8AA-CA2B3C4D5-L", "issuer": "Alba",
  "valid": true, "whitelist": "NEVER", "last_updated": "2025-07-01T08:00:00Z"
}"""

START_2_1_1: Final = f"""{{
  "response_url": "https://csp.example/commands/1", "token": {TOKEN_2_1_1}, "location_id": "loc-3"
}}"""

RESERVE_2_1_1: Final = f"""{{
  "response_url": "https://csp.example/commands/2", "token": {TOKEN_2_1_1},
  "expiry_date": "2025-07-08T12:30:00Z", "reservation_id": 2, "location_id": "loc-3"
}}"""

CDR_2_3_0: Final = CDR_2_2_1.replace(
    '"excl_vat": 8.50, "incl_vat": 10.12',
    '"before_taxes": 8.50, "taxes": [{"name": "VAT", "percentage": 19, "amount": 1.62}]',
)

BOOKING_REQUEST: Final = """{
  "country_code": "DE", "party_id": "8AA", "request_id": "b-2", "location_id": "loc-3",
  "tokens": [
    {"country_code": "DE", "party_id": "8AA", "uid": "04A2B3C4", "type": "RFID",
     "contract_id": "DE8AACA2B3C4D5L"},
    {"country_code": "DE", "party_id": "8AA", "uid": "alba-user-17", "type": "APP_USER",
     "contract_id": "DE8AACA2B3C4D5L"}
  ],
  "period": {"start_date_time": "2025-07-08T12:00:00Z", "end_date_time": "2025-07-08T13:00:00Z"},
  "authorization_reference": "auth-19"
}"""

BOOKING: Final = """{
  "id": "k-1", "country_code": "DE", "party_id": "AB7", "request_id": "b-2",
  "location_id": "loc-3", "reservation_status": "RESERVED",
  "period": {"start_date_time": "2025-07-08T12:00:00Z", "end_date_time": "2025-07-08T13:00:00Z"},
  "authorization_reference": "auth-19", "last_updated": "2025-07-01T08:00:00Z"
}"""
