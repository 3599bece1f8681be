"""Seats: made of the prepared state, kept warm, made anew when somebody leaves."""

from workshop.services.seats.filling import seats_fill
from workshop.services.seats.renewing import seat_renew
from workshop.services.seats.warming import seat_warm, seats_warm

__all__ = ["seat_renew", "seat_warm", "seats_fill", "seats_warm"]
