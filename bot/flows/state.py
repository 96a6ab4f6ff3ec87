"""A conversation's state as plain JSON, and back, also when an earlier version of a flow saved it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from bot.flows.model import Flow, Frame, Mode, State

VERSION = 1


def dump(state: State) -> dict[str, Any]:
    """The state as JSON-able values."""
    return {
        "v": VERSION,
        "serial": state.serial,
        "frames": [_dump_frame(frame) for frame in state.frames],
        "saved": [_dump_frame(frame) for frame in state.saved],
        **({"child": True} if state.child else {}),
    }


def load(stored: Mapping[str, Any] | None, flows: Mapping[str, Flow]) -> State:
    """The state that was stored; None is a conversation that has not begun.

    Flows of an earlier version are upgraded. A flow that exists no more is left out, with those that stood on it.

    Raises:
        ValueError: A newer program stored it; an older one must not overwrite it.
    """
    if not stored:
        return State()
    if stored["v"] > VERSION:
        raise ValueError(f"the stored state has version {stored['v']}; this program knows {VERSION}: use the newer one")
    return State(
        frames=_load_frames(stored["frames"], flows),
        saved=_load_frames(stored["saved"], flows),
        serial=stored["serial"],
        child=stored.get("child", False),
    )


_BLANK = Frame(flow="", version=0)
_FIELDS = tuple(each.name for each in fields(Frame))


def _dump_frame(frame: Frame) -> dict[str, Any]:
    """Fields at their default are left out: most of a frame is."""
    every = ((name, getattr(frame, name)) for name in _FIELDS)
    kept = {name: value for name, value in every if name in ("flow", "version") or value != getattr(_BLANK, name)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}


def _load_frames(stored: list[Mapping[str, Any]], flows: Mapping[str, Flow]) -> tuple[Frame, ...]:
    frames: list[Frame] = []
    for each in stored:
        flow = flows.get(each["flow"])
        if flow is None:
            if each.get("sub"):
                continue
            break
        frames.append(_upgraded(_load_frame(each), flow))
    return tuple(frames)


def _load_frame(stored: Mapping[str, Any]) -> Frame:
    kept = dict(stored)
    kept["mode"] = Mode(kept.get("mode", Mode.STEP))
    for name in ("left", "trail"):
        kept[name] = tuple(kept.get(name, ()))
    return Frame(**kept)


def _upgraded(frame: Frame, flow: Flow) -> Frame:
    """The frame with answers as the flow's present version wants them; an open step that is gone is found anew."""
    answers = dict(frame.answers)
    for version in range(frame.version, flow.version):
        if version in flow.upgrade:
            answers = flow.upgrade[version](answers)
    known_step = flow.step(frame.step) is not None
    return replace(
        frame,
        version=flow.version,
        answers=answers,
        step=frame.step if known_step else "",
        mode=frame.mode if known_step or frame.mode is not Mode.DOUBT else Mode.STEP,
        trail=tuple(name for name in frame.trail if flow.step(name)),
        left=tuple(name for name in frame.left if flow.step(name)),
    )
