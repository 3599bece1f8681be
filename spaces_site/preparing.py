"""What a start makes sure of: tables, translations, static files, the first staff account."""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path
from typing import IO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.roles import runs_the_site
from accounts.services import link_issue, user_ensure


def translations_compile() -> int:
    """Every .mo is as new as its .po; how many were compiled."""
    compiled = 0
    for source in settings.BASE_DIR.glob("locale/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        half = target.with_suffix(f".{os.getpid()}")  # another process must never read half a file
        with source.open("rb") as po_file, half.open("wb") as mo_file:
            write_mo(mo_file, read_po(po_file))
        half.replace(target)
        compiled += 1
    return compiled


def only_one() -> IO[str]:
    """This process alone serves the data folder while the file that is returned stays open.

    Raises `CommandError` when another one does: each would take the other's work for that of a dead one.
    """
    lock = (settings.DATA_DIR / "serve.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise CommandError(
            f"Spaces runs already on {settings.DATA_DIR} (process {lock.read().strip()}). "
            "End that one first, or give this one a folder of its own: SPACES_DATA_DIR."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def tables_migrate() -> None:
    """The database has the tables of this version."""
    call_command("migrate", verbosity=0, interactive=False)


def static_collect() -> bool:
    """Static files are where the server takes them from; false when they were there already."""
    stamp = settings.STATIC_ROOT / ".stamp"
    wanted = _static_fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    call_command("collectstatic", verbosity=0, interactive=False, clear=settings.STATIC_ROOT.exists())
    stamp.write_text(wanted)
    return True


def _static_fingerprint() -> str:
    """Changes with our files' names, sizes and times, and with the versions that the lock file pins."""
    digest = hashlib.sha256((settings.BASE_DIR / "requirements.lock").read_bytes())
    for folder in settings.STATICFILES_DIRS:
        for path in sorted(Path(folder).rglob("*")):
            status = path.stat()
            digest.update(f"{path}{status.st_size}{status.st_mtime_ns}".encode())
    return digest.hexdigest()


def first_sign_in() -> str | None:
    """A link for the first staff account, which is made when there is none; None once somebody has signed in by it."""
    staff = User.objects.filter(runs_the_site()).order_by("pk").first()
    if staff is None:
        staff = user_ensure(settings.ADMIN_EMAIL, staff=True)
    return link_issue(staff) if staff.last_login is None else None
