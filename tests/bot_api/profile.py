"""Methods on the bot itself: getMe, names, descriptions, commands, the menu button."""

from __future__ import annotations

import json
import re

from tests.bot_api.calls import Call, handles
from tests.bot_api.entities import is_empty, utf16
from tests.bot_api.errors import ApiError, bad_request
from tests.bot_api.world import Json

MAX_COMMANDS, MAX_DESCRIPTION = 100, 256
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_PROFILE = {
    "Name": ("name", 64),
    "Description": ("description", 512),
    "ShortDescription": ("short_description", 120),
}


def _language(call: Call) -> str:
    code: str = call.values.get("language_code", "")
    if code and not re.fullmatch("[a-z]{2}", code):
        raise bad_request("invalid language code specified")
    return code


@handles("getMe")
def get_me(call: Call) -> Json:
    return call.bot.as_json()


@handles("logOut", "close")
def log_out(call: Call) -> bool:
    call.bot.logged_out = call.method == "logOut"
    return True


@handles("setMyName", "setMyDescription", "setMyShortDescription")
def set_profile(call: Call) -> bool:
    """An empty text removes that language's entry."""
    name, max_length = _PROFILE[call.method.removeprefix("setMy")]
    text = call.values.get(name, "")
    if utf16(text) > max_length:
        raise bad_request(f"{name.replace('_', ' ')} is too long: at most {max_length} characters")
    key = (name, _language(call))
    if text:
        call.bot.profile[key] = text
    else:
        call.bot.profile.pop(key, None)
    return True


@handles("getMyName", "getMyDescription", "getMyShortDescription")
def get_profile(call: Call) -> Json:
    name, _ = _PROFILE[call.method.removeprefix("getMy")]
    default = call.bot.profile.get((name, ""), call.bot.account.first_name if name == "name" else "")
    return {name: call.bot.profile.get((name, _language(call)), default)}


def _scope(call: Call) -> str:
    scope = call.values.get("scope") or {"type": "default"}
    if "chat_id" in scope and not isinstance(scope["chat_id"], str):
        call.values["chat_id"] = scope["chat_id"]
        call.chat()
    return json.dumps(scope, sort_keys=True)


@handles("setMyCommands")
def set_my_commands(call: Call) -> bool:
    commands = call.values["commands"]
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(command["command"].removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if is_empty(command["description"]) or utf16(command["description"]) > MAX_DESCRIPTION:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    call.bot.commands[_scope(call), _language(call)] = commands
    return True


@handles("getMyCommands")
def get_my_commands(call: Call) -> list[Json]:
    return call.bot.commands.get((_scope(call), _language(call)), [])


@handles("deleteMyCommands")
def delete_my_commands(call: Call) -> bool:
    call.bot.commands.pop((_scope(call), _language(call)), None)
    return True


@handles("setChatMenuButton")
def set_chat_menu_button(call: Call) -> bool:
    button = call.values.get("menu_button", {"type": "default"})
    if button["type"] == "web_app":
        if is_empty(button["text"]):
            raise bad_request("MENU_BUTTON_TEXT_INVALID")
        if not button["web_app"]["url"].startswith("https://"):
            raise bad_request("menu button Web App URL is invalid: Only HTTPS links are allowed")
    chat_id = call.values.get("chat_id", 0)
    if chat_id:
        _private(call)
    call.bot.menu_buttons[chat_id] = button
    return True


@handles("getChatMenuButton")
def get_chat_menu_button(call: Call) -> Json:
    chat_id = call.values.get("chat_id", 0)
    if chat_id:
        _private(call)
    buttons = call.bot.menu_buttons
    return buttons.get(chat_id) or buttons.get(0) or {"type": "commands"}


def _private(call: Call) -> None:
    if call.chat().kind != "private":
        raise ApiError(400, "Bad Request: chat not found")
