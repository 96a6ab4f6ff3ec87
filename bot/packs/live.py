"""The packs of a running program: a changed file counts within seconds, a broken one never."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.errors import OperatorError
from bot.packs.load import PACKS, folder_of, load_municipality
from bot.packs.model import Municipality

Files = tuple[tuple[str, int, int, int], ...]
"""The files of a pack, and those that packs share, with inode, time and size: how a change is noticed unread."""


@dataclass(frozen=True, slots=True)
class Change:
    """A pack that was taken over, or, with a `fault`, one that cannot be used and left the old one in place."""

    municipality: str
    fault: str = ""


class Packs(Mapping[str, Municipality]):
    """The municipalities by id, the default one first. `refresh` swaps whole packs: nobody ever sees half of one.

    `faults` holds, by id, why a changed pack is not in use; it is empty when all are as their files say.
    """

    def __init__(self, names: Sequence[str]) -> None:
        """Read the packs of these folder names or paths.

        Raises:
            OperatorError: One cannot be used, or two have the same folder name.
        """
        self._seen = {name: _files(name) for name in names}
        loaded = {name: load_municipality(name) for name in names}
        self._id_of = {name: pack.id for name, pack in loaded.items()}
        if len({*self._id_of.values()}) != len(names):
            raise OperatorError(f"IDELABB_MUNICIPALITY names {', '.join(names)}; every folder name may come once")
        self._packs: Mapping[str, Municipality] = MappingProxyType({pack.id: pack for pack in loaded.values()})
        self.faults: Mapping[str, str] = MappingProxyType({})

    def __getitem__(self, id: str) -> Municipality:
        return self._packs[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._packs)

    def __len__(self) -> int:
        return len(self._packs)

    def refresh(self) -> list[Change]:
        """Take over what has changed on the disk. Looks at names, times and sizes, and reads only what is new.

        A fault is told once, and anew when the files change to another one.
        """
        changes = []
        for name, id in self._id_of.items():
            before, self._seen[name] = self._seen[name], ()  # a folder that is away and comes back has changed
            try:
                seen = self._seen[name] = _files(name)  # before reading: what changes meanwhile is seen next time
                if seen != before:
                    self._packs = MappingProxyType({**self._packs, id: load_municipality(name)})
                    changes.append(Change(id))
                    self._blame(id, "")
            except (OperatorError, OSError) as error:
                if self.faults.get(id) != str(error):
                    changes.append(Change(id, str(error)))
                self._blame(id, str(error))
        return changes

    def _blame(self, id: str, fault: str) -> None:
        others = {other: known for other, known in self.faults.items() if other != id}
        self.faults = MappingProxyType(others | ({id: fault} if fault else {}))


def _files(name: str) -> Files:
    folder = folder_of(name)
    every = (*folder.iterdir(), *PACKS.glob("*.yaml"))
    return tuple(sorted(_mark(file) for file in every if file.is_file()))


def _mark(file: Path) -> tuple[str, int, int, int]:
    at = file.stat()
    return str(file), at.st_ino, at.st_mtime_ns, at.st_size
