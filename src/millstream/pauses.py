"""How long Python itself makes a thread wait: settings of a whole process, made once by what starts it (never on import).

What may not live here: anything else.
"""

from __future__ import annotations

import gc
import sys

#: For how long a thread that computes keeps the interpreter while others want it, in seconds. Python's own 5 ms come up at every hand-over:
#: a row goes through a handful of threads, and whoever holds the log's writer lock may be one that waits.
SWITCH_S = 0.0005


def shorten(*collections: int) -> None:
    """Let threads take turns quickly, and spare the collector what is there now: modules and code, which stay. A look at all of that took
    25 ms. ``collections`` are the collector's thresholds; see ``gc.set_threshold``."""
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()
    gc.set_threshold(*collections)
