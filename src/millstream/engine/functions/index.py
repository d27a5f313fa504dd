"""Which module defines which functions, so that a name is found without importing them all.

A test keeps this list equal to what the modules define. What may not live here: anything else.
"""

from __future__ import annotations

FAMILIES: dict[str, tuple[str, ...]] = {}
