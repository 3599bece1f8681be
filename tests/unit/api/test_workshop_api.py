"""/api/workshop: fields, statuses and texts as its document has them, in German and English."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, User
from spaces_site.api.workshop import views
from tests.unit.api.conftest import Call, caller
from tests.unit.workshop.claims import take, wait
from tests.workshop_fixtures import MakeWorkshop
from workshop.keys import seat_address
from workshop.models import Claim, Seat, Workshop
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db
ROOT = "/api/workshop"
MAX = {"name": "Max Mustermann", "email": "max@example.com"}
ENGLISH = {"accept-language": "en"}
PASSWORD = "a long password"
UNAUTHORIZED = {"error": "Unauthorized"}
NONE_LEFT = "Leider sind keine Workspaces mehr verfügbar. Bitte wenden Sie sich an den Workshop-Leiter."


@pytest.fixture
def workshop(make_workshop: MakeWorkshop, lena: User, settings: Any) -> Workshop:
    """Adopted, so that the password is good for it."""
    settings.WORKSHOP_ADMIN_PASSWORD = PASSWORD
    workshop = make_workshop(lena, title="Workshop", adopts="Workshop")
    settings.WORKSHOP_GROUP = "Workshop"
    return workshop


def test_the_status_counts_seats(workshop: Workshop, as_nobody: Call) -> None:
    take(workshop)
    answer = as_nobody("get", f"{ROOT}/status")
    assert (answer.status_code, answer.json()) == (200, {"available": 2, "total": 3, "claimed": 1})


def test_without_a_workshop_there_is_nothing_to_be_had(as_nobody: Call) -> None:
    assert as_nobody("get", f"{ROOT}/status").json() == {"available": 0, "total": 0, "claimed": 0}
    answer = as_nobody("post", f"{ROOT}/claim", MAX)
    assert (answer.status_code, answer.json()["error"]) == (503, NONE_LEFT)


def test_a_claim_answers_with_the_address_and_the_name(workshop: Workshop, as_nobody: Call) -> None:
    answer = as_nobody("post", f"{ROOT}/claim", MAX)
    claim = Claim.objects.get()
    assert (answer.status_code, answer.json()) == (
        200,
        {"workspaceUrl": seat_address(claim.key_sealed), "projectName": "Workshop 1"},
    )
    assert answer.json()["workspaceUrl"].startswith("http://localhost:8000/workshop/seat/")


@pytest.mark.parametrize(
    ("body", "german", "english"),
    [
        (MAX | {"name": " "}, "Name ist erforderlich.", "A name is required."),
        ({}, "Name ist erforderlich.", "A name is required."),
        (MAX | {"name": ["x"]}, "Name ist erforderlich.", "A name is required."),
        ([], "Name ist erforderlich.", "A name is required."),
        (MAX | {"email": "max"}, "Bitte eine gültige E-Mail-Adresse eingeben.", "Please enter a valid e-mail address."),
        (MAX | {"email": None}, "Bitte eine gültige E-Mail-Adresse eingeben.", "Please enter a valid e-mail address."),
    ],
)
def test_what_is_missing_is_said_in_both_languages(
    body: Any, german: str, english: str, workshop: Workshop, as_nobody: Call
) -> None:
    for headers, said in (({}, german), ({"accept-language": "fr"}, german), (ENGLISH, english)):
        answer = as_nobody("post", f"{ROOT}/claim", body, **headers)
        assert (answer.status_code, answer.json()["error"]) == (400, said)
    assert not Claim.objects.exists()


def test_the_language_is_the_workshops_then_the_sites_then_what_the_client_likes_best(
    workshop: Workshop, as_nobody: Call, settings: Any
) -> None:
    def said(accepts: str) -> str:
        return str(as_nobody("post", f"{ROOT}/claim", {}, **{"accept-language": accepts}).json()["error"])

    german, english = "Name ist erforderlich.", "A name is required."
    assert [said(text) for text in ("", "fr, en;q=0.5, de;q=0.3", "de-AT", "en-GB,de", "*")] == [
        german, english, german, english, german,
    ]  # fmt: skip
    settings.WORKSHOP_LANGUAGE = "en"
    assert said("de") == english
    Workshop.objects.update(language="de")
    assert said("en") == german


def test_without_mail_an_address_that_has_a_seat_is_given_it_again(
    workshop: Workshop, as_nobody: Call, settings: Any
) -> None:
    settings.MAIL_IS_SENT = False
    first = as_nobody("post", f"{ROOT}/claim", MAX).json()
    answer = as_nobody("post", f"{ROOT}/claim", MAX | {"email": "MAX@example.com"})
    assert answer.status_code == 409
    assert answer.json() == first | {
        "error": "Diese E-Mail-Adresse ist bereits registriert.",
        "code": "ALREADY_CLAIMED",
    }


def test_with_mail_it_is_the_page_that_asks_for_a_code(workshop: Workshop, as_nobody: Call, settings: Any) -> None:
    settings.MAIL_IS_SENT = True
    as_nobody("post", f"{ROOT}/claim", MAX)
    answer = as_nobody("post", f"{ROOT}/claim", MAX, **ENGLISH)
    assert answer.status_code == 409
    assert answer.json()["workspaceUrl"] == "http://localhost:8000/workshop/python/"
    assert answer.json()["error"] == "This e-mail address is already registered."
    assert not mail.outbox


def test_when_all_are_taken_it_says_so_and_to_who_waits_as_well(workshop: Workshop, as_nobody: Call) -> None:
    Seat.objects.update(ready_at=None)
    Workspace.objects.update(state="error")  # nor will the adopted ones count as ready
    wait(workshop)
    for email in ("eva@example.com", "max@example.com"):
        answer = as_nobody("post", f"{ROOT}/claim", MAX | {"email": email})
        assert (answer.status_code, answer.json()["error"]) == (503, NONE_LEFT)


def test_it_is_not_open_yet_or_any_more(workshop: Workshop, as_nobody: Call) -> None:
    Workshop.objects.update(opens_at=timezone.now() + timedelta(hours=1))
    answer = as_nobody("post", f"{ROOT}/claim", MAX, **ENGLISH)
    assert (answer.status_code, answer.json()["code"]) == (409, "WORKSHOP_NOT_OPEN")
    assert answer.json()["error"] == "This workshop is not open yet."


def test_one_of_several_is_named(workshop: Workshop, as_nobody: Call, lena: User) -> None:
    Workshop.objects.create(slug="other", title="Other", owner=lena, state="open")
    assert as_nobody("get", f"{ROOT}/status?workshop=other").json()["total"] == 0
    assert as_nobody("post", f"{ROOT}/claim", MAX | {"workshop": "other"}).status_code == 503
    assert as_nobody("post", f"{ROOT}/claim?workshop=python", MAX).status_code == 200
    assert as_nobody("get", f"{ROOT}/status?workshop=nothing").json()["total"] == 0


def test_a_signed_in_browser_needs_no_token_against_forged_requests_to_claim(workshop: Workshop, alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(f"{ROOT}/claim", MAX, content_type="application/json").status_code == 200
    release = f"{ROOT}/claims/{Claim.objects.get().workspace_public_id}/release"
    assert client.post(release).status_code == 403


def credentials() -> list[tuple[str, dict[str, str]]]:
    return [(f"?password={PASSWORD}", {}), ("", {"x-admin-password": PASSWORD})]


def test_the_list_has_claims_and_history(workshop: Workshop, as_nobody: Call) -> None:
    claim = take(workshop)
    gone = take(workshop, email="eva@example.com", name="Eva")
    as_nobody("post", f"{ROOT}/claims/{gone.workspace_public_id}/release?password={PASSWORD}")
    for query, headers in credentials():
        body = as_nobody("get", f"{ROOT}/claims{query}", **headers).json()
        assert set(body) == {"claims", "history"}
        [now], [before] = body["claims"], body["history"]
        assert now == {
            "projectId": claim.workspace_public_id,
            **MAX,
            "projectName": "Workshop 1",
            "workspaceUrl": seat_address(claim.key_sealed),
            "claimedAt": now["claimedAt"],
        }
        assert set(before) == {*now, "releasedAt"} and before["name"] == "Eva"
        assert before["releasedAt"] >= before["claimedAt"] and before["claimedAt"].endswith("Z")


def test_a_release_says_who_it_was(workshop: Workshop, as_nobody: Call) -> None:
    claim = take(workshop)
    path = f"{ROOT}/claims/{claim.workspace_public_id}/release"
    answer = as_nobody("post", f"{path}?password={PASSWORD}")
    released = answer.json()["released"]
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert set(released) == {"name", "email", "projectName", "workspaceUrl", "claimedAt"}
    assert (released["name"], released["projectName"]) == ("Max Mustermann", "Workshop 1")
    assert AuditEvent.objects.get(action="workshop.release").actor is None
    for headers, said in (({}, "Claim nicht gefunden."), (ENGLISH, "Claim not found.")):
        again = as_nobody("post", f"{path}?password={PASSWORD}", **headers)
        assert (again.status_code, again.json()["error"]) == (404, said)


@pytest.mark.parametrize("query", ["", "?password=", "?password=wrong", "?password=%00", "?password=ü"])
def test_without_the_password_or_an_account_it_is_closed(query: str, workshop: Workshop, as_nobody: Call) -> None:
    claim = take(workshop)
    for method, path in (("get", "claims"), ("post", f"claims/{claim.workspace_public_id}/release")):
        answer = as_nobody(method, f"{ROOT}/{path}{query}")
        assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
    assert Claim.objects.get().state == "active"


def test_where_no_password_is_set_none_is_right(workshop: Workshop, as_nobody: Call, settings: Any) -> None:
    settings.WORKSHOP_ADMIN_PASSWORD = ""
    for query in ("", "?password=", f"?password={PASSWORD}"):
        assert as_nobody("get", f"{ROOT}/claims{query}").json() == UNAUTHORIZED


def test_a_wrong_password_beside_a_good_account_is_wrong(workshop: Workshop, root: User) -> None:
    assert caller(root)("get", f"{ROOT}/claims?password=wrong").status_code == 401


def test_who_keeps_guessing_it_has_to_wait(
    workshop: Workshop, as_nobody: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "WRONG_PASSWORDS", 2)
    for _ in range(5):
        assert as_nobody("get", f"{ROOT}/claims?password={PASSWORD}").status_code == 200
    asked = [as_nobody("get", f"{ROOT}/claims?password={guess}") for guess in ("a", "b", "c", PASSWORD)]
    assert [answer.status_code for answer in asked] == [401, 401, 429, 429]
    assert AuditEvent.objects.filter(action="workshop.password_refused").count() == 2


def test_the_password_is_for_no_other_workshop(workshop: Workshop, as_nobody: Call, lena: User, settings: Any) -> None:
    other = Workshop.objects.create(slug="other", title="Other", owner=lena, state="open")
    claim = take(workshop)
    Claim.objects.filter(pk=claim.pk).update(workshop=other)
    key = f"password={PASSWORD}"
    assert as_nobody("get", f"{ROOT}/claims?{key}").json() == {"claims": [], "history": []}
    assert as_nobody("get", f"{ROOT}/claims?{key}&workshop=other").status_code == 404
    assert as_nobody("post", f"{ROOT}/claims/{claim.workspace_public_id}/release?{key}").status_code == 404
    settings.WORKSHOP_GROUP = ""
    assert as_nobody("get", f"{ROOT}/claims?{key}").status_code == 404


def test_leaders_have_their_own_and_staff_all(
    workshop: Workshop, lena: User, root: User, alice: User, charlie: User
) -> None:
    claim = take(workshop)
    path = f"{ROOT}/claims/{claim.workspace_public_id}/release"
    leader = User.objects.create_user("leo@example.org", "leo", is_staff=True)
    leader.groups.set(lena.groups.all())
    assert caller(leader)("get", f"{ROOT}/claims").json() == {"claims": [], "history": []}
    assert caller(leader)("get", f"{ROOT}/claims?workshop=python").status_code == 404
    assert caller(leader)("post", path).status_code == 404
    assert caller(charlie)("get", f"{ROOT}/claims").status_code == 403
    for user in (lena, root):
        assert len(caller(user)("get", f"{ROOT}/claims").json()["claims"]) == 1
    assert caller(lena)("post", path).status_code == 200
    assert caller(root)("get", f"{ROOT}/claims?workshop=python").json()["history"]


def test_a_guest_sees_nobody(workshop: Workshop) -> None:
    claim = take(workshop)
    assert claim.guest
    client = Client()
    client.force_login(claim.guest)
    assert client.get(f"{ROOT}/claims").status_code == 403


def test_the_access_code_is_asked_for(workshop: Workshop, as_nobody: Call) -> None:
    from workspaces.sealing import seal

    Workshop.objects.update(access_code_sealed=seal("whale"))
    refused = as_nobody("post", f"{ROOT}/claim", MAX)
    assert (refused.status_code, refused.json()["code"]) == (403, "ACCESS_CODE")
    assert as_nobody("post", f"{ROOT}/claim", MAX | {"code": "Whale"}).status_code == 200
