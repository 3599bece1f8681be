"""Times and sizes as people say them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from spaces_site.templatetags.ui import ago, cores, memory, moment, took


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=61), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=31), "1 month ago"),
        (timedelta(days=362), "1 year ago"),
        (timedelta(days=800), "2 years ago"),
    ],
)
def test_how_long_ago(past: timedelta, words: str) -> None:
    with translation.override("en"):
        assert f">{words}</time>" in ago(timezone.now() - past)


def test_nothing_is_said_about_a_time_that_is_not() -> None:
    assert (ago(None), moment(None), took(None)) == ("", "", "")


@pytest.mark.parametrize(
    ("mib", "words"), [(64, "64 MB"), (512, "512 MB"), (1024, "1 GB"), (1536, "1.5 GB"), (8192, "8 GB")]
)
def test_memory(mib: int, words: str) -> None:
    with translation.override("en"):
        assert memory(mib) == words


@pytest.mark.parametrize(("cpus", "words"), [(0.5, "0.5 cores"), (1.0, "1 core"), (2, "2 cores"), (2.5, "2.5 cores")])
def test_cores(cpus: float, words: str) -> None:
    with translation.override("en"):
        assert cores(cpus) == words


@pytest.mark.parametrize(("seconds", "words"), [(0.44, "0.4 s"), (12.3, "12 s"), (119, "119 s"), (180, "3 min")])
def test_how_long_it_took(seconds: float, words: str) -> None:
    with translation.override("en"):
        assert took(timedelta(seconds=seconds)) == words
