"""ksqlDB's REST API (ASGI): routes, wire shapes, push streams. Knows the session, and nothing below it.
"""
