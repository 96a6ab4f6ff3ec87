"""Benches: the real program as a process, over the Bot API stand-in. `python -m bench` runs them all."""
