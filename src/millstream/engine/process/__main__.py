"""``python -m millstream.engine.process FD``: the engine process over an inherited socket."""

import sys

from millstream.engine.process.child import main

if __name__ == "__main__":
    main(int(sys.argv[1]))
