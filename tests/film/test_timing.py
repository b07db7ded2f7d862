"""timing: a frame's time goes with it, and one film is shown in the time of another."""

from cleanplate.film.timing import Timed, beside, counted, looped


def test_a_held_last_picture_is_shown_on_and_on():
    shown = [Timed(0.0, "a"), Timed(1.0, "b")]
    for hold, wanted in ((True, "abbb"), (False, "ab")):
        leading = [Timed(float(second), None) for second in (0, 1, 2, 9)]
        assert "".join(item for _, item in beside(leading, iter(shown), hold=hold)) == wanted


def test_a_film_of_nothing_is_not_looped_forever():
    assert list(looped(lambda: iter(()))) == []


def test_each_frame_keeps_its_own_time_whatever_is_made_of_it_and_shown_beside_it():
    leading = [Timed(0.0, "a", 10, 3), Timed(0.3, "b", 13, 4)]
    (first, one), (second, other) = beside((each.of(each.item.upper()) for each in leading), counted([1, 2, 3, 4], 10.0))
    assert (first, one) == (Timed(0.0, "A", 10, 3), 1)
    assert (second, other) == (Timed(0.3, "B", 13, 4), 4)


def test_the_time_of_the_other_film_may_be_another():
    leading = [Timed(float(second), None) for second in range(4)]
    shown = beside(leading, counted("abcdefg", 1.0), lambda second: 2 * second, hold=True)
    assert "".join(item for _, item in shown) == "aceg"
