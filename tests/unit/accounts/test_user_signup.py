"""Signing up with the code that was sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import AuditEvent, EmailCode, User
from accounts.services import code_send, user_login, user_signup
from spaces_site.errors import Conflict, Invalid, SpacesError
from tests.unit.accounts.racing import race

EMAIL = "dora@example.org"
LastCode = Callable[[], str]
BAD_NAME = "Username must be 3 to 30 letters, digits, hyphens or underscores"


@pytest.fixture
def code(visitor: Actor, last_code: LastCode, db: None) -> str:
    code_send(visitor, EMAIL)
    return last_code()


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def refusal(visitor: Actor, **fields: str) -> SpacesError:
    with pytest.raises(SpacesError) as caught:
        user_signup(visitor, **({"email": EMAIL, "username": "dora", "code": "000000"} | fields))
    return caught.value


def test_signing_up_makes_the_account_and_writes_it_down(visitor: Actor, code: str) -> None:
    user = user_signup(visitor, email=EMAIL, username="dora", code=code)
    assert (user.email, user.username, user.is_staff, user.has_usable_password()) == (EMAIL, "dora", False, False)
    event = AuditEvent.objects.get(action="user.sign_up")
    assert (event.actor, event.address) == (user, visitor.address)


def test_the_code_works_with_blanks_in_it_as_mail_programs_show_it(visitor: Actor, code: str) -> None:
    assert user_signup(visitor, email=f" {EMAIL.upper()} ", username="dora", code=f" {code[:3]} {code[3:]} ")


def test_a_code_works_once(visitor: Actor, code: str) -> None:
    user_signup(visitor, email=EMAIL, username="dora", code=code)
    assert refusal(visitor, code=code).code == "CODE_INVALID"


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"email": ""}, "EMAIL_REQUIRED", "Email is required"),
        ({"email": "dora"}, "EMAIL_INVALID", "Invalid email format"),
        ({"code": " "}, "CODE_REQUIRED", "Verification code is required"),
        ({"username": ""}, "USERNAME_REQUIRED", "Username is required"),
        ({"username": "do"}, "USERNAME_INVALID", BAD_NAME),
        ({"username": "d" * 31}, "USERNAME_INVALID", BAD_NAME),
        ({"username": "do ra"}, "USERNAME_INVALID", BAD_NAME),
        ({"username": "dörà"}, "USERNAME_INVALID", BAD_NAME),
        ({}, "CODE_INVALID", "Invalid or expired verification code"),
    ],
)
def test_what_makes_no_sense_is_refused(
    visitor: Actor, fields: dict[str, str], code: str, message: str, db: None
) -> None:
    error = refusal(visitor, **fields)
    assert isinstance(error, Invalid)
    assert (error.code, error.message) == (code, message)


def test_the_right_code_fails_after_five_wrong_ones(visitor: Actor, code: str) -> None:
    for _ in range(5):
        assert refusal(visitor, code=wrong(code)).code == "CODE_INVALID"
    assert refusal(visitor, code=code).code == "CODE_INVALID"


def test_the_right_code_works_after_four_wrong_ones(visitor: Actor, code: str) -> None:
    for _ in range(4):
        refusal(visitor, code=wrong(code))
    assert user_signup(visitor, email=EMAIL, username="dora", code=code)


def test_a_code_ends_after_five_minutes(visitor: Actor, code: str) -> None:
    EmailCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert refusal(visitor, code=code).code == "CODE_INVALID"


def test_the_code_of_another_address_is_no_good(visitor: Actor, code: str) -> None:
    code_send(visitor, "emil@example.org")
    assert refusal(visitor, email="emil@example.org", code=code).code == "CODE_INVALID"


def test_only_the_newest_code_counts(visitor: Actor, code: str, last_code: LastCode) -> None:
    while (code_send(visitor, EMAIL), last_code())[1] == code:  # one in a million
        pass
    assert refusal(visitor, code=code).code == "CODE_INVALID"


def test_who_does_not_know_the_code_does_not_learn_that_an_address_is_registered(visitor: Actor, alice: User) -> None:
    code_send(visitor, alice.email)
    assert refusal(visitor, email=alice.email).code == refusal(visitor).code == "CODE_INVALID"


def test_who_knows_the_code_learns_it_and_can_sign_in_with_it(visitor: Actor, alice: User, last_code: LastCode) -> None:
    code_send(visitor, alice.email)
    error = refusal(visitor, email=alice.email, code=last_code())
    assert isinstance(error, Conflict)
    assert (error.code, error.message) == ("EMAIL_TAKEN", "Email already registered")
    assert user_login(visitor, email=alice.email, code=last_code()) == alice


def test_a_taken_name_in_whatever_case_leaves_the_code_for_other_names(visitor: Actor, alice: User, code: str) -> None:
    for _ in range(6):
        error = refusal(visitor, username="ALICE", code=code)
        assert (error.code, error.message) == ("USERNAME_TAKEN", "Username already taken")
    assert user_signup(visitor, email=EMAIL, username="dora", code=code)


def test_a_refusal_is_written_down_with_its_address(visitor: Actor, code: str) -> None:
    refusal(visitor, code=wrong(code))
    event = AuditEvent.objects.get(action="user.sign_in_refused")
    assert (event.meta, event.address) == ({"email": EMAIL, "reason": "code"}, visitor.address)


@pytest.mark.django_db(transaction=True)
def test_of_twenty_with_one_code_one_gets_an_account(visitor: Actor, last_code: LastCode) -> None:
    code_send(visitor, EMAIL)
    code = last_code()
    results = race(20, lambda n: user_signup(visitor, email=EMAIL, username=f"dora{n}", code=code))
    assert sum(isinstance(result, User) for result in results) == 1
    assert {result.code for result in results if not isinstance(result, User)} <= {"CODE_INVALID", "EMAIL_TAKEN"}
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_ten_with_one_name_one_gets_it_and_the_others_keep_their_codes(visitor: Actor) -> None:
    codes = []
    for number in range(10):
        code_send(visitor, f"seat{number}@example.org")
        codes.append(mail.outbox[-1].code)  # type: ignore[attr-defined]
    results = race(10, lambda n: user_signup(visitor, email=f"seat{n}@example.org", username="dora", code=codes[n]))
    assert sum(isinstance(result, User) for result in results) == 1
    assert [result.code for result in results if not isinstance(result, User)] == ["USERNAME_TAKEN"] * 9
    loser = next(n for n, result in enumerate(results) if not isinstance(result, User))
    assert user_signup(visitor, email=f"seat{loser}@example.org", username="other", code=codes[loser])


@pytest.mark.django_db(transaction=True)
def test_fifty_wrong_tries_at_once_count_as_five(visitor: Actor, last_code: LastCode) -> None:
    code_send(visitor, EMAIL)
    bad = wrong(last_code())
    race(50, lambda n: user_signup(visitor, email=EMAIL, username=f"dora{n}", code=bad))
    assert EmailCode.objects.get().tries == 5
