"""A task's thread: read or poll, transform, convert, commit.

    thread   states, stop, pause, restart after a failure
    moving   what source and sink have alike
    source   polled records -> topics; records and source offsets in one transaction
    sink     topics -> the sink; positions are committed after its flush
    tolerate what becomes of bad records: fail, skip, log, dead-letter queue
    topics   creating topics, choosing partitions

The order of a commit is written in source and sink only.
"""

from __future__ import annotations
