"""`manage.py images`: build the images of workspaces now instead of when the first one is needed."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workspaces.engine import get_engine
from workspaces.engine.base import BuildProgress, EngineError
from workspaces.images import image_ensure, image_names
from workspaces.images.folders import PREFIX


class Command(BaseCommand):
    help = "Builds the images of workspaces, and of the platform's own helpers, that are not there yet."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--only",
            action="append",
            metavar="NAME",
            choices=image_names(),
            help="a folder in images/; may be repeated",
        )

    def handle(self, *args: Any, only: list[str] | None = None, **options: Any) -> None:
        for name in only or image_names():
            self.build(name)

    def build(self, name: str) -> None:
        started = time.monotonic()
        shown = ""

        def show(progress: BuildProgress) -> None:
            nonlocal shown
            if progress.step != shown:
                shown = progress.step
                self.stdout.write(f"{name}  {progress.percent:3d}%  {progress.step}")
                self.stdout.flush()

        try:
            ref = image_ensure(get_engine(), PREFIX + name, show)
        except EngineError as error:
            raise CommandError(f"images/{name} could not be built: {error}") from error
        self.stdout.write(self.style.SUCCESS(f"{name}  ready as {ref} after {time.monotonic() - started:.1f} s"))
