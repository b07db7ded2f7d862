"""A server with the options of its first argument (JSON) and the workers of ``odd_worker``; it tells its address on stdout."""

import json
import sys
from pathlib import Path

from cleanplate.serve import server, workers
from cleanplate.serve.options import Options

if __name__ == "__main__":
    workers.ENTRY = [str(Path(__file__).with_name("odd_worker.py"))]
    sys.exit(server.run(Options(**json.loads(sys.argv[1])), lambda address: print(address, flush=True)))
