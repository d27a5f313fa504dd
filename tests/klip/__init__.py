"""KLIP 7's session, from its first statement to its last."""
