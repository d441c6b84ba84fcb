"""A service provider of OCPI 2.2.1 as extrawest-ocpi has it: tokens, sessions and records, kept
in memory.

What it logs about each request at its own default is switched off, in its favour.
"""

import logging
from typing import Any

from py_ocpi import get_application  # type: ignore[import-not-found]  # it is in the peer's environment
from py_ocpi.core.authentication.authenticator import Authenticator  # type: ignore[import-not-found]  # as above
from py_ocpi.core.enums import ModuleID, RoleEnum  # type: ignore[import-not-found]  # as above
from py_ocpi.modules.versions.enums import VersionNumber  # type: ignore[import-not-found]  # as above

from tests.bench.uvicorn_server import serve

TOKEN = {
    "contract_id": "DE8AA0012345670",
    "country_code": "DE",
    "issuer": "Alba Mobility",
    "last_updated": "2025-07-08T12:00:00Z",
    "party_id": "8AA",
    "type": "RFID",
    "uid": "token-1",
    "valid": True,
    "whitelist": "NEVER",
}
KEPT: dict[tuple[str, str], dict[str, Any]] = {("tokens", "token-1"): TOKEN}


class Known(Authenticator):  # type: ignore[misc]  # its base is in the peer's environment
    """Who knows the one token may come in."""

    @classmethod
    async def get_valid_token_c(cls) -> list[str]:
        return ["secret"]

    @classmethod
    async def get_valid_token_a(cls) -> list[str]:
        return []


class Memory:
    """What extrawest-ocpi asks of whoever keeps its objects."""

    @classmethod
    async def get(cls, module: str, role: str, id: str, **more: Any) -> Any:  # noqa: A002 - the peer's name
        return KEPT.get((module, id))

    @classmethod
    async def create(
        cls, module: str, role: str, data: dict[str, Any], **more: Any
    ) -> dict[str, Any]:
        KEPT[module, data["id"]] = data
        return data

    @classmethod
    async def update(
        cls,
        module: str,
        role: str,
        data: dict[str, Any],
        id: str,  # noqa: A002 - as above
        **more: Any,
    ) -> dict[str, Any]:
        KEPT[module, id] = data
        return data

    @classmethod
    async def do(cls, module: str, role: str, action: str, **more: Any) -> dict[str, Any]:
        return {"allowed": "ALLOWED", "token": TOKEN}


logging.getLogger("OCPI-Logger").setLevel(logging.WARNING)
serve(
    get_application(
        version_numbers=[VersionNumber.v_2_2_1],
        roles=[RoleEnum.emsp],
        crud=Memory,
        modules=[ModuleID.tokens, ModuleID.sessions, ModuleID.cdrs],
        authenticator=Known,
    )
)
