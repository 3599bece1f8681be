"""Tables of the administration for workshops: to look at, with actions that go through the services. Nothing is typed
here, and nothing that is sealed is shown."""

from workshop.admin.seats import SeatAdmin
from workshop.admin.together import PushAdmin, RehearsalAdmin

__all__ = ["PushAdmin", "RehearsalAdmin", "SeatAdmin"]
