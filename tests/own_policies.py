"""Policies as a user writes them."""

import deltamu as dm
from deltamu import symbols as sym

PATIENCE = dm.control("patience", "p", default=0.5, domain=sym.UNIT, meaning="weight of the past")
AVERAGE = dm.quantity("average", r"\bar{A}", domain=sym.UNIT, meaning="averaged acceptance")
PATIENT = dm.Policy(
    "patient",
    initial={sym.delta: sym.delta0, AVERAGE: 1},
    update={AVERAGE: PATIENCE * AVERAGE + (1 - PATIENCE) * sym.acceptance, sym.delta: sym.delta * AVERAGE},
)
