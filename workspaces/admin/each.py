"""Does something to each of many rows and says how it went: how many worked, and every refusal with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.contrib import messages
from django.http import HttpRequest

from accounts.actors import Actor
from spaces_site.errors import SpacesError

Row = TypeVar("Row")


def actor_of(request: HttpRequest) -> Actor:
    """Who asks: the first argument of every service."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def for_each(
    request: HttpRequest, rows: Iterable[Row], change: Callable[[Row], Any], done: Callable[[int], str]
) -> int:
    """How many it was done to. `done` words that number; each reason is said once, with the names it is true of."""
    worked = 0
    refused: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        try:
            change(row)
            worked += 1
        except SpacesError as error:
            refused[error.message].append(str(row))
    if worked:
        messages.success(request, done(worked))
    for reason, names in refused.items():
        messages.error(request, f"{', '.join(names)}: {reason}")
    return worked
