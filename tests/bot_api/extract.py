"""Make schema.json from the full tables of the Bot API: `python -m tests.bot_api.extract <path of bot-api.json>`.

Kept are the methods the project may use and every type reachable from them and from Update; texts are left out,
except a constant ("type" of BotCommandScopeDefault is always "default"), which tells the members of a union apart.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

_METHODS = """
answerCallbackQuery answerWebAppQuery banChatMember close closeForumTopic closeGeneralForumTopic copyMessage
copyMessages createChatInviteLink createForumTopic deleteForumTopic deleteMessage deleteMessages deleteMyCommands
deleteWebhook editForumTopic editGeneralForumTopic editMessageCaption editMessageMedia editMessageReplyMarkup
editMessageText exportChatInviteLink forwardMessage forwardMessages getChat getChatAdministrators getChatMember
getChatMemberCount getChatMenuButton getFile getMe getMyCommands getMyDescription getMyName getMyShortDescription
getUpdates getWebhookInfo hideGeneralForumTopic leaveChat logOut pinChatMessage reopenForumTopic
reopenGeneralForumTopic sendAudio sendChatAction sendContact sendDocument sendLocation sendMediaGroup sendMessage
sendMessageDraft sendPhoto sendPoll sendSticker sendVenue sendVideo sendVoice setChatMenuButton setMessageReaction
setMyCommands setMyDescription setMyName setMyShortDescription setWebhook stopPoll unbanChatMember
unhideGeneralForumTopic unpinAllChatMessages unpinAllForumTopicMessages unpinAllGeneralForumTopicMessages
unpinChatMessage
"""
METHODS = sorted(_METHODS.split())

_CONSTANT = re.compile(r"(?:must be|always) [\"'“‘]?([a-z0-9_]+)[\"'”’]?(?:$|,)")


def slim(table: dict[str, Any]) -> dict[str, Any]:
    """One method's or type's names, types and required fields."""
    fields = table.get("fields", [])
    slimmed: dict[str, Any] = {"fields": {field["name"]: field["types"] for field in fields}}
    if required := [field["name"] for field in fields if field["required"]]:
        slimmed["required"] = required
    if table.get("subtypes"):
        slimmed["subtypes"] = table["subtypes"]
    if "returns" in table:
        slimmed["returns"] = table["returns"]
    constants = {
        field["name"]: found[1]
        for field in fields
        if field["name"] in ("type", "source", "status") and (found := _CONSTANT.search(field["description"]))
    }
    if constants:
        slimmed["constants"] = constants
    return slimmed


def extract(full: dict[str, Any]) -> dict[str, Any]:
    """The project's part of the full tables."""
    methods = {name: slim(full["methods"][name]) for name in METHODS}
    types: dict[str, Any] = {}
    waiting = ["Update", "ResponseParameters"]
    for method in methods.values():
        waiting += [kind for kinds in method["fields"].values() for kind in kinds] + method["returns"]
    while waiting:
        name = waiting.pop().replace("Array of ", "")
        if name in types or name not in full["types"]:
            continue
        types[name] = slim(full["types"][name])
        waiting += [kind for kinds in types[name]["fields"].values() for kind in kinds]
        waiting += types[name].get("subtypes", [])
    return {"version": full["version"], "methods": methods, "types": dict(sorted(types.items()))}


def dump(tables: dict[str, Any]) -> str:
    """JSON with one method or type a line, so that a newer version can be compared."""
    parts = [f'{{"version": {json.dumps(tables["version"])}']
    for group in ("methods", "types"):
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(table)}" for name, table in tables[group].items())
        parts.append(f'"{group}": {{\n{lines}\n}}')
    return ",\n".join(parts) + "}\n"


if __name__ == "__main__":
    full_tables = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(__file__).with_name("schema.json").write_text(dump(extract(full_tables)), encoding="utf-8")
