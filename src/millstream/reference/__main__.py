"""``python -m millstream.reference [DOCS]``: write the generated blocks of the pages in DOCS (docs of the working directory) anew."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> int:
    from millstream.reference.pages import rewrite

    docs = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    if not docs.is_dir():
        print(f"There is no directory {docs}: run this in the root of the repository.", file=sys.stderr)
        return 1
    for page in rewrite(docs):
        print(docs / page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
