"""Methods that look at groups and their members."""

from __future__ import annotations

from tests.bot_api.actors import chat_member
from tests.bot_api.calls import Call, handles, member
from tests.bot_api.errors import bad_request
from tests.bot_api.world import Chat, Json, Member


@handles("getChat")
def get_chat(call: Call) -> Json:
    chat = call.chat()
    gifts = {
        name: False
        for name in ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    }
    more: Json = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
    if chat.kind != "private":
        more["permissions"] = {"can_send_messages": True}
    return chat.as_json() | more


def _group(call: Call) -> Chat:
    chat = call.chat()
    if chat.kind == "private":
        raise bad_request("there are no administrators in the private chat")
    return chat


@handles("getChatMember")
def get_chat_member(call: Call) -> Json:
    chat = call.chat()
    user_id = call.values["user_id"]
    found = chat.members.get(user_id)
    if found is None:
        account = call.api.world.people.get(user_id)
        if account is None:
            raise bad_request("user not found")
        is_here = chat.kind == "private" and chat.person is account
        found = Member(account, "member" if is_here else "left")
    return chat_member(found)


@handles("getChatAdministrators")
def get_chat_administrators(call: Call) -> list[Json]:
    members = _group(call).members.values()
    return [chat_member(each) for each in members if each.status in ("creator", "administrator")]


@handles("getChatMemberCount")
def get_chat_member_count(call: Call) -> int:
    chat = call.chat()
    return 2 if chat.kind == "private" else sum(each.is_in for each in chat.members.values())


@handles("leaveChat")
def leave_chat(call: Call) -> bool:
    chat = _group(call)
    chat.members[call.bot.id] = Member(call.bot.account, "left")
    return True


@handles("banChatMember", "unbanChatMember")
def ban_chat_member(call: Call) -> bool:
    chat = _group(call)
    call.needs(chat, "can_restrict_members", "restrict/unrestrict chat member")
    user_id = call.values["user_id"]
    account = call.api.world.people.get(user_id)
    if account is None:
        raise bad_request("user not found")
    if chat.members.get(user_id, Member(account)).status in ("creator", "administrator"):
        raise bad_request("user is an administrator of the chat")
    chat.members[user_id] = Member(account, "kicked" if call.method == "banChatMember" else "left")
    return True


@handles("exportChatInviteLink", "createChatInviteLink")
def invite_link(call: Call) -> str | Json:
    chat = _group(call)
    if not member(call.bot, chat).may("can_invite_users"):
        raise bad_request("not enough rights to manage chat invite link")
    link = f"https://t.me/+{call.api.world.token(16)}"
    if call.method == "exportChatInviteLink":
        return link
    names = ("name", "expire_date", "member_limit")
    return {
        "invite_link": link,
        "creator": call.bot.account.as_json(),
        "creates_join_request": bool(call.values.get("creates_join_request")),
        "is_primary": False,
        "is_revoked": False,
        **{name: call.values[name] for name in names if name in call.values},
    }
