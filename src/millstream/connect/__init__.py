"""Kafka Connect as the session sees it: REST client, statements to configurations, what a connector's topics contain.
"""
