"""api: the public names, and the names that are typed."""

import inspect
from typing import get_args

import cleanplate
from cleanplate import settings
from cleanplate.cli.choices import Kept, PlacingFit, Weighting
from cleanplate.cli.video import Effort
from cleanplate.film import quality
from cleanplate.models import devices


def test_every_public_name_is_there_and_documented():
    for name in cleanplate.__all__:
        assert inspect.getdoc(getattr(cleanplate, name)), name
    assert {"Transform", "Box", "Summary", "Progress", "open_video", "matte"} <= set(cleanplate.__all__)


def test_the_names_that_are_typed_are_the_names_there_are():
    assert set(get_args(devices.DeviceName)) == {each.value for each in devices.Device}
    assert set(get_args(quality.Quality)) == set(quality.QUALITIES) == {each.value for each in Effort}
    assert {*settings.FITS} == {each.value for each in PlacingFit}
    assert {*settings.KEPT} == {each.value for each in Kept}
    assert set(get_args(settings.WeightSet)) == set(settings.WEIGHTS) == {each.value for each in Weighting}
