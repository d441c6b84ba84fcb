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
