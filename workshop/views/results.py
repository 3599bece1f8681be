"""What became of a wish for several seats, said once on the page that follows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from accounts.views.request import PageRequest
from workshop.models import Workshop
from workshop.services.together import SeatResult

KEY = "workshop_results"
ICONS = {"asked": "check", "already": "minus", "refused": "error"}


def results_keep(request: PageRequest, workshop: Workshop, title: str, results: list[SeatResult]) -> None:
    """The next look at the workshop's page says them."""
    request.session[KEY] = {
        "slug": workshop.slug,
        "title": title,
        "asked": sum(one.outcome == "asked" for one in results),
        "already": sum(one.outcome == "already" for one in results),
        "refused": [asdict(one) for one in results if one.outcome == "refused"],
        "each": [asdict(one) | {"icon": ICONS[one.outcome]} for one in results],
    }


def results_last(request: PageRequest, workshop: Workshop) -> dict[str, Any] | None:
    """The last ones of this workshop, once."""
    kept: dict[str, Any] | None = request.session.get(KEY)
    if kept is None or kept.get("slug") != workshop.slug:
        return None
    del request.session[KEY]
    return kept
