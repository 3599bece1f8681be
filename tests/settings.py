"""Settings of the tests: a folder of their own, no real mail, a fake engine."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="spaces-tests-"))
_process = os.getpid()


def _clean_up() -> None:
    if os.getpid() == _process:  # a forked child must not take the folder away from its parent
        shutil.rmtree(_folder, ignore_errors=True)


atexit.register(_clean_up)
(_folder / "static").mkdir()  # whitenoise warns where there is none
os.environ["SPACES_DATA_DIR"] = str(_folder)
for _name in ("SPACES_BASE_URL", "SPACES_AUTH_DISABLED", "CLAWDSPACE_AUTH_DISABLED", "EMAIL_URL", "AIRTABLE_API_KEY"):
    os.environ.pop(_name, None)

from spaces_site.settings import *  # noqa: E402, F403
from spaces_site.settings import DATABASES, STORAGES  # noqa: E402

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
DEV_INBOX = True
ENGINE = "workspaces.engine.fake.FakeEngine"
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # A file: the database in memory that Django would take is not shared by threads the way a real one is.
    DATABASES["default"]["TEST"] = {"NAME": _folder / "test.sqlite3"}
