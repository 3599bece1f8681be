"""Which pages may act on a workspace."""

from __future__ import annotations

import pytest

from tests.unit.workspaces.gateway.conftest import visit_of
from workspaces.gateway.origins import websocket_allowed, write_allowed

OWN = "http://abcdefghijkl.localhost:8000"
FOREIGN = [
    "http://bbbbbbbbbbbb.localhost:8000",  # a sibling
    "http://abcdefghijkl-3000.localhost:8000",  # its own port is another origin
    "http://localhost:8000",
    "https://abcdefghijkl.localhost:8000",
    "http://abcdefghijkl.localhost:8001",
    "http://abcdefghijkl.localhost",
    "http://abcdefghijkl.localhost:8000.evil.example",
    "http://abcdefghijkl.localhost:8000/",
    "https://evil.example",
    "null",
    "",
]


def test_the_workspaces_own_page_may_open_websockets_and_write() -> None:
    assert websocket_allowed(visit_of(origin=OWN))
    assert write_allowed(visit_of(method="POST", origin=OWN))


@pytest.mark.parametrize("origin", FOREIGN)
def test_any_other_origin_may_not(origin: str) -> None:
    assert not websocket_allowed(visit_of(origin=origin))
    assert not websocket_allowed(visit_of(origin=origin, authorization="Bearer sp_x"))
    assert not write_allowed(visit_of(method="POST", origin=origin, sec_fetch_site="same-site"))


def test_without_an_origin_only_a_token_opens_a_websocket() -> None:
    assert not websocket_allowed(visit_of(cookie="spaces_gate=k"))
    assert websocket_allowed(visit_of(authorization="Bearer sp_x"))


@pytest.mark.parametrize(("site", "allowed"), [("same-site", False), ("cross-site", False), ("same-origin", True)])
def test_without_an_origin_the_browsers_word_about_the_site_counts(site: str, allowed: bool) -> None:
    assert write_allowed(visit_of(method="DELETE", sec_fetch_site=site)) is allowed
    assert write_allowed(visit_of(method="DELETE", sec_fetch_site=site, origin="null")) is allowed


def test_reading_is_allowed_from_everywhere() -> None:
    assert write_allowed(visit_of(origin="https://evil.example"))
