import dataclasses

import pytest

from cleanplate import InputError, Placement, Settings

BAD = [
    lambda: Placement(height=0),
    lambda: Placement(fit="tight"),
    lambda: Settings(keep="nobody"),
    lambda: Settings(wrap=1.5),
    lambda: Settings(shadow=-0.1),
    lambda: Settings(light=361),
    lambda: Settings(light=float("nan")),
    lambda: Settings(defocus=10.5), lambda: Settings(aperture=50.5), lambda: Settings(aperture=-1),
    lambda: Settings(grain=-0.1),
    lambda: Settings(soften=2),
    lambda: Settings(clean_hair=-0.1),
    lambda: Settings(clean_hair=float("nan")),
    lambda: Placement(height=float("nan")),
    lambda: Placement(x=11),
    lambda: Settings(strength=1.6),
    lambda: Settings(strength=float("nan")),
    lambda: Placement(y=-10.5),
    lambda: Settings(strength=-0.1),
    lambda: Settings(defocus=-1),
    lambda: Settings(light=-361),
    lambda: Settings(exposure=3.1),
    lambda: Settings(exposure=-3.1),
    lambda: Settings(warmth=1.1),
    lambda: Settings(warmth=float("nan")),
    lambda: Settings(edge=-1.1),
]


@pytest.mark.parametrize("make", BAD)
def test_what_cannot_be_asked_for_is_refused_in_one_sentence(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError) as caught:
        make()
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_the_ends_of_every_number_may_be_asked_for() -> None:
    assert Placement(height=10, x=-10, y=10).height == 10
    assert Settings(strength=1.5, wrap=1, shadow=0, light=360, defocus=10, grain=1, soften=1, clean_hair=1).defocus == 10
    assert Settings(strength=0, light=-360).strength == 0
    assert Settings(exposure=3, warmth=-1, edge=1).edge == 1
    assert Settings(exposure=-3, warmth=1, edge=-1).edge == -1


@pytest.mark.parametrize("kind", [Placement, Settings])
def test_every_field_has_words_of_its_own(kind: type) -> None:
    said = [each.metadata["words"] for each in dataclasses.fields(kind)]
    assert len(set(said)) == len(said)
    assert all(each.endswith(".") for each in said)


def test_the_number_given_and_its_bounds_are_named() -> None:
    with pytest.raises(InputError, match=r"`strength` lies between 0 and 1\.5; 2 was given"):
        Settings(strength=2)
    with pytest.raises(InputError, match="`height` is a fraction of the plate above 0 and at most 10; 0 was given"):
        Placement(height=0)
