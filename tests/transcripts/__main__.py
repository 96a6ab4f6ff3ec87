"""Write the replies of some transcripts, or of all, anew."""

import sys
from pathlib import Path

from tests.transcripts import files, play, sides

for path in [Path(name) for name in sys.argv[1:]] or [*files(), *sides.files()]:
    if path.resolve().parent == sides.FOLDER:
        sides.write(path)
    else:
        path.write_text(play(path.read_text(encoding="utf-8")), encoding="utf-8")
