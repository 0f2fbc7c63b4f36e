"""
What is counted and timed: `catalogue.py` lists every metric there is, `counting.py` is how code counts.

    a request, a decision   `REQUESTS.add("GET", …)`: one append to a list, no lock, no file; from any thread
    every two seconds       what was noted is added to totals that all processes of the data folder share (`shared.py`)
    /metrics, any process   totals, what each process says of itself, what the record says (`text.py`)

Invariant: a total only grows, whichever processes come and go: what one counted is added to the shared total, not kept
in a file of its own that somebody has to find and clean up.
"""
