"""Workshops: many copies of one prepared workspace, which people without accounts claim."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkshopConfig(AppConfig):
    name = "workshop"
    verbose_name = _("Workshops")

    def ready(self) -> None:
        from workshop.panel import NAME, SeatPanel  # imports models, which must wait for Django
        from workshop.sending import seat_settled
        from workspaces.gateway.beside import beside_register
        from workspaces.settled import on_settled

        beside_register(NAME, SeatPanel())
        on_settled(seat_settled)
