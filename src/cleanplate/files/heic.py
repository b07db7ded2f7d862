"""HEIC and HEIF by libheif (pillow-heif, extra ``heif``)."""

from typing import Any

from cleanplate.errors import MissingExtra


def library() -> Any:
    """pillow-heif.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import pillow_heif
    except ImportError as error:
        raise MissingExtra("pillow-heif", "heif") from error
    return pillow_heif
