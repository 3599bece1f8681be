"""Thirty who look cost no more than one, and nobody gets a picture larger than is sold."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest


@dataclass
class Image:
    """As much of Pillow's as is used; `made` are the sizes that were saved."""

    width: int
    height: int
    made: list[tuple[int, int]] = field(default_factory=list)

    def convert(self, _mode: str) -> Image:
        return self

    def resize(self, size: tuple[int, int], reducing_gap: float) -> Image:
        return Image(*size, self.made)

    def save(self, out: Any, _kind: str, quality: int) -> None:
        self.made.append((self.width, self.height))
        out.write(b"JPEG %d" % self.width)


class Screen:
    def __init__(self) -> None:
        self.now, self.grabs, self.image = 100.0, 0, Image(1280, 800)

    def grab(self) -> Image:
        self.grabs += 1
        return self.image


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def pictures(inside: SimpleNamespace, screen: Screen) -> Any:
    return inside.pictures.Pictures(screen.grab, clock=lambda: screen.now)


def test_many_who_ask_within_two_seconds_cost_one_picture(pictures: Any, screen: Screen) -> None:
    assert {pictures.picture(320) for _ in range(1000)} == {b"JPEG 320"}
    assert screen.grabs == 1 and screen.image.made == [(320, 200)]


def test_a_picture_is_made_anew_after_two_seconds(pictures: Any, screen: Screen) -> None:
    pictures.picture(320)
    screen.now += 2.0
    pictures.picture(320)
    assert screen.grabs == 2


def test_two_widths_are_of_one_moment(pictures: Any, screen: Screen) -> None:
    assert (pictures.picture(320), pictures.picture(640)) == (b"JPEG 320", b"JPEG 640")
    assert screen.grabs == 1


def test_a_picture_is_never_larger_than_the_screen(pictures: Any, screen: Screen) -> None:
    screen.image = Image(640, 400)
    assert pictures.picture(1280) == b"JPEG 640"


def test_what_failed_is_tried_again(inside: SimpleNamespace, screen: Screen) -> None:
    answers = [OSError("no screen"), screen.image]

    def grab() -> Image:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    pictures = inside.pictures.Pictures(grab)
    with pytest.raises(OSError):
        pictures.picture(320)
    assert pictures.picture(320) == b"JPEG 320"


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 320), ("320", 320), ("321", 400), ("1", 80), ("0", 80), ("-5", 80), ("1280", 1280), ("99999", 1280)],
)
def test_widths_are_kept_within_what_is_sold(inside: SimpleNamespace, text: str, width: int) -> None:
    assert inside.pictures.width_of(text) == width


def test_a_width_that_is_no_number_is_refused(inside: SimpleNamespace) -> None:
    with pytest.raises(ValueError):
        inside.pictures.width_of("wide")


def test_all_widths_there_are_make_few_pictures(inside: SimpleNamespace, pictures: Any, screen: Screen) -> None:
    for width in range(0, 2000):
        pictures.picture(inside.pictures.width_of(str(width)))
    assert len(screen.image.made) == 16
