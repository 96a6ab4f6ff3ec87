"""Files in both directions: uploads, file_ids, getFile."""

from __future__ import annotations

from typing import Any

from tests.bot_api.calls import Call, handles
from tests.bot_api.errors import bad_request
from tests.bot_api.schema import Upload
from tests.bot_api.world import Json, StoredFile

MAX_DOWNLOAD, MAX_UPLOAD, MAX_PHOTO = 20 << 20, 50 << 20, 10 << 20

_SHAPES: dict[str, Json] = {
    "photo": {"width": 800, "height": 600},
    "video": {"width": 320, "height": 240, "duration": 2},
    "voice": {"duration": 3},
    "audio": {"duration": 3},
    "animation": {"width": 320, "height": 240, "duration": 2},
    "sticker": {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False},
}


def _stored(call: Call, kind: str, given: Any) -> StoredFile:
    """The file a parameter means: an upload, attach://name, or a file_id."""
    if isinstance(given, str) and given.startswith("attach://"):
        given = call.uploads.get(given.removeprefix("attach://"))
        if given is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
    if isinstance(given, Upload):
        if not given.content:
            raise bad_request("file must be non-empty")
        if len(given.content) > (MAX_PHOTO if kind == "photo" else MAX_UPLOAD):
            raise bad_request("file is too big")
        return call.api.world.store(given.content, given.name, given.mime_type, kind)
    if given.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    stored = call.api.world.files.get(given)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if stored.kind != kind and kind != "document":
        raise bad_request(f"type of file mismatch: can't use file of type {stored.kind} as {kind}")
    return stored


def media(call: Call, kind: str, given: Any, values: Json) -> Json:
    """The field of a message that holds a file of this kind."""
    stored = _stored(call, kind, given)
    shown = stored.as_json() | _SHAPES.get(kind, {})
    shown |= {name: values[name] for name in ("duration", "width", "height") if name in values and name in shown}
    if kind == "photo":
        return {"photo": [shown]}
    if kind == "sticker":
        return {"sticker": shown | ({"emoji": values["emoji"]} if "emoji" in values else {})}
    shown["mime_type"] = stored.mime_type
    if kind != "voice":
        shown["file_name"] = stored.name
    return {kind: shown}


@handles("getFile")
def get_file(call: Call) -> Json:
    stored = call.api.world.files.get(call.values["file_id"])
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if stored.size > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return stored.as_json() | {"file_path": stored.path}
