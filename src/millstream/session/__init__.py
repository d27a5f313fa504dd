"""The one door: SQL text in, results out. One file a family of statements; the journal of definitions.
"""
