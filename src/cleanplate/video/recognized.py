"""Whether a name, or the file of that name, is a video: asked of every picture, so nothing that reads one is loaded for it."""

import os
import re

from cleanplate.video import boxes

NUMBER = re.compile(r"%(?:0\d+d|\d*d(?![^\W\d_]))")  # %05d; %d and %5d only before no letter, as people write "50%done"


def is_pattern(source: object) -> bool:
    """Whether a name stands for numbered pictures.

    >>> is_pattern("frames/%05d.png"), is_pattern("100%.png"), is_pattern("50%done.png")
    (True, False, False)
    """
    return isinstance(source, str | os.PathLike) and len(NUMBER.findall(os.path.basename(os.fsdecode(source)))) == 1


def is_video(source: object) -> bool:
    """Whether a source is a video, by its first bytes, or a pattern of numbered pictures; a still photo is neither.

    A container with sound only counts as one: ``open_video`` says what is wrong with it.
    """
    if not isinstance(source, str | os.PathLike):
        return False
    if not os.path.isfile(source):
        return is_pattern(source)
    try:
        with open(source, "rb") as file:
            return boxes.is_container(file.read(boxes.HEAD))
    except OSError:
        return False
