import numpy as np
import pytest

from cleanplate import InputError
from cleanplate.transforms.forms import Transform


@pytest.mark.parametrize(
    ("shape", "kind"), [((4, 4, 3, 3), "affine-grid"), ((4, 4, 3, 4), "bilateral-grid"), ((33,), "curves"), ((1, 3), "curves"),
                        ((9, 9, 3), "lut"), ((1, 9, 9, 3), "lut")]
)  # fmt: skip
def test_a_transform_of_another_shape_than_its_form_is_refused(shape: tuple[int, ...], kind: str) -> None:
    with pytest.raises(InputError, match=kind):
        Transform(np.zeros(shape, np.float32), kind)  # type: ignore[arg-type]


def test_a_transform_that_is_not_finite_is_refused() -> None:
    with pytest.raises(InputError, match="finite"):
        Transform(np.full((1, 1, 3, 4), np.nan, np.float32))
