"""Plan -> rows, on this machine.

    compile     plan to Python source, and the source to functions
    functions   SQL's functions
    values      casts, arithmetic, text of values
    operators   what keeps state: aggregates, joins, windows
    task        the loop of one query; the commit order is written here only
    pacing      how much goes in one piece
    waiting     what stands for a task that cannot be made yet
    local       a runtime in this process (tests, headless tools)
    process     the engine process and its scheduler
    constant    one expression without columns, for INSERT ... VALUES

Knows plans, state, logs and formats. Knows no SQL text, no session and no server.
"""
