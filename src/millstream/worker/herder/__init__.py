"""What connectors exist and what should run.

    store      configurations, offsets, statuses and topic names, kept in the log
    running    a connector at work: its state, its tasks, its monitor
    herder     create, change, delete, pause, restart; starts everything again with the process
validation a configuration judged, with Kafka's messages
    offsets    reading and changing offsets, in Kafka's shapes
    shapes     answers of the REST API

Nothing here knows HTTP; the answers are already in its shapes.
"""
