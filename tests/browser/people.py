"""People with an account, signed in without walking through the pages, which tests of their own do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import requests
from playwright.sync_api import Page

from tests.browser.conftest import NewPage
from tests.harness import Platform
from tests.local_http import new_session
from tests.waiting import eventually

ADDRESSES = count(2)
SETTLED = {"running", "paused", "exited", "error"}
MAKE_LEADER = """
from django.contrib.auth.models import Group
from accounts.models import User
from accounts.roles import WORKSHOP_LEADER
leader = User.objects.get(username="{leader}")
leader.groups.add(Group.objects.get_or_create(name=WORKSHOP_LEADER)[0])
User.objects.filter(pk=leader.pk).update(is_staff=True)
"""
"""For `manage.py shell`: that person may lead workshops, and is `leader` in what follows."""


@dataclass(frozen=True, slots=True)
class Made:
    """A workspace as the API names it (`number`) and as addresses do (`id`)."""

    number: int
    id: str


class Person:
    """Has an account on `site`, an API token and a session that any number of browsers may share."""

    def __init__(self, site: Platform, name: str) -> None:
        self.site, self.name, self.email = site, name, f"{name}@example.org"
        self.http = new_session()
        source = f"127.0.0.{next(ADDRESSES)}"  # of their own, since all tests together ask for more codes than one may
        self.http.adapters["http://"].init_poolmanager(1, 1, source_address=(source, 0))
        before = len(site.mails(self.email))
        self._post("/sign-in/", email=self.email)
        code = site.sign_in_code(self.email, after=before)
        self._post("/sign-in/code/", code=code)
        self._post("/sign-up/", code=code, username=name)
        shown = self._post("/account/tokens/", name="tests", days="30")
        found = re.search(r'id="new-token">([^<]+)<', shown.text)
        assert found, shown.text
        self.token = found[1]

    def page(self, new_page: NewPage, path: str = "/workspaces/", **options: Any) -> Page:
        """A page of theirs in a browser of its own."""
        page = new_page(**options)
        cookies = [{"name": name, "value": value, "url": self.site.url} for name, value in self.http.cookies.items()]
        page.context.add_cookies(cookies)  # type: ignore[arg-type]
        page.goto(self.site.url + path)
        return page

    def make(self, name: str, kind: str = "terminal", password: str = "", wait: bool = True) -> Made:
        """A workspace of theirs, which runs unless they do not wait for it."""
        headers = {} if wait else {"Prefer": "respond-async"}
        new = {"type": kind, "name": name, "password": password}
        answer = self.site.post("/api/v1/spaces/create", json=new, token=self.token, headers=headers)
        assert answer.status_code == 201, answer.text
        body = answer.json()
        made = Made(body["spaceId"], str(urlsplit(body["accessUrl"]).hostname).partition(".")[0])
        if wait:
            self.becomes(made, "running")
        return made

    def do(self, verb: str, made: Made) -> None:
        """Start or stop by the API, and wait until that is done."""
        answer = self.site.post(f"/api/v1/spaces/{verb}/{made.number}", token=self.token)
        assert answer.status_code == 200, answer.text
        self.becomes(made, {"start": "running", "stop": "exited"}[verb])

    def delete(self, made: Made) -> None:
        """By the API; not waiting until it is gone."""
        path = f"/api/v1/spaces/delete/{made.number}"
        answer = self.site.delete(path, token=self.token, headers={"Prefer": "respond-async"})
        assert answer.status_code == 200, answer.text

    def status(self, made: Made) -> str:
        """In the API's words: running, paused, exited …"""
        return str(self.space(made)["status"])

    def space(self, made: Made) -> dict[str, Any]:
        """What the API says of it."""
        answer: dict[str, Any] = self.site.get(f"/api/v1/spaces/status/{made.number}", token=self.token).json()
        return answer

    def becomes(self, made: Made, status: str) -> None:
        eventually(lambda: (now := self.status(made)) in SETTLED and now == status, f"it is {status}", 60, every=0.1)

    def _post(self, path: str, **fields: str) -> requests.Response:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.http.get(self.site.url, timeout=30).text)
        assert token
        fields["csrfmiddlewaretoken"] = token[1]
        answer = self.http.post(self.site.url + path, data=fields, timeout=30)
        assert answer.ok, answer.text
        return answer


def card(page: Page, name: str) -> Any:
    """The card of that workspace in the list."""
    return page.get_by_role("article", name=name, exact=True)
