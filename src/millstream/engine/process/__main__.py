"""``python -m millstream.engine.process FD``: the engine process. FD is its end of the server's socket pair."""

import sys

from millstream import pauses
from millstream.engine.process.child import main

if __name__ == "__main__":
    pauses.shorten(200_000, 50, 1000)  # records make so many objects that are no garbage that looking often only costs
    main(int(sys.argv[1]))
