"""Settings of the interpreter that processes make when they start."""

import subprocess
import sys

LOOKED_AT = "import gc, sys; from millstream import pauses; pauses.shorten(5_000, 20, 50); "


def test_threads_take_turns_quickly_and_what_is_there_is_never_looked_at_again() -> None:
    """Modules and code are frozen: the collector does not stop everything to look at them."""
    code = LOOKED_AT + "print(sys.getswitchinterval() < 0.001, gc.get_freeze_count() > 1000, gc.get_threshold())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "True True (5000, 20, 50)\n"
