"""Which workspace a Host header names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.gateway.hosts import Elsewhere, Named, Target, host_label, host_place, is_name, label_target

ID = "abcdefghijkl"
APP, WEB = Target(ID, None, ID), Target(ID, 3000, f"{ID}-3000")


@pytest.mark.parametrize(
    ("host", "place"),
    [
        (f"{ID}.localhost:8000", APP),
        (f"{ID}.localhost", APP),
        (f"{ID}.LOCALHOST:8000", APP),
        (f"{ID.upper()}.localhost", APP),
        (f"{ID}.localhost.", APP),
        (f"{ID}.localhost.:8000", APP),
        (f"{ID}-3000.localhost:8000", WEB),
        (f"{ID}-1.localhost", Target(ID, 1, f"{ID}-1")),
        (f"{ID}-65535.localhost", Target(ID, 65535, f"{ID}-65535")),
        (f"{ID}-0.localhost", Elsewhere.NOTHING),
        (f"{ID}-65536.localhost", Elsewhere.NOTHING),
        (f"{ID}-08080.localhost", Elsewhere.NOTHING),
        (f"{ID}-99999999999.localhost", Elsewhere.NOTHING),
        (f"{ID}-80-81.localhost", Named(f"{ID}-80-81")),
        (f"{ID}-.localhost", Elsewhere.NOTHING),
        (f"{ID}-٣.localhost", Elsewhere.PLATFORM),
        (f"a.{ID}.localhost", Elsewhere.NOTHING),
        (f"{ID}m.localhost", Named(f"{ID}m")),
        ("my-app.LOCALHOST:8000", Named("my-app")),
        ("a.my-app.localhost", Elsewhere.NOTHING),
        ("my_app.localhost", Elsewhere.NOTHING),
        ("ab.localhost", Elsewhere.NOTHING),
        ("my-app-.localhost", Elsewhere.NOTHING),
        (f"{'a' * 33}.localhost", Elsewhere.NOTHING),
        ("xn--bcher-kva.localhost", Elsewhere.NOTHING),
        ("1bcdefghijkl.localhost", Elsewhere.NOTHING),
        ("www.localhost", Elsewhere.NOTHING),
        ("localhost", Elsewhere.PLATFORM),
        ("localhost:8000", Elsewhere.PLATFORM),
        ("127.0.0.1:8000", Elsewhere.PLATFORM),
        ("[::1]:8000", Elsewhere.PLATFORM),
        (f"{ID}.evillocalhost", Elsewhere.PLATFORM),
        (f"{ID}.localhost.evil.example", Elsewhere.PLATFORM),
        (f"{ID}.localhost:8000@evil.example", Elsewhere.PLATFORM),
        (f"{ID}.localhost:port", Elsewhere.PLATFORM),
        ("", Elsewhere.PLATFORM),
        (".localhost", Elsewhere.NOTHING),
    ],
)
def test_a_host_names_a_workspace_nothing_or_the_platform(host: str, place: object) -> None:
    assert host_place(host, "localhost") == place


@given(st.text(max_size=80))
def test_no_host_breaks_it(host: str) -> None:
    host_place(host, "localhost")
    host_place(f"{host}.localhost", "localhost")


@given(st.from_regex(r"[a-z][a-z0-9]{11}", fullmatch=True), st.none() | st.integers(1, 65535))
def test_every_label_comes_back(public_id: str, port: int | None) -> None:
    place = host_place(f"{host_label(public_id, port)}.spaces.example.org:8443", "spaces.example.org")
    assert place == Target(public_id, port, host_label(public_id, port))


@given(st.integers(min_value=65536) | st.just(0))
def test_no_number_beyond_the_ports_is_one(port: int) -> None:
    assert host_place(f"{ID}-{port}.localhost", "localhost") is Elsewhere.NOTHING


@given(st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True))
def test_no_label_is_both_a_name_and_a_workspace(label: str) -> None:
    assert not (is_name(label) and label_target(label))


@given(st.from_regex(r"[a-z][a-z0-9]{11}(-[0-9]{1,6})?", fullmatch=True))
def test_what_looks_like_a_workspace_is_never_a_name(label: str) -> None:
    assert not is_name(label)
