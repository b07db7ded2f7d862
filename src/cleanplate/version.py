"""The version of this package, which its files and records name."""

__version__ = "0.1.0"
