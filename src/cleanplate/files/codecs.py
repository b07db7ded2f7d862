"""The libraries of the extra ``heif``: libheif (pillow-heif) for HEIC and HEIF, libjxl (pylibjxl) for JPEG XL."""

import importlib
from typing import Any

from cleanplate.errors import MissingExtra

LIBRARIES = {"HEIF": ("pillow_heif", "pillow-heif"), "JXL": ("pylibjxl", "pylibjxl")}  # by format: the module, and pip's name


def check(kind: str) -> None:
    """Raise MissingExtra for a format whose encoder is not installed."""
    if kind in LIBRARIES:
        library(kind)


def library(kind: str) -> Any:
    """The library of ``HEIF`` or ``JXL``.

    Raises:
        MissingExtra: it is not installed.
    """
    module, package = LIBRARIES[kind]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(package, "heif") from error
