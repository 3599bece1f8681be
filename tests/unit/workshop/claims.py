"""Claims as tests make them."""

from __future__ import annotations

from urllib.parse import urlsplit

from accounts.actors import Actor
from workshop.keys import seat_address
from workshop.models import Claim, Workshop
from workshop.services.claiming import claim_make
from workshop.services.waiting import waiting_join

VISITOR = Actor(None, "browser", "192.0.2.7")
MAX = {"name": "Max Mustermann", "email": "max@example.com"}


def take(workshop: Workshop, **typed: str) -> Claim:
    """Max has a seat, or somebody else."""
    return claim_make(VISITOR, workshop, **MAX | typed)


def wait(workshop: Workshop, **typed: str) -> Claim:
    """They join the queue."""
    return waiting_join(VISITOR, workshop, **MAX | typed)


def address_path(claim: Claim) -> str:
    """Path of the address that the participant was given."""
    return urlsplit(seat_address(claim.key_sealed)).path
