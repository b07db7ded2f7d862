"""A drawn case of edges, for the tests of what measures and reports them."""

import numpy as np
from drawn import scene, silhouette

from cleanplate.pixels import over
from cleanplate.pixels.color import to_uint8
from cleanplate.training.measure import boundaries
from cleanplate.training.samples import portraits

SIZE = (96, 80)


def case(kind: str = "modnet-512") -> boundaries.Case:
    """A drawn case: a person of one color, an alpha that is a pixel off."""
    person = portraits.Portrait(np.full((*SIZE, 3), (0.8, 0.4, 0.3), np.float32), silhouette(SIZE))
    old, new = scene(1, SIZE), scene(2, SIZE)
    source, target = (over.over(*person, behind) for behind in (old, new))
    return boundaries.Case("portraits_x/a", kind, source, np.roll(person.alpha, 1, 0), new, person, old, to_uint8(target))
