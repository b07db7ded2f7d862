"""What decoding makes of odd packets and frames, drawn here, since encoders that write such are hard to come by."""

from fractions import Fraction
from types import SimpleNamespace

import pytest

from cleanplate.errors import VideoError
from cleanplate.video.decoding import MOST_WARNINGS, Decoding, Report


def drawn(packets=(), frames=(), *, salvage=False, start=0, wanted=None, times=None) -> Decoding:
    """A decoding of 25 frames a second on a clock of 1/1000, whose packets and frames are given."""
    made = object.__new__(Decoding)
    made.name, made.salvage, made.report, made.wanted = "a.mkv", salvage, Report(), wanted
    made.base, made.packets, made.begun, made.decoding_times = Fraction(1, 1000), 0, False, times
    made.stream = SimpleNamespace(average_rate=Fraction(25), start_time=start)
    made.container = SimpleNamespace(demux=lambda stream: iter(packets))
    if frames:
        made.packets_read = lambda: iter([None])
        made.decoded = lambda packet: list(frames)
    return made


def frame(pts, dts=None, corrupt=False, interlaced=False) -> SimpleNamespace:
    return SimpleNamespace(pts=pts, dts=dts, is_corrupt=corrupt, interlaced_frame=interlaced)


def packet(pts, size=9, corrupt=False, dts=None) -> SimpleNamespace:
    return SimpleNamespace(pts=pts, dts=dts, size=size, is_corrupt=corrupt, has_sidedata=lambda kind: False)


def test_a_frame_without_a_time_takes_that_of_its_packet_or_comes_one_frame_after_the_one_before():
    found = drawn(frames=[frame(0), frame(None, 39), frame(None), frame(100), frame(None)]).frames()
    assert [each.pts for each in found] == [0, 39, 79, 100, 140]


def test_times_that_stand_or_fall_are_pushed_on_one_tick_and_said_by_the_second_before():
    decoding = drawn(frames=[frame(1000), frame(1000), frame(900), frame(1040), frame(1041)], start=1000)
    assert [each.pts for each in decoding.frames()] == [1000, 1001, 1002, 1040, 1041]
    assert ["at 0.000 s" in each or "at 0.001 s" in each for each in decoding.report.warnings] == [True, True]
    assert drawn(frames=[frame(0), frame(1)], start=0).report.warnings == []


def test_times_of_decoding_are_given_out_in_their_order_where_a_format_has_no_others():
    from collections import deque

    times = deque([0, 40, 80])
    assert [each.pts for each in drawn(frames=[frame(5), frame(3), frame(9)], times=times).frames()] == [0, 40, 80]


def test_damage_is_an_error_with_its_second_or_a_warning_and_none_before_the_part_that_is_wanted():
    with pytest.raises(VideoError, match=r"a\.mkv is damaged at 2\.50 s: fetch it again"):
        list(drawn(frames=[frame(0), frame(3500, corrupt=True)], start=1000).frames())
    decoding = drawn(frames=[frame(0), frame(40, corrupt=True), frame(80)], salvage=True)
    assert len(list(decoding.frames())) == 3
    assert decoding.report.warnings == ["a.mkv is damaged at 0.04 s; what could be decoded was used."]
    assert len(list(drawn(frames=[frame(40, corrupt=True), frame(80)], wanted=41).frames())) == 2
    with pytest.raises(VideoError, match="damaged"):
        list(drawn(frames=[frame(40, corrupt=True)], wanted=40).frames())


def test_empty_packets_are_passed_over_and_damaged_ones_are_damage():
    decoding = drawn([packet(0, dts=0), packet(40, size=0), packet(80, dts=2)], times=[])
    assert [each and each.pts for each in decoding.packets_read()] == [0, 80, None]
    assert decoding.packets == 2
    assert decoding.decoding_times == [0, 2]
    salvaged = drawn([packet(0), packet(40, corrupt=True), packet(80)], salvage=True)
    assert [each and each.pts for each in salvaged.packets_read()] == [0, 80, None]
    assert salvaged.packets == 3
    with pytest.raises(VideoError, match="encrypted"):
        list(drawn([SimpleNamespace(has_sidedata=lambda kind: kind == "encryption_info")]).packets_read())


def test_a_sentence_is_said_once_and_no_more_than_a_hundred_of_a_file():
    decoding = drawn()
    for number in range(300):
        decoding.report.say(f"sentence {number % 150}")
    assert decoding.report.warnings == [f"sentence {number}" for number in range(MOST_WARNINGS)]
