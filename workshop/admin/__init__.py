"""Tables of the administration for workshops: to look at, with actions that go through the services. Nothing is typed
here, and nothing that is sealed is shown."""

from workshop.admin.claims import ClaimAdmin
from workshop.admin.seats import SeatAdmin
from workshop.admin.together import PushAdmin, RehearsalAdmin
from workshop.admin.workshops import WorkshopAdmin

__all__ = ["ClaimAdmin", "PushAdmin", "RehearsalAdmin", "SeatAdmin", "WorkshopAdmin"]
