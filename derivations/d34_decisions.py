"""D34  What the public logs say should be changed, and how sure that is.

Statement
    More repairs bring little in any of them. Which change of the loop is the best depends on the log: where the
    model wrote its own tests it is to make them raise fewer false alarms.

Assumptions
    As D32: the law of repair that slows down, fitted to each log alone; draws from the normal approximation of its
    likelihood. A change halves one shortfall or doubles one effort (``deltamu.design.levers``); what that costs is
    outside the model, and all changes leave the law itself as it is.
"""

from functools import cache

from deltamu.calibration.fitting import fit
from deltamu.calibration.public import repair_logs
from deltamu.claims import refute, refuted, support, supported
from deltamu.claims.derivations import DATA
from deltamu.design.levers import levers

DRAWS, SEED = 100, 1
WHY = "draws of the parameters from a maximum likelihood fit of the counts"
REPAIRS = "18 logs: 12 of LDB, 5 of Reflexion, Aider's of SWE-bench Lite"


@cache
def answers():
    """What to change, by log."""
    return {name: levers(fit(log, intervals=0), draws=DRAWS, seed=SEED) for name, log in repair_logs().items()}


def own_tests():
    """Answers for the logs of agents whose model wrote the tests."""
    return {name: found for name, found in answers().items() if name.startswith("reflexion")}


@supported(
    "Twice the repairs are estimated to bring at most 4 right programs per 1000 tasks in any of the logs, and 20 at "
    "the upper end of draws.",
    constants=DATA,
    remark=REPAIRS,
)
def claim_more_repairs(model):
    most = max(float(found["gain"].sel(lever="repairs")) for found in answers().values())
    support("right programs, as a share of tasks", most, low=0.0, high=0.004, sample=REPAIRS, why=WHY)
    upper = max(float(found["gain_upper"].sel(lever="repairs")) for found in answers().values())
    support("its upper end over draws", upper, low=0.0, high=0.02, sample=REPAIRS, why=WHY)
    return {"public_more_repairs_per_mille": round(1000 * most, 1), "public_more_repairs_upper": round(1000 * upper, 1)}


@supported(
    "Where the model wrote its own tests, fewer false alarms are the best change of the loop in 97 % of draws or more.",
    constants=DATA,
    remark="5 Reflexion logs",
)
def claim_false_alarms_first(model):
    shares = [float(found["loop_agreement"].sel(lever="false alarms")) for found in own_tests().values()]
    support("logs", len(shares), low=5, high=5, sample="5 Reflexion logs", why="their number")
    support("smallest share of draws", min(shares), low=0.97, high=1.0, sample="5 Reflexion logs", why=WHY)
    return {"public_false_alarms_first": min(shares)}


@refuted(
    "One change of the loop is the best for all logs.",
    constants=DATA,
    remark=REPAIRS,
)
def claim_one_change_for_all(model):
    def measure(sure):
        best = [str(found["loop_agreement"].idxmax().item()) for found in answers().values()
                if float(found["loop_agreement"].max()) >= sure]  # fmt: skip
        counts = {name.replace(" ", "_"): best.count(name) for name in ("false alarms", "repair rate", "tests")}
        return {**counts, "sure": len(best)}

    found = refute("all sure answers are the same", measure,
                   lambda sure, **counts: sure in counts.values(), sure=0.9)  # fmt: skip
    return {f"public_best_{name}": int(value) for name, value in found.items()}
