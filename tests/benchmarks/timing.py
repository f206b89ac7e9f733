"""Processor time of calls."""

import math
import time


def processor_seconds(run, repeats=3):
    """Processor time of a call that has been made before, the best of several."""
    run()
    best = math.inf
    for _ in range(repeats):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return best
