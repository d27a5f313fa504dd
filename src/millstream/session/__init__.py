"""THE ONE DOOR: SQL text in, results out. Everything that changes the catalog goes through here.

    database     the door: ``execute`` for statements, ``query`` for SELECT and PRINT
    request      what one request brings: properties, variables
    worlds       what a statement acts on: a sandbox (checks), the live database, or the replay of the journal
    change       a change of definitions, and the order in which it takes effect
    journal      definitions kept in the log, replayed at start
    handlers/    one file per family of statements; ``handlers.handler_of`` finds one by the statement's class
    results/     what statements answer, typed
    planning     statements to plans, with what binding needs to know
    encoding     rows of INSERT to records: formats, partitions
    topics       topics of relations: settings, hidden ones
    transient    running push queries

What may not live here: HTTP, JSON of answers, rendering, SQL grammar, plans' inner structure.
"""

from __future__ import annotations
