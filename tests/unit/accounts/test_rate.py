"""Limits hold over threads, forget in time, and know nobody by name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import RateWindow
from accounts.rate import client_of, rate_limit, rate_prune, rate_refund
from spaces_site.errors import TooMany
from tests.unit.accounts.racing import race

WINDOW = timedelta(minutes=15)


def hit(who: str = "alice@example.org", limit: int = 3, bucket: str = "send") -> None:
    rate_limit(bucket, who, limit=limit, window=WINDOW)


def test_as_many_as_the_limit_pass_and_the_next_is_told_how_long_to_wait(db: None) -> None:
    for _ in range(3):
        hit()
    with pytest.raises(TooMany) as caught:
        hit()
    assert 890 <= (caught.value.retry_after or 0) <= 900
    assert caught.value.code == "RATE_LIMITED"


def test_others_and_other_buckets_are_not_limited(db: None) -> None:
    for _ in range(3):
        hit()
    hit("bob@example.org")
    hit(bucket="try")


def test_a_window_that_is_over_begins_anew(db: None) -> None:
    for _ in range(3):
        hit()
    RateWindow.objects.update(started_at=timezone.now() - WINDOW - timedelta(seconds=1))
    hit()
    assert RateWindow.objects.get().count == 1


def test_who_is_limited_is_stored_as_a_hash(db: None) -> None:
    hit()
    assert "alice" not in RateWindow.objects.get().bucket


def test_a_client_with_ipv6_is_its_whole_network() -> None:
    assert client_of("2001:db8:1:2:aaaa::1") == client_of("2001:db8:1:2:bbbb::9")
    assert client_of("2001:db8:1:2::1") != client_of("2001:db8:1:3::1")
    assert client_of("192.0.2.1") != client_of("192.0.2.2")
    assert client_of(None) == "unknown"


def test_pruning_forgets_only_windows_that_are_over(db: None) -> None:
    hit()
    hit("bob@example.org")
    RateWindow.objects.filter(pk=RateWindow.objects.first().pk).update(started_at=timezone.now() - timedelta(days=2))
    assert rate_prune() == 1
    assert RateWindow.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_thirty_threads_at_once_pass_exactly_as_often_as_the_limit_says() -> None:
    results = race(30, lambda _: hit(limit=7))
    assert results.count(None) == 7
    assert all(isinstance(result, TooMany) for result in results if result is not None)


@pytest.mark.django_db(transaction=True)
def test_thirty_threads_begin_one_new_window_together() -> None:
    hit()
    RateWindow.objects.update(started_at=timezone.now() - WINDOW, count=3)
    assert race(30, lambda _: hit(limit=7)).count(None) == 7


def test_a_try_that_was_right_is_given_back(db: None) -> None:
    for _ in range(10):
        hit()
        rate_refund("send", "alice@example.org")
    rate_refund("send", "nobody@example.org")
    for _ in range(3):
        hit()
    with pytest.raises(TooMany):
        hit()
