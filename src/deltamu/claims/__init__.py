"""The tools of a derivation and the ledger of verdicts.

A derivation is an executable page: a module in the folder ``derivations`` whose docstring states a result and its
assumptions, and whose claims derive it.  A claim is a function of the model that it is about; what it calls here can
fail, and a claim whose tools all succeed has its verdict:

* *proved*: every inference is checked by a machine, symbolically or by a rigorous enclosure;
* *argued*: lemmas are checked by a machine, and joined by an argument in words, which is printed;
* *refuted*: an explicit counterexample, given as settings, is evaluated;
* *supported*: numbers agree within a tolerance, with the size of the sample and the reason why that is enough;
* *definition*: it reads back what the model or a policy was defined to be, and counts for nothing.

A statement that is proved or argued is also a predicate on values, which every run tries to break at points of its
domain.

`verify` runs the claims in parallel processes and returns a `Ledger`; `derive` prints one derivation as it is checked.
"""

from deltamu.claims.derivations import (
    Claim,
    Derivation,
    argued,
    definition,
    derivations,
    find_claims,
    proved,
    refuted,
    supported,
)
from deltamu.claims.ledger import Ledger, Row
from deltamu.claims.proofs import assert_exact, assert_identity, assert_limit, generic
from deltamu.claims.ranges import slider_ranges, varied_constants
from deltamu.claims.running import run_claim
from deltamu.claims.signs import assert_nonnegative, assert_positive, assert_sign_changes
from deltamu.claims.steps import ClaimFailed, Step, argue, refute, step, support
from deltamu.claims.telling import derive
from deltamu.claims.values import Values, at_most, by_name, close
from deltamu.claims.verification import verify

__all__ = [
    "Claim",
    "ClaimFailed",
    "Derivation",
    "Ledger",
    "Row",
    "Step",
    "Values",
    "argue",
    "argued",
    "assert_exact",
    "assert_identity",
    "assert_limit",
    "assert_nonnegative",
    "assert_positive",
    "assert_sign_changes",
    "at_most",
    "by_name",
    "close",
    "definition",
    "derivations",
    "derive",
    "find_claims",
    "generic",
    "proved",
    "refute",
    "refuted",
    "run_claim",
    "slider_ranges",
    "step",
    "support",
    "supported",
    "varied_constants",
    "verify",
]
