"""Kafka Connect's REST API as an ASGI app (Kafka 4.3's paths, bodies, status codes and texts).

    app         routes
    bodies      reading request bodies as Kafka does; errors as answers
    connectors  /connectors...
    plugins     /connector-plugins...
    admin       /, /health, /admin/loggers

One deliberate difference to Kafka: passwords are masked in every answer.
"""
