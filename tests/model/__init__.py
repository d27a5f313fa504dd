"""The engine against naive models: random histories with late and duplicate records and tombstones, and what they must come to.

A model is a few lines over plain lists and dicts that nobody has to believe in; it knows no store, no batch and no commit.
"""
