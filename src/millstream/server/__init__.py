"""ksqlDB's REST API (ASGI). Clients written for ksqlDB work unmodified.

    app         the application: routes
    call        what a request has of its server: database, settings, state, who may call
    accept      which media type an answer has
    bodies      JSON bodies of requests
    limits      how large a request may be
    answers     JSON, error and streamed answers
    info        /info, /healthcheck, /v1/metadata, /chc, /clusterStatus, /status, /is_valid_property
    statements  /ksql, /ksql/terminate
    queries     /query, /query-stream, /close-query
    inserts     /inserts-stream
    websocket   /ws/query
    bridge      push rows from a runtime's thread to an asyncio client, with back-pressure
    writers     the three ways rows are framed, and protobuf
    access      basic authentication, CORS
    shapes/     results as JSON
    serve       Granian around an application
    start       the whole thing on this machine: log, engine, worker, registry, REST API

Session code runs in worker threads, so that the event loop stays free.
"""

from __future__ import annotations
