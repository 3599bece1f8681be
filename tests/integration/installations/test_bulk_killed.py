"""One wish for many workspaces on the real engine, while the process that carries it out is killed."""

from __future__ import annotations

import re

import docker
import pytest

from tests.browser.people import Person
from tests.engine_cleanup import things_of
from tests.parts import NewPlatform
from tests.waiting import eventually

pytestmark = pytest.mark.integration
SETTLE_SECONDS = 120.0
"""A dead worker's lease runs out after half a minute, and the resend comes every ten seconds."""


def test_a_bulk_stop_and_delete_go_on_after_the_site_was_killed(
    new_platform: NewPlatform, docker_engine: docker.DockerClient
) -> None:
    site = new_platform({"SPACES_SPARE_NETWORKS": "0"})
    person = Person(site, "olga")
    made = [person.make(f"Seat {number}", wait=False) for number in (1, 2, 3)]
    for one in made:
        person.becomes(one, "running")
    ids = [one.id for one in made]

    stopping = ask(person, "stop", ids)
    site.kill()
    site.start()
    eventually(lambda: "3 of 3 stopped" in person.http.get(stopping).text, "all are stopped", SETTLE_SECONDS, every=0.5)
    assert all(person.status(one) == "exited" for one in made)

    deleting = ask(person, "delete", ids[:2], confirmed="1")
    site.kill()
    site.start()
    eventually(lambda: "2 of 2 deleted" in person.http.get(deleting).text, "two are gone", SETTLE_SECONDS, every=0.5)
    left = things_of(docker_engine, site.instance)
    assert left and all(ids[2] in str(thing) for thing in left), left


def ask(person: Person, verb: str, ids: list[str], **fields: str) -> str:
    """The address of the page that says how far it is."""
    site = person.site
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', person.http.get(site.url, timeout=30).text)
    assert token
    sent = {"do": verb, "id": ids, "csrfmiddlewaretoken": token[1], **fields}
    listed = person.http.post(f"{site.url}/workspaces/bulk", data=sent, timeout=30)
    assert listed.ok, listed.text
    found = re.search(r'href="(/workspaces/batches/[0-9a-f-]{36}/)"', listed.text)
    assert found, listed.text
    return site.url + found[1]
