"""SQL's functions, and how calls find them.

registry    all functions by name; loads a family when first needed
index       which module defines which names
resolve     the choice between overloads
match       does an argument fit a parameter
signatures  signatures as text
define      how a module defines its functions
scalar      scalar functions, one module a family
aggregates  aggregate functions
tables      table functions
user        functions that users bring along
"""

from millstream.engine.functions.registry import Registry, default_registry

__all__ = ["Registry", "default_registry"]
