"""What tells a part that the matte lost from a hole, and one that it added from a limb.

The logits were fitted to hand-drawn masks; ``mending`` looks at the pictures.
"""

from typing import NamedTuple

import numpy as np

SURPLUS = 1.75  # evidence from which a region is taken away: a kept chair is a smaller fault than a lost hand
SOLID, NECK, OVER = 0.3, 0.2, 0.3  # what is less solid is hair; joined more broadly, a limb; over more of the head, a hat
ALIKE = (0.6, 0.6)  # likeness above which, and solidity below which, it is a strand, a brim or fingers
UNSEEN, JOINED = 0.2, 0.25  # alpha in the smaller picture, and share of its surroundings, below which it is nobody's, solid or not
ENOUGH = 1.0  # evidence from which a region is given back
SPOT = (0.001, 2.0, 0.5)  # share of the person below which it is a spot, maybe a gap in hair; evidence and likeness asked of it
HOLE = (0.35, 0.35, 20.0)  # less than this alpha, likeness and depth together: a hole, through which the place is seen
GREAT = (26.0, 0.08)  # depth and share of the person from which it is a head or a trunk, whatever else is known


class Region(NamedTuple):
    """A region that the matting network left out and the second one counts as the person.

    Args:
        alpha: what the matting network gave it, in the mean.
        solid: share of its surroundings of which the matting network is sure.
        depth: its deepest pixel's distance from the second network's outline, in pixels.
        own: how much its colors are the person's, 0 the background's to 1.
        share: of the person.
    """

    alpha: float
    solid: float
    depth: float
    own: float
    share: float

    @property
    def lost(self) -> bool:
        """Whether it is a part of the person, and not a hole."""
        if all(each < most for each, most in zip((self.alpha, self.own, self.depth), HOLE, strict=True)):
            return False
        if self.share < SPOT[0]:
            return self.evidence > SPOT[1] and self.own > SPOT[2]
        return self.evidence > ENOUGH or (self.depth >= GREAT[0] and self.share >= GREAT[1])

    @property
    def evidence(self) -> float:
        """For its being lost rather than a hole, in logits: fitted by logistic regression to hand-drawn masks, and rounded."""
        return 4.5 * self.alpha + 2.7 * self.solid + 0.95 * float(np.log(self.depth)) + 0.9 * self.own - 5.0

    def missed(self, seen: float) -> bool:
        """Whether it is a part of the person that the matting network sees in a smaller picture alone; ``depth`` is there.

        Args:
            seen: what the second network answers in it, in the mean.
        """
        evidence = 2.6 * self.alpha + 1.3 * self.solid + 1.16 * float(np.log(self.depth)) + 1.45 * self.own + 2.2 * seen - 5.95
        return evidence > ENOUGH


class Extra(NamedTuple):
    """A region that the matting network counts as the person and the second one does not.

    Args:
        own: how much its colors are the person's, 0 the background's to 1.
        depth: how far from the second network's outline it reaches, in pixels.
        thick: its widest part's half, in pixels; hair that flies is thin.
        neck: share of its surroundings in which both networks see the person.
        solid: share of it of which the matting network is sure.
        cropped: whether it reaches the picture's lower border.
        over: share of the head's columns in which it lies.
    """

    own: float
    depth: float
    thick: float
    neck: float
    solid: float
    cropped: bool
    over: float

    @property
    def evidence(self) -> float:
        """For its being the place rather than the person, in logits: fitted to hand-drawn masks, and rounded."""
        depth, thick = (float(np.log(each)) for each in (self.depth, self.thick))
        return 1.25 * depth - 0.58 * thick - 3.7 * self.neck + 1.4 * self.cropped - 0.86 * self.own

    @property
    def strand(self) -> bool:
        """Whether it looks as a strand, a brim or fingers do."""
        return self.own > ALIKE[0] and self.solid < ALIKE[1]

    @property
    def added(self) -> bool:
        """Whether it is no part of the person; hats, buns, veils, hair that flies and what is held on to are left alone."""
        return not self.strand and self.evidence > SURPLUS and self.solid > SOLID and self.neck < NECK and self.over < OVER

    def unseen(self, again: float) -> bool:
        """Whether it is no part of the person, since nobody else sees it; strands stay.

        Args:
            again: what the matting network gives it in a smaller picture, in the mean.
        """
        return not self.strand and again < UNSEEN and self.neck < JOINED
