"""Workshops as a whole: made, changed, opened, closed, ended, deleted. Each checks, writes, and wakes the worker."""

from workshop.services.workshops.ending import workshop_delete, workshop_end
from workshop.services.workshops.making import workshop_change, workshop_create, workshop_retake
from workshop.services.workshops.moving import workshop_close, workshop_open
from workshop.services.workshops.wishes import Wishes

__all__ = [
    "Wishes",
    "workshop_change",
    "workshop_close",
    "workshop_create",
    "workshop_delete",
    "workshop_end",
    "workshop_open",
    "workshop_retake",
]
