"""The system's Chromium: `python tests/page/browser.py` says in one sentence where there is none, and exits with 3."""

import os
import shutil
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
NONE = "No Chromium was found: install your system's package (Debian: apt-get install chromium), or name one by CHROMIUM=."


def found() -> str | None:
    """Where Chromium is."""
    return os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)


if __name__ == "__main__":
    if found() is None:
        print(NONE, file=sys.stderr)
        sys.exit(3)
