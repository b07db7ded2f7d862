"""cutouts: whether a photo's own alpha says who is in it."""

import numpy as np

from cleanplate.stages import cutouts, framing


def test_an_alpha_as_low_as_can_be_seen_cuts_nobody_out_and_a_lower_one_does() -> None:
    alpha = np.full((10, 10), framing.SEEN, np.float32)
    assert not cutouts.cuts_out(alpha)
    alpha[0, 0] = np.nextafter(np.float32(framing.SEEN), np.float32(0))
    assert cutouts.cuts_out(alpha)
