"""The development inbox, and Airtable as played by a local server."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage

from accounts.actors import Actor
from accounts.mail import CodeMail, inbox_messages, mail_send
from accounts.models import EmailCode
from accounts.services import code_send
from spaces_site.errors import Unavailable

EMAIL = "dora@example.org"


class Airtable(ThreadingHTTPServer):
    """Answers `status` and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), AirtableHandler)
        self.status = 200
        self.requests: list[tuple[str, str | None, Any]] = []


class AirtableHandler(BaseHTTPRequestHandler):
    server: Airtable

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, self.headers["Authorization"], body))
        self.send_response(self.server.status)
        self.send_header("Location", f"http://localhost:{self.server.server_port}/elsewhere")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def airtable(settings: Any) -> Iterator[Airtable]:
    with Airtable() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "accounts.mail.AirtableBackend"
        settings.AIRTABLE_API_URL = f"http://127.0.0.1:{server.server_port}/v0"
        settings.AIRTABLE_API_KEY, settings.AIRTABLE_BASE_ID, settings.AIRTABLE_TABLE = "key1", "app1", "email otps"
        yield server
        server.shutdown()


@pytest.fixture
def inbox(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "accounts.mail.DevelopmentBackend"
    settings.DATA_DIR = tmp_path
    return tmp_path / "inbox"


def test_a_code_becomes_a_row_of_the_two_columns_such_a_table_has(airtable: Airtable, visitor: Actor, db: None) -> None:
    code_send(visitor, EMAIL)
    [(path, key, body)] = airtable.requests
    assert (path, key) == ("/v0/app1/email%20otps", "Bearer key1")
    [record] = body["records"]
    assert record["fields"]["email"] == EMAIL
    assert record["fields"]["code"].isdecimal()
    assert set(record["fields"]) == {"email", "code"}
    assert body["typecast"] is True


def test_other_mail_becomes_a_row_per_recipient_with_its_text(airtable: Airtable) -> None:
    mail_send(EmailMessage("Subject", "Text", to=["a@example.org", "b@example.org"]))
    assert [request[2]["records"][0]["fields"] for request in airtable.requests] == [
        {"email": "a@example.org", "subject": "Subject", "body": "Text"},
        {"email": "b@example.org", "subject": "Subject", "body": "Text"},
    ]


@pytest.mark.parametrize("status", [302, 401, 422, 429, 500])
def test_an_airtable_that_refuses_is_said_so_and_leaves_no_code(
    status: int, airtable: Airtable, visitor: Actor, db: None
) -> None:
    airtable.status = status
    with pytest.raises(Unavailable) as caught:
        code_send(visitor, EMAIL)
    assert (caught.value.code, caught.value.retry_after) == ("MAIL_UNAVAILABLE", 60)
    assert len(airtable.requests) == 1, "a redirect would have carried the key elsewhere"
    assert not EmailCode.objects.exists()


def test_an_airtable_that_is_away_is_said_so(airtable: Airtable, visitor: Actor, settings: Any, db: None) -> None:
    settings.AIRTABLE_API_URL = "http://127.0.0.1:1"
    with pytest.raises(Unavailable):
        code_send(visitor, EMAIL)


def test_the_inbox_shows_a_code_newest_first_and_prints_it(
    inbox: Path, visitor: Actor, capsys: pytest.CaptureFixture[str], db: None
) -> None:
    code_send(visitor, "first@example.org")
    code_send(visitor, EMAIL)
    newest, oldest = inbox_messages()
    assert (newest["to"], oldest["to"]) == ([EMAIL], ["first@example.org"])
    assert newest["code"] in newest["body"]
    assert newest["code"] in capsys.readouterr().out


def test_the_inbox_is_this_users_alone(inbox: Path) -> None:
    mail_send(CodeMail("s", "b", to=[EMAIL]))
    assert stat.S_IMODE(inbox.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in inbox.iterdir()] == [0o600]


def test_the_inbox_keeps_fifty_and_skips_what_is_half_written(inbox: Path) -> None:
    assert inbox_messages() == []
    for number in range(55):
        mail_send(EmailMessage(str(number), "", to=[EMAIL]))
    (inbox / "99999999999999999999-half.json").write_text('{"at"')
    assert [message["subject"] for message in inbox_messages()] == [str(number) for number in range(54, 4, -1)]
