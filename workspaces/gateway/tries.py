"""How often the password of one workspace may be tried, wherever that is: a shared password is short."""

from __future__ import annotations

from datetime import timedelta

from accounts.rate import client_of, rate_limit, rate_refund

PER_CLIENT, CLIENT_WINDOW = 10, timedelta(minutes=5)
PER_WORKSPACE, WORKSPACE_WINDOW = 100, timedelta(hours=1)
"""A thousand machines together get 100 tries an hour."""


def try_take(of: str, address: str | None) -> None:
    """Count one try at the password of `of` (a public id, an alias) from `address`, before it is compared.

    Raises `TooMany`.
    """
    rate_limit("gate", f"{of} {client_of(address)}", limit=PER_CLIENT, window=CLIENT_WINDOW)
    rate_limit("gate-all", of, limit=PER_WORKSPACE, window=WORKSPACE_WINDOW)


def try_refund(of: str, address: str | None) -> None:
    """It was right, so it is not counted: a class behind one address knows the password, and is no attack."""
    rate_refund("gate", f"{of} {client_of(address)}")
    rate_refund("gate-all", of)
