"""``python -m cleanplate`` is ``cleanplate``."""

import sys

from cleanplate.cli import main

sys.exit(main())
