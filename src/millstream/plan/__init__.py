"""Statement + catalog -> plan. Where SQL errors are born. Moves no data.

bind      names, types, keys, windows
expr      typed expressions
nodes     the plan
rewrites  one function a rewrite
explain   plan as text
"""
