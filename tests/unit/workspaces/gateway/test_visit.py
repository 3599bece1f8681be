"""Who a request is from, when a reverse proxy stands in front."""

from __future__ import annotations

import pytest

from tests.unit.workspaces.gateway.conftest import visit_of


@pytest.mark.parametrize(("trusted", "address"), [(True, "198.51.100.1"), (False, "192.0.2.7")])
def test_a_trusted_proxy_says_where_people_come_from(trusted: bool, address: str, settings: object) -> None:
    """Else all of them would share the tries that one client has at a password, and one could lock out a class."""
    settings.TRUST_PROXY = trusted  # type: ignore[attr-defined]
    visit = visit_of(x_forwarded_for="203.0.113.9, 198.51.100.1")
    assert visit.address == address
    assert [value for name, value in visit.headers if name == "x-forwarded-for"] == [address]
