"""The schema registry: one that is built in, and a client of a real one; both speak Confluent's REST API.

model          the pieces: a schema with its references, compatibility levels, error codes
checks         is a text a schema of its kind; its canonical form
compatibility  may a new schema follow the old ones (Avro, JSON Schema, Protobuf)
store          the built-in registry over a Log; implements ``formats.base.Registry``
api            its REST API (ASGI)
client         a real registry over HTTP; implements ``formats.base.Registry``
reaching       how a real registry is reached: login, TLS
opening        which of the two a process uses
cached         remembers what cannot change: schemas by id
"""
