"""The supports of a municipality: what each gives, to whom, on what conditions, who decides and when.

`municipalities/<name>/grants.yaml`; the words of conditions stand in `municipalities/conditions.yaml`, shared by all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, PrivateAttr, field_validator, model_validator

from bot.packs.model.base import PackModel, Shown, Sourced
from bot.rules.conditions import need_from
from bot.rules.facts import Facts, WrongFact, read_facts, settled
from bot.rules.grants import DECIDED_TOGETHER, DIALOGUE_HELD, WINDOW_OPEN, WRONG_MUNICIPALITY, Check, Elsewhere, Rule
from bot.rules.support_sum import Each, Part

Label = Literal["proposal", "place_not_money", "not_applied_for"]

RULES_WITH = "rules_with"
"""The words for what is not quoted here but told by a role; the condition's id ends with that role's."""

OTHER_PAPER = "other_paper"

BUILT_IN = (WRONG_MUNICIPALITY, DIALOGUE_HELD, DECIDED_TOGETHER, WINDOW_OPEN, RULES_WITH, OTHER_PAPER)
"""Conditions that the rules add by themselves; they need words like all others."""


class ConditionWords(PackModel):
    """A condition in words, in Swedish: its short name; why it is there; what to ask; what can be done about it.

    `{limit}` stands for the number that the condition compares with, `{role}` for who knows the rules.
    """

    label: Shown
    why: Shown
    ask: Shown = ""
    how_to_fix: Shown = ""


class OwnWords(PackModel):
    """What one support says in another way than the shared words; what is empty is said as everywhere."""

    label: Shown = ""
    why: Shown = ""
    ask: Shown = ""
    how_to_fix: Shown = ""


class Condition(PackModel):
    """One condition. `need` is its test (see `bot.rules.conditions`); without one only a person can check it.

    `mendable`: the applicant can do something about it. `by_person`: what the applicant says is checked by a person.
    `passes` and `fails` are facts that meet it and that do not; `check-pack` tries them. `words` are this one
    support's own.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    need: dict[str, Any] | None = None
    mendable: bool = True
    by_person: bool = False
    passes: dict[str, Any] | None = None
    fails: dict[str, Any] | None = None
    words: OwnWords = OwnWords()

    _check: Check = PrivateAttr()

    @model_validator(mode="after")
    def _readable(self) -> Condition:
        need = need_from(self.need) if self.need is not None else None
        self._check = Check(self.id, need, self.mendable, self.by_person)
        if need is None:
            if not self.by_person:
                raise ValueError("needs either need: (a test) or by_person: true (a person checks it)")
            return self
        for name, example in (("passes", self.passes), ("fails", self.fails)):
            if example is None:
                raise ValueError(f"lacks an example under {name}:, for instance {{persons: 3}}")
            try:
                _facts, strange = read_facts(example)
            except WrongFact as error:
                raise ValueError(f"{name}: {error}") from error
            if strange:
                raise ValueError(f"{name}: there is no fact {', '.join(strange)}")
        return self

    @property
    def check(self) -> Check:
        """What the rules judge by."""
        return self._check

    @property
    def limit(self) -> tuple[str, float] | None:
        """The fact that is compared with a number, and the number."""
        return next(self.check.need.limits(), None) if self.check.need else None


class Amount(PackModel):
    """What is given: at most `max_sek` kronor, or `words` where the sum is not a fixed one. Empty: ask the municipality."""

    max_sek: int | None = Field(default=None, gt=0)
    words: Shown = ""


class Pays(PackModel):
    """What a part is worth: so many kronor for each of what it is for (see `bot.rules.support_sum.Each`), in one `period`.

    With it the applicant's own numbers are worked out and shown; without it, nothing is. Öre are written as 12.50.
    """

    each: Each
    sek: Decimal = Field(gt=0, max_digits=9, decimal_places=2)


class Window(PackModel):
    """A time when applications are taken, both days included; either end may be open."""

    opens: date | None = None
    closes: date | None = None

    def is_open(self, today: date) -> bool:
        return (self.opens is None or self.opens <= today) and (self.closes is None or today <= self.closes)


class Attachment(PackModel):
    """Something an application holds or takes along, and how one gets it; without a `required` one it is not complete.

    Ids that `bot.flows.application` has a question for are asked about; all others are papers one has or has not.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Shown
    how: Shown
    required: bool = True


class OpenActivity(PackModel):
    """What whoever has the place holds so often: one activity that is free for those who take part (publication, 4.1)."""

    each: Literal["quarter"]
    house: Shown = Field(min_length=1, description="the house that the place is in, by its name")


class Committee(PackModel):
    """A body that gives the support, and the sectors it gives it in (none: any). Residents never have to name it."""

    name: Shown
    sectors: tuple[str, ...] = ()


class Support(Sourced):
    """One support. Ids are `<municipality>.<support>`; a part's adds a third word."""

    id: str = Field(pattern=r"^[a-z]+\.[a-z_]+(\.[a-z_]+)?$")
    name: Shown
    called: tuple[str, ...] | None = Field(default=None, description="names it is known by; without them, its name")
    what: Shown = Field(description="what it gives, in one sentence")
    labels: tuple[Label, ...] = ()
    amount: Amount = Amount()
    windows: tuple[Window, ...] = Field(default=(), description="when one can apply; empty: ask the municipality")
    when: Shown = Field(default="", description="when one can apply, in words, as far as it is known")
    once_a_year: bool = Field(
        default=False, description="one applies once a year; until `windows` says when, residents may ask to be told"
    )
    answer_within_days: int | None = Field(default=None, gt=0)
    usually_within_days: int | None = Field(default=None, gt=0)
    decided_by: Shown
    committees: tuple[Committee, ...] = ()
    begins_with_dialogue: bool = False
    rules_with: str = Field(default="", description="the id of the role that knows rules not quoted here")
    rules_with_name: Shown = Field(default="", description="the same role in words")
    draft: bool = Field(default=False, description="whether an application can be drafted and sent from here")
    attach: tuple[Attachment, ...] = ()
    also: tuple[str, ...] = Field(default=(), description="groups of conditions that apply too; see `shared`")
    conditions: tuple[Condition, ...] = ()
    part_of: str = Field(default="", description="the support whose sum this is a part of")
    counts: tuple[str, ...] = Field(default=(), description="the facts whose numbers the sum is worked out from")
    pays: Pays | None = Field(
        default=None, description="what a part is worth, once the municipality has said so: {each: activity, sek: 40}"
    )
    closer: tuple[str, ...] = Field(default=(), description="supports that are nearer where this one does not fit")
    note: Shown = Field(default="", description="what else must be said, such as that nothing promises a renewal")
    open_activity: OpenActivity | None = Field(
        default=None, description="what whoever has the place holds for others; only for places"
    )

    @field_validator("conditions")
    @classmethod
    def _once(cls, conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
        ids = [each.id for each in conditions]
        twice = next((each for each in ids if ids.count(each) > 1), None)
        if twice:
            raise ValueError(f'the condition "{twice}" stands here twice')
        return conditions

    @model_validator(mode="after")
    def _role_has_a_name(self) -> Support:
        if self.rules_with and not self.rules_with_name:
            raise ValueError("rules_with: needs rules_with_name: the role in words")
        return self

    @model_validator(mode="after")
    def _paid_part(self) -> Support:
        if self.pays is not None and not self.part_of:
            raise ValueError("pays: is for a part of a support; write part_of: too, or take it away")
        return self

    @model_validator(mode="after")
    def _a_place(self) -> Support:
        if self.open_activity is not None and "place_not_money" not in self.labels:
            raise ValueError("open_activity: is for a place; add place_not_money to labels:, or take it away")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,) if self.called is None else self.called

    @cached_property
    def rule(self) -> Rule:
        """What the rules judge by."""
        return Rule(
            self.id, tuple(each.check for each in self.conditions), self.begins_with_dialogue, self.rules_with,
            self.windows, self.closer, weight=0.1 if self.part_of or "proposal" in self.labels else 1.0,
        )  # fmt: skip

    def given_by(self, facts: Facts) -> tuple[str, ...]:
        """The bodies that give it for what is known of the activity; all of them while its sectors are not known."""
        sectors = set(settled(facts).get("sectors", ()))
        fitting = [each.name for each in self.committees if not each.sectors or sectors & set(each.sectors)]
        return tuple(fitting or (each.name for each in self.committees)) or (self.decided_by,)


class Grants(PackModel):
    """The supports of one municipality, and the words of every condition in them.

    `shared` are groups of conditions that several supports have in common.
    `elsewhere` is put in by `bot.packs.load`, the shared words by `Municipality`.
    """

    helper: Shown = Field(description="the role that helps with every question about supports, in words")
    shared: dict[str, tuple[Condition, ...]] = Field(default_factory=dict)
    supports: tuple[Support, ...] = ()
    conditions: dict[str, ConditionWords] = Field(default_factory=dict)
    elsewhere: tuple[Elsewhere, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _put_together(cls, content: Any) -> Any:
        """Give each support the groups of conditions it names, before its own."""
        if not isinstance(content, Mapping) or not isinstance(content.get("supports"), list):
            return content
        shared = content.get("shared") or {}
        supports = []
        for support in content["supports"]:
            if isinstance(support, Mapping) and support.get("also"):
                strange = [each for each in support["also"] if each not in shared]
                if strange:
                    raise ValueError(f'{support.get("id")}: also: names "{strange[0]}", which is not under shared:')
                groups = [each for name in support["also"] for each in shared[name]]
                support = {**support, "conditions": [*(support.get("conditions") or ()), *groups]}
            supports.append(support)
        return {**content, "supports": supports}

    @model_validator(mode="after")
    def _whole(self) -> Grants:
        lacking = next((each for each in BUILT_IN if self.conditions and each not in self.conditions), None)
        if lacking:
            raise ValueError(f"conditions.yaml lacks {lacking}, which the rules add by themselves; write its words")
        ids = [each.id for each in self.supports]
        for support in self.supports:
            if ids.count(support.id) > 1:
                raise ValueError(f'two supports have the id "{support.id}"')
            for field, named in (
                ("closer", support.closer),
                ("part_of", (support.part_of,) if support.part_of else ()),
            ):
                strange = next((each for each in named if each not in ids), None)
                if strange:
                    raise ValueError(f'{support.id}: {field}: names "{strange}", which is no support here')
            for condition in support.conditions:
                if self.conditions and condition.id not in self.conditions:
                    raise ValueError(
                        f'{support.id}: there are no words for the condition "{condition.id}"; add it to conditions.yaml'
                    )
        return self

    @cached_property
    def by_id(self) -> Mapping[str, Support]:
        return {each.id: each for each in self.supports}

    def parts_paid(self, support_id: str) -> tuple[Part, ...]:
        """The parts of a support that the municipality has put an amount to."""
        parts = (each for each in self.supports if each.part_of == support_id and each.pays is not None)
        return tuple(Part(each.id, each.pays.each, each.pays.sek) for each in parts if each.pays is not None)

    def support(self, support_id: str) -> Support | None:
        return self.by_id.get(support_id)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(each.rule for each in self.supports)

    @cached_property
    def own_names(self) -> tuple[Elsewhere, ...]:
        return tuple(Elsewhere(each.id, "", each.names) for each in self.supports)


def wrong_examples(grants: Grants) -> Iterator[str]:
    """Examples beside a condition that do not do what they should: one line each, for `check-pack`.

    An example is tried against its own condition alone: `passes` must meet it and `fails` must not.
    """
    for support in grants.supports:
        for condition in support.conditions:
            need = condition.check.need
            if need is None:
                continue
            for name, example, wanted in (("passes", condition.passes, True), ("fails", condition.fails, False)):
                assert example is not None
                if need.holds(settled(example)) is not wanted:
                    yield f"{support.id}: {condition.id}: the example under {name}: {example} does not do so"


def next_window(support: Support, today: date) -> Window | None:
    """The window that is open, or else the next that opens; None where no dates are filled in or all are past."""
    ahead = [each for each in support.windows if each.closes is None or each.closes >= today]
    return min(ahead, key=lambda each: each.opens or date.min, default=None)
