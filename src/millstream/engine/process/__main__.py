"""``python -m millstream.engine.process FD``: the engine process. FD is its end of the server's socket pair."""

import gc
import sys

from millstream.engine.process.child import main

if __name__ == "__main__":
    # What is imported stays; and records make so many objects that are no garbage that looking often only costs.
    gc.freeze()
    gc.set_threshold(200_000, 50, 1000)
    main(int(sys.argv[1]))
