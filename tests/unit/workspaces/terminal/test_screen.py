"""What is kept of a terminal's output, and what a fresh terminal is given of it."""

from __future__ import annotations

import pytest

from workspaces.inside.screen import KEPT_BYTES, Screen, without_questions

AT_FIRST = b"\x1b[?7h\x1b[?25h\x1b>"


def fed(*pieces: bytes) -> Screen:
    screen = Screen()
    for piece in pieces:
        screen.feed(piece)
    return screen


def test_a_fresh_terminal_is_given_all_that_was_printed() -> None:
    assert fed(b"one\r\n", "zwei – ünï\r\n".encode()).replay() == b"\x1bcone\r\n" + "zwei – ünï\r\n".encode() + AT_FIRST


def test_of_much_output_the_end_is_kept_from_a_beginning_of_a_line_on() -> None:
    screen = Screen()
    for number in range(200_000):
        screen.feed(b"%06d\r\n" % number)
    content = screen.replay().removeprefix(b"\x1bc").removesuffix(AT_FIRST)
    lines = content.split(b"\r\n")
    assert content.endswith(b"199999\r\n")
    assert {len(line) for line in lines[:-1]} == {6}
    assert KEPT_BYTES - 4096 < len(content) <= KEPT_BYTES


def test_memory_is_bounded_however_much_is_printed_at_once() -> None:
    screen = fed(*[b"x" * 64 * 1024] * 100)
    assert len(screen.replay()) < KEPT_BYTES + 1024


@pytest.mark.parametrize(
    ("printed", "ends_with"),
    [
        (b"\x1b[?2004h$ ", b"\x1b[?2004h\x1b>"),
        (b"\x1b[?2004h$ \x1b[?2004l", b"\x1b[?2004l\x1b>"),
        (b"\x1b[?25l", b"\x1b[?25l\x1b>"),
        (b"\x1b[?1000;1006h", b"\x1b[?1000h\x1b[?1006h\x1b>"),
        (b"\x1b=\x1b[?1h", b"\x1b[?1h\x1b[?7h\x1b[?25h\x1b="),
        (b"\x1b[?1h\x1b[?1000h\x1b[!p", b"\x1b[?7h\x1b[?25h\x1b[?1000h\x1b>"),
        (b"\x1b[?1000h\x1b[?25l\x1bc", b"\x1bc\x1b[?7h\x1b[?25h\x1b>"),
    ],
)
def test_the_modes_that_a_program_set_are_set_again(printed: bytes, ends_with: bytes) -> None:
    assert fed(printed).replay().endswith(ends_with)


@pytest.mark.parametrize("cut", range(1, 10))
def test_a_sequence_may_come_in_pieces(cut: int) -> None:
    printed = b"\x1b[?1049hX"
    screen = fed(b"before", printed[:cut], printed[cut:])
    assert screen.replay() == b"\x1bcbefore\x1b[?1049h\x1b[HX" + AT_FIRST


def test_what_is_only_begun_comes_last_so_that_its_rest_fits_to_it() -> None:
    screen = fed(b"text\x1b[3")
    assert screen.replay().endswith(AT_FIRST + b"\x1b[3")
    screen.feed(b"1mred")
    assert b"text\x1b[31mred" in screen.replay()


def test_after_a_full_screen_program_the_screen_before_it_is_there_again() -> None:
    screen = fed(b"$ vim\r\n", b"\x1b[?1049h", b"~\r\n" * 100_000, b"\x1b[?1049l", b"$ ")
    assert screen.replay() == b"\x1bc$ vim\r\n$ " + AT_FIRST


def test_a_full_screen_program_is_seen_as_it_drew_itself() -> None:
    screen = fed(b"$ vim\r\n\x1b[?1049h\x1b[2Jthe file")
    assert not screen.needs_redraw
    assert screen.replay() == b"\x1bc$ vim\r\n\x1b[?1049h\x1b[H\x1b[2Jthe file" + AT_FIRST


def test_a_full_screen_program_that_drew_more_than_is_kept_draws_anew() -> None:
    screen = fed(b"$ top\r\n\x1b[?1049h", *[b"\x1b[Hload 1.00\r\n" * 100] * 400)
    assert screen.needs_redraw
    assert screen.replay() == b"\x1bc$ top\r\n\x1b[?1049h\x1b[H" + AT_FIRST


@pytest.mark.parametrize(
    "question",
    [
        b"\x1b[c", b"\x1b[>c", b"\x1b[=0c", b"\x1b[6n", b"\x1b[?6n", b"\x1b[5n", b"\x1b[?2026$p", b"\x1b[>0q",
        b"\x1b[18t", b"\x1b[?u", b"\x1b]10;?\x07", b"\x1b]11;?\x1b\\", b"\x1b]4;1;?\x07", b"\x1bP$qm\x1b\\",
        b"\x1bP+q544e\x1b\\", b"\x1b]52;c;aGk=\x07", b"\x05",
    ],
)  # fmt: skip
def test_nothing_is_asked_twice(question: bytes) -> None:
    assert without_questions(b"a" + question + b"b") == b"ab"
    assert question not in fed(b"a" + question + b"b").replay()


@pytest.mark.parametrize(
    "said",
    [b"\x1b[0 q", b"\x1b[31m", b"\x1b]0;title\x07", b"\x1b[2J", b"\x1b[8;24;80t", b"\x1b[?25h", b"\x1b]8;;u\x07"],
)
def test_what_only_says_something_stays(said: bytes) -> None:
    assert without_questions(said) == said
