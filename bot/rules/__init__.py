"""Rules without I/O: what day it is, and where, is handed in."""
