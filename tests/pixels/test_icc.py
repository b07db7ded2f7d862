"""icc: profiles made from published numbers say what others' say."""

import io

import numpy as np
import pytest
from drawn_files import P3_TO_XYZ
from PIL import ImageCms

from cleanplate.pixels import icc

# From linear RGB to XYZ under D50, B. Lindbloom's tables (Bradford-adapted).
PUBLISHED = {
    "display-p3": P3_TO_XYZ,
    "adobe-rgb": [[0.6097559, 0.2052401, 0.1492240], [0.3111242, 0.6256560, 0.0632197], [0.0194811, 0.0608902, 0.7448387]],
    "prophoto": [[0.7976749, 0.1351917, 0.0313534], [0.2880402, 0.7118741, 0.0000857], [0.0, 0.0, 0.8252100]],
}


@pytest.mark.parametrize("name", icc.SPACES)
def test_the_matrix_is_the_published_one(name: str) -> None:
    np.testing.assert_allclose(icc.to_d50(icc.SPACES[name]), PUBLISHED[name], atol=5e-4)


@pytest.mark.parametrize("name", icc.SPACES)
def test_white_is_the_white_of_profiles(name: str) -> None:
    np.testing.assert_allclose(icc.to_d50(icc.SPACES[name]).sum(1), [0.9642, 1.0, 0.8249], atol=1e-9)


@pytest.mark.parametrize("name", icc.SPACES)
def test_pillows_littlecms_reads_title_and_columns(name: str) -> None:
    opened = ImageCms.ImageCmsProfile(io.BytesIO(icc.profile(name))).profile
    assert opened.profile_description == icc.SPACES[name].title
    columns = np.array([opened.red_colorant[0], opened.green_colorant[0], opened.blue_colorant[0]]).T
    np.testing.assert_allclose(columns, icc.to_d50(icc.SPACES[name]), atol=1e-4)


def test_the_same_bytes_come_each_time_and_their_length_is_told() -> None:
    for space in icc.SPACES.values():
        made = icc.matrix_profile(space)
        assert made == icc.matrix_profile(space)
        assert int.from_bytes(made[:4], "big") == len(made)
