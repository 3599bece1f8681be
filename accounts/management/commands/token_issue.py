"""manage.py token_issue: an API token from the command line, for scripts and the first start."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actors import SYSTEM
from accounts.services import token_issue, user_ensure
from spaces_site.errors import SpacesError


class Command(BaseCommand):
    help = "Prints a new API token of EMAIL, and nothing else; makes the account when there is none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--staff", action="store_true", help="the account may do everything")
        parser.add_argument("--name", default="Command line", help="what the token is listed as")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = user_ensure(options["email"], staff=options["staff"])
            _, raw = token_issue(SYSTEM, user, name=options["name"])
        except SpacesError as error:
            raise CommandError(error.message) from error
        self.stdout.write(raw)
