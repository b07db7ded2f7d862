"""What a compositor gives: the finished picture, what it was made of, and how long that took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Unpack

import numpy as np
from PIL import Image as pillow

from cleanplate.errors import InputError
from cleanplate.files import labels, photos
from cleanplate.files.atomic import PathName, called
from cleanplate.files.labels import Labels, Mark, Metadata
from cleanplate.files.photos import FormFields
from cleanplate.handoff import layered
from cleanplate.pixels.color import FloatArray, Pixels, as_float
from cleanplate.pixels.resampling import reduce
from cleanplate.stages.sheets import Layers
from cleanplate.stages.strips import Colors
from cleanplate.transforms import tables
from cleanplate.transforms.correction import ColorCorrection
from cleanplate.transforms.forms import Transform
from cleanplate.transforms.gains import Gains
from cleanplate.values import Box, Image, Tags

LOOKED_AT = 1024  # pixels of the frame's longer side at which a table is compared with what was done


@dataclass(frozen=True, eq=False)
class Composite:
    """The result, and what it was made of.

    Args:
        image: the finished picture, of the plate's size, depth and profile.
        alpha: (box height, box width) float32, the corrected alpha.
        colors: (box height, box width, 3), the person's colors before harmonization, sRGB-encoded integers or float32; floats go
            beyond 0 and 1 where sRGB cannot show a color.
        box: where the two lie in the picture.
        transform: the color change that harmonization made; None without it.
        strength: how much of it was applied.
        seconds: how long each stage took.
        warnings: one sentence each on what was got over, or is seen in the picture such as a cut of the photo's border.
        sources: what the plate's file and the person's say of themselves, where they were files.
        gains: of exposure and warmth, that their light was multiplied by after it; None for neither.
        layers: the sheets that give the picture, for an image editor, where they were asked for.
    """

    image: Image
    alpha: FloatArray
    colors: Colors
    box: Box
    transform: Transform | None = None
    strength: float = 1.0
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    sources: tuple[Tags | None, Tags | None] = (None, None)
    layers: Layers | None = None
    gains: Gains | None = None

    @property
    def foreground(self) -> FloatArray:
        """The person's colors as composed: (box height, box width, 3) float32, sRGB-encoded, not clipped. Made at each call.

        Without the plate's light that spilled over them (``Settings.wrap``), and grain (``Settings.grain``).
        """
        colors = as_float(self.colors)
        if self.transform is not None:
            inside = np.clip(colors, 0, 1)
            colors = self.correction._replace(gains=None).of(inside, self.box, self.image.size) + (colors - inside)
        return colors if self.gains is None else self.gains.of(colors)

    @property
    def correction(self) -> ColorCorrection:
        """All that was done to their colors."""
        return ColorCorrection(self.transform, self.strength, self.gains)

    def table(self, lut_size: int = tables.USUAL) -> tables.Table:
        """The person's color change as one table for all of them, as much of it as was applied; see ``write_cube``.

        Args:
            lut_size: colors along each side of the table: 17, 33 or 65.

        Raises:
            InputError: the colors were left as they are; another size.
        """
        if self.correction.nothing:
            raise InputError("The colors were left as they are, of which there is no table: compose with harmonization.")
        frame, box = self.image.size, self.box
        scale = min(1.0, LOOKED_AT / max(frame))
        top, left = round(box.top * scale), round(box.left * scale)
        size = max(1, round(box.height * scale)), max(1, round(box.width * scale))
        whole = max(round(frame[0] * scale), top + size[0]), max(round(frame[1] * scale), left + size[1])
        colors, alpha = as_float(reduce(self.colors, size)), reduce(self.alpha, size)
        return tables.table(self.correction, colors, alpha, Box(top, left, *size), whole, lut_size)

    def labels(self, metadata: Metadata = "copyright", mark: Mark = "composite") -> Labels:
        """What is said of the picture in its file: whose it is, and that it is a composite; see ``labels.labels``."""
        return labels.labels(*self.sources, metadata, mark)

    def cutout_labels(self, metadata: Metadata = "copyright") -> Labels:
        """What is said of the person alone in their file: whose picture they are from. They are no composite."""
        return labels.labels(None, self.sources[1], metadata, "none")

    def save(
        self, target: PathName, *, overwrite: bool = False, metadata: Metadata = "copyright", mark: Mark = "composite",
        **form: Unpack[FormFields],
    ) -> None:  # fmt: skip
        """Write the picture, labeled (see ``photos.write_image`` and ``labels``); its layers where the name ends as such files do.

        Raises:
            OutputError: see ``photos.write_image``.
            InputError: there are no layers: they were not asked for.
            MissingExtra: the library that writes the file is not installed.
        """
        if layered.is_layered(target):
            if self.layers is None:
                raise InputError(f"This composite has no layers for {called(target)}: compose it with layers=True.")
            layered.write_layers(self.layers, target, overwrite=overwrite, labels=self.labels(metadata, mark))
            return
        form.setdefault("labels", self.labels(metadata, mark))
        photos.write_image(self.image, target, overwrite=overwrite, **form)

    def to_array(self) -> Pixels:
        """A copy of the picture as an array, (height, width, 3) uint8 or uint16, in its profile."""
        return self.image.to_array()

    def to_pil(self) -> pillow.Image:
        """A copy of the picture as Pillow's, RGB; see ``Image.to_pil``."""
        return self.image.to_pil()


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
