"""The tables of workshops, one module per subject."""

from workshop.models.claim import Backup, Claim, Message
from workshop.models.together import Push, PushResult, Rehearsal
from workshop.models.workshop import Seat, Workshop

__all__ = ["Backup", "Claim", "Message", "Push", "PushResult", "Rehearsal", "Seat", "Workshop"]
