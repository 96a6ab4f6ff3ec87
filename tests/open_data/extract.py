"""Cut published schemas down to structure: names, types, required, formats, enums. No word of their texts is kept.

python -m tests.open_data.extract hsds FOLDER OUT       FOLDER holds the standard's separate schema files
python -m tests.open_data.extract 360giving GRANT PACKAGE OUT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

KEPT = ("type", "format", "pattern", "enum", "required", "$ref", "minItems", "uniqueItems", "minimum")


def cut(schema: Any) -> dict[str, Any]:
    """One schema without its prose; references to files become references to definitions."""
    made: dict[str, Any] = {name: schema[name] for name in KEPT if name in schema}
    if "$ref" in made and made["$ref"].endswith(".json"):
        made["$ref"] = f"#/$defs/{made['$ref'].removesuffix('.json')}"
    if "properties" in schema:
        made["properties"] = {name: cut(each) for name, each in schema["properties"].items()}
    if isinstance(schema.get("items"), dict):
        made["items"] = cut(schema["items"])
    if "oneOf" in schema:
        made["oneOf"] = [cut(each) for each in schema["oneOf"]]
    return made


def hsds(folder: Path) -> dict[str, Any]:
    """Every object of HSDS as a definition."""
    read = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    return {"$defs": {name: cut(each) for name, each in read.items() if name != "openapi"}}


def giving(grant: Path, package: Path) -> dict[str, Any]:
    """A package of 360Giving with its grants."""
    one, whole = (json.loads(path.read_text(encoding="utf-8")) for path in (grant, package))
    made = cut(whole)
    made["properties"]["grants"] = {"type": "array", "items": {"$ref": "#/$defs/grant"}}
    defs = {name: cut(each) for name, each in one["$defs"].items()}
    return {**made, "$defs": {"grant": cut(one), **defs}}


def main(kind: str, *paths: str) -> None:
    *given, out = map(Path, paths)
    made = hsds(*given) if kind == "hsds" else giving(*given)
    out.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
