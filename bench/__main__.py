"""`python -m bench [NAME] [OPTIONS]`: run one bench, or all of them one after another."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Mapping
from types import ModuleType

import structlog

from bench import broadcast, coaches, kill, listeners, match, rooms, rules, shifts, speed, stories, understand

BENCHES: Mapping[str, ModuleType] = {
    "broadcast": broadcast,
    "coaches": coaches,
    "kill": kill,
    "listeners": listeners,
    "match": match,
    "rooms": rooms,
    "rules": rules,
    "shifts": shifts,
    "speed": speed,
    "stories": stories,
    "understand": understand,
}


def main() -> int:
    """The exit status: 0 when every bench kept what it promises."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Without a name every bench runs as by default."
    )
    names = parser.add_subparsers(dest="name", metavar="NAME", title="benches")
    for name, bench in BENCHES.items():
        words = (bench.__doc__ or "").strip().splitlines()[0]
        bench.add_options(names.add_parser(name, help=words, description=bench.__doc__))
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if options.name is not None:
        return int(BENCHES[options.name].run(options))
    return max(int(bench.run(parser.parse_args([name]))) for name, bench in BENCHES.items())


if __name__ == "__main__":
    sys.exit(main())
