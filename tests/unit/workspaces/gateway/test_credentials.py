"""What must not reach a container, or come from one."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.workspaces.gateway.conftest import visit_of
from workspaces.gateway.credentials import (
    Names,
    cookie_names,
    cookie_split,
    query_without_tokens,
    set_cookie_cleaned,
    token_in,
)
from workspaces.gateway.hosts import Target
from workspaces.gateway.visit import BadRequest, visit_read

TOKEN = "sp_abc-DEF_123"


def basic(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.fixture
def names() -> Names:
    return cookie_names()


@pytest.mark.parametrize(
    ("header", "kept", "keys"),
    [
        ("spaces_gate=k", "", ("k",)),
        ("a=1; spaces_gate=k; b=2", "a=1; b=2", ("k",)),
        ("spaces_gate=k;spaces_gate=j", "", ("k", "j")),
        ("spaces_session=s; auth_token=t; spaces_csrf=c; messages=m; django_language=de; x=y", "x=y", ()),
        ("AUTH_TOKEN=t; Spaces_Session=s", "", ()),
        (" auth_token =t;x = y", "x = y", ()),
        ("__Host-spaces=k", "", ()),
        ('q="a=b"; p=a=b; flag', 'q="a=b"; p=a=b; flag', ()),
        ("xspaces_gate=1; spaces_gatex=2", "xspaces_gate=1; spaces_gatex=2", ()),
        ("", "", ()),
    ],
)
def test_our_cookies_are_taken_out_and_all_others_stay(
    names: Names, header: str, kept: str, keys: tuple[str, ...]
) -> None:
    assert cookie_split(header, names) == (kept, keys)


@given(st.lists(st.sampled_from(["spaces_session", "spaces_gate", "auth_token", "a", " ", "=", ";", "x=1", "\t"])))
def test_no_arrangement_lets_a_cookie_of_ours_through(parts: list[str]) -> None:
    kept, _ = cookie_split("".join(parts), cookie_names())
    left = {part.partition("=")[0].strip().lower() for part in kept.split(";")}
    assert not left & cookie_names().own


@pytest.mark.parametrize(
    ("value", "token"),
    [
        (TOKEN, TOKEN),
        (f"Bearer {TOKEN}", TOKEN),
        (f"bearer   {TOKEN} ", TOKEN),
        (f"Token {TOKEN}", TOKEN),
        (basic(f"{TOKEN}:"), TOKEN),
        (basic(f"alice:{TOKEN}"), TOKEN),
        (basic(f"{TOKEN}:x"), TOKEN),
        ("Bearer eyJhbGciOi", ""),
        (basic("alice:secret"), ""),
        ("Basic ***", ""),
        ("Basic", ""),
        ("Digest username=sp_x", ""),
        ("", ""),
    ],
)
def test_our_token_is_found_in_every_form_and_no_other_is(value: str, token: str) -> None:
    assert token_in(value) == token


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        (f"key={TOKEN}", ""),
        (f"a=1&ticket={TOKEN}&b=2", "a=1&b=2"),
        (f"%6Bey=%73p_{TOKEN}", ""),
        ("key=other&ticket=1", "key=other&ticket=1"),
        ("a=%2F+%20&&b", "a=%2F+%20&&b"),
        ("", ""),
    ],
)
def test_a_query_loses_our_tokens_and_nothing_else(query: str, kept: str) -> None:
    assert query_without_tokens(query) == kept


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        (b"a=1; Path=/; HttpOnly", b"a=1; Path=/; HttpOnly"),
        (b"a=1; Domain=localhost; Path=/", b"a=1; Path=/"),
        (b"a=1;domain = .localhost;Secure", b"a=1;Secure"),
        (b"a=domain=x", b"a=domain=x"),
        (b"spaces_session=evil; Path=/", None),
        (b" SPACES_GATE =evil", None),
        (b"__Host-spaces=evil; Secure; Path=/", None),
        (b"auth_token=evil; Domain=localhost", None),
    ],
)
def test_a_container_sets_cookies_for_its_own_host_and_none_of_ours(names: Names, value: bytes, cleaned: bytes) -> None:
    assert set_cookie_cleaned(value, names) == cleaned


def test_a_container_sees_its_own_headers_and_ours_about_the_client() -> None:
    visit = visit_of(
        cookie="a=1; spaces_gate=k", authorization=f"Bearer {TOKEN}", x_forwarded_for="10.0.0.1", x_real_ip="10.0.0.1",
        x_spaces_owner="root", x_admin_password="x", forwarded="for=10.0.0.1", te="trailers", connection="close, x-hop",
        x_hop="1", x_api_key=TOKEN, user_agent="test", x_own="2",
    )  # fmt: skip
    assert sorted(visit.headers) == [
        ("cookie", "a=1"),
        ("host", "abcdefghijkl.localhost:8000"),
        ("user-agent", "test"),
        ("x-forwarded-for", "192.0.2.7"),
        ("x-forwarded-host", "abcdefghijkl.localhost:8000"),
        ("x-forwarded-proto", "http"),
        ("x-own", "2"),
    ]
    assert (visit.token, visit.cookie_keys, visit.next_path) == (TOKEN, ("k",), "/a/b%2Fc?x=1")


def test_an_apps_own_authorization_passes() -> None:
    assert ("authorization", "Bearer eyJhbGciOi") in visit_of(authorization="Bearer eyJhbGciOi").headers


def test_connection_cannot_name_away_what_we_say_about_the_client() -> None:
    assert ("x-forwarded-for", "192.0.2.7") in visit_of(connection="x-forwarded-for, host").headers


def test_two_hosts_are_refused() -> None:
    scope = {"raw_path": b"/", "query_string": b"", "headers": [(b"host", b"a.localhost"), (b"host", b"b.localhost")]}
    with pytest.raises(BadRequest):
        visit_read(scope, Target("abcdefghijkl", None, "abcdefghijkl"))


def test_too_many_headers_are_refused() -> None:
    with pytest.raises(BadRequest):
        visit_of(**{f"x-{number}": "1" for number in range(300)})
