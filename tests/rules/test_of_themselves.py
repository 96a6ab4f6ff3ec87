"""What people say of themselves is heard, and what only sounds like it is not."""

from __future__ import annotations

import pytest

from bot.rules.of_themselves import CHILD, PROTECTED, is_all_of, said_in

CHILDREN = """
Jag är 12 år
jag är 12
Hej! Jag är bara tolv år och vill starta en klubb
jag är 12, får jag låna en lokal?
Jag går i sexan
jag går i klass 7
Jag är minderårig
I'm 13
I am 13 and want to play football
i'm thirteen years old
I am a kid
I am in 6th grade
عمري ١٢ سنة
عمري 12
أنا طفلة
عندي 13 سنة
Мені 12 років
من ۱۲ سالمه
waxaan ahay 12 jir
"""
NO_CHILDREN = """
jag är 45 år
Jag är 15 minuter bort
jag är 12,5 km bort
vi är 12 personer
Min son är 12 år
Mamma säger att jag är ett barn av sin tid
I am 16 km away
I have 12 kids
I am ten minutes late
عندي 12 طفل
jag är 6 veckor gravid
Barnen är 12 år
When I was 12 I lived in Lund
"""
HIDDEN = """
Jag har skyddad identitet
skyddad identitet
Hej, vi har skyddade personuppgifter och undrar om en lokal
jag är sekretessmarkerad
Min identitet är skyddad.
I have protected identity
Hello! We live under protected identity, can we still come?
my details are protected
لدي هوية محمية
هويتي محمية
"""
NOT_HIDDEN = """
Jag har inte skyddad identitet
en vän har skyddad identitet
Hur gör ni med dem som har skyddad identitet?
How do you help people with protected identity?
Our data are protected by a password
كيف تساعدون من لديه هوية محمية
Kan man ha skyddad identitet hos er?
"""


@pytest.mark.parametrize("text", CHILDREN.strip().splitlines())
def test_a_child_is_heard(text: str) -> None:
    assert said_in(text) == {CHILD}


@pytest.mark.parametrize("text", HIDDEN.strip().splitlines())
def test_a_protected_identity_is_heard(text: str) -> None:
    assert said_in(text) == {PROTECTED}


@pytest.mark.parametrize("text", (NO_CHILDREN + NOT_HIDDEN).strip().splitlines())
def test_what_sounds_alike_is_left_alone(text: str) -> None:
    assert said_in(text) == frozenset()


def test_what_says_more_is_an_answer_too() -> None:
    assert is_all_of("Jag är 12 år.") and is_all_of("Skyddad identitet!")
    assert not is_all_of("I am 13 and want to play football") and not is_all_of("")
