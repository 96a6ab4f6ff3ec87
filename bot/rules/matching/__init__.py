"""Who goes with whom: volunteers and shifts, groups of four, friend families, partners for phone chats. Pure.

One module for each kind, and beside them `cover.py` (how shifts are covered, in numbers only), `reasons.py` (why, in
words) and `solver.py` (the exact solver they share). A machine proposes; a person approves before anybody sees anybody.
"""
