"""The reference pages of docs/, written from the tables that the code itself uses. ``python -m millstream.reference`` rewrites them.

    pages       which blocks of which page come from where; a block's text is replaced, hand-written prose around it stays
    markdown    tables and headings
    functions   SQL functions, from the registry and ``examples``
    statements  statements, from ``sql.reference``
    types       SQL types, from ``types``
    behaviour   how values behave, by examples that run
    formats     formats, from ``formats``
    settings    settings, from ``config``
    connectors  connectors, converters, transforms, predicates, from the worker
    rest        endpoints of the three REST APIs, from their route tables
    metrics     metrics, from the server's table
    console     the command line and the console's commands
    errors      the error tree, from ``errors``
    tour        one statement from text to rows: what each stage really gives
    playground  a database in memory that runs examples
    examples/   calls of functions with what they give; the tests run them

What may not live here: facts that the code has a table of. Nothing of the product imports this package.
"""

from __future__ import annotations
