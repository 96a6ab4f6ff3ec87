"""The exact solver (OR-Tools CP-SAT) as it is used here: one worker, one seed, time counted in steps of work.

Therefore the same input gives the same output, on a slow machine too. It is imported when it is first needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ortools.sat.python import cp_model


@dataclass(slots=True)
class Budget:
    """How much work may still be done, in the solver's deterministic seconds (roughly those of one processor)."""

    left_s: float = 60.0

    @property
    def is_spent(self) -> bool:
        return self.left_s <= 0.01


def new_model() -> cp_model.CpModel:
    from ortools.sat.python import cp_model

    return cp_model.CpModel()


def solve(model: cp_model.CpModel, budget: Budget) -> tuple[cp_model.CpSolver, bool]:
    """The solver after its work, and whether what it found is the best there is.

    Every model here has an answer (nobody is matched), so without one the work was cut short: `has_answer` tells.
    """
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.linearization_level = 2
    solver.parameters.max_deterministic_time = max(0.01, budget.left_s)
    status = solver.solve(model)
    budget.left_s -= solver.deterministic_time
    return solver, status == cp_model.OPTIMAL


def has_answer(solver: cp_model.CpSolver) -> bool:
    return len(solver.response_proto.solution) > 0
