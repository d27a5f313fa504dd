"""Connect as the session sees it. Whether it is our worker or Kafka's cannot be told from here: only the REST API is used.

    client         Connect's REST API: calls, retries, errors
    answers        what Connect answers, and what is no answer of Connect's
    reaching       TLS, and why Connect could not be reached
    transport      the same calls to an ASGI application in this process
    classes        class names as people write them -> a plugin's class
    configuration  a statement's properties -> a connector's configuration
    sinks          what a sink FROM a relation takes from that relation
    faults         validation answers as text: key, value, what is allowed, nearest key
    secrets        configurations without their passwords
    waiting        until a connector's tasks run or fail
    states         pause, resume, stop, and being there
    restarts       automatic restarts: when, how often, what happened so far
    watch          what is done to connectors between statements
    difference     a change of a configuration, key by key
    contents       what a connector's topics are called, and which topics it announced

What may not live here: SQL text, the catalog's changes, results.
"""
