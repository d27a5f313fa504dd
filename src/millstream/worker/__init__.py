"""The built-in Connect worker: Kafka Connect's REST API over Python connectors, with topics in our log.

    worker        the one object: Worker(log, registry), start(), stop(), .app
    serve         the worker as a process of its own
    api/          Kafka Connect's REST API (ASGI): paths, wire shapes, errors
    herder/       what exists and what should run: configurations, states, offsets; starts and stops connectors
    tasks/        a task's thread: poll or read, transform, convert, commit; retries, tolerance, dead letters
    connectors/   the connectors, one file or small package each; base is the contract for third parties
    transforms/   single message transforms and predicates
    converters/   Connect values <-> bytes
    definition/   configuration keys: one declaration serves validation, the REST API and the documentation
    plugins       class names (full or short, any case) -> connectors, transforms, converters
    schema        Connect schemas; how their values look in Python
    records       a batch of records with one schema
    secrets       masking passwords, and keeping the old value where a mask comes back
    providers     ${file:...}, ${directory:...} and ${env:...} references
    clock         injected time
    crash         named points at which tests stop the process

Imports only errors, types, log and formats: whoever talks to the worker talks to its REST API.
"""

from __future__ import annotations
