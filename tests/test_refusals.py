"""What is no input at all is refused in one line that names it, wherever it is given."""

import numpy as np
import pytest

import deltamu as dm
from deltamu import design, equilibria
from deltamu.presentation import cli

AT = {"mu": 3, "delta": 0.2}
REFUSED = {
    "quantity": lambda: dm.evaluate(None),
    "quantity in a list": lambda: dm.evaluate(["gain", 3], **AT),
    "keep": lambda: dm.simulate(moves=2, keep=5),
    "keep in a list": lambda: dm.simulate(moves=2, keep=[["mu"]]),
    "moves": lambda: dm.simulate(moves=10**20),
    "runs": lambda: dm.ensemble(runs=10**20, seed=1),
    "bytes": lambda: dm.evaluate("gain", K=b"1", **AT),
    "masked": lambda: dm.simulate(H=np.ma.masked),
    "ragged": lambda: dm.Settings(H=[1, [2]]),
    "many digits": lambda: dm.simulate(K=[10**400]),
    "quantiles": lambda: dm.ensemble(runs=2, seed=1, reduce="summary", quantiles=["a"]),
    "no quantile": lambda: dm.ensemble(runs=2, seed=1, reduce="summary", quantiles=None),
    "candidates": lambda: dm.sample_moves(runs=2, seed=1, candidates="some", **AT),
    "wrt of interactions": lambda: dm.interactions("gain", wrt=[], **AT),
    "wrt of sensitivities": lambda: dm.sensitivities("gain", wrt=[], **AT),
    "no parameter": lambda: dm.interactions(dm.symbols.mu * 0 + 1),
    "wrt of gradient": lambda: dm.gradient("gain", 3),
    "moves of fluid": lambda: equilibria.fluid(delta=0.2, N=0, moves=None),
    "delta0 of fluid": lambda: equilibria.fluid(delta=0.2, N=0, delta0=[0.1, 0.2]),
    "epsilon": lambda: equilibria.fluid_moves(delta=0.2, N=0, K=1, epsilon="x"),
    "level": lambda: dm.compare(None, None, level="x"),
    "values": lambda: dm.bifurcation(parameter="r", values=["a", "b"]),
    "price": lambda: design.best_reviewers(price="x", **AT),
    "price of many digits": lambda: design.best_reviewers(price=10**400, **AT),
    "level of many digits": lambda: dm.optimality_gap(level=10**400),
    "most": lambda: design.best_reviewers(most="x", **AT),
    "price of a threshold": lambda: design.correlation_threshold(price=[1], **AT),
    "tolerance": lambda: design.saturation_size(tolerance="x", **AT),
    "budget": lambda: design.best_split(budget="x", **AT),
    "largest team": lambda: design.team_front(candidates=[], **AT),
    "false pass": lambda: design.cheapest_resolution(max_false_pass="x"),
    "budget of a recommendation": lambda: dm.recommend(budget="x"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_in_one_line(what):
    with pytest.raises(dm.InputError) as refusal:
        REFUSED[what]()
    message = str(refusal.value)
    assert "\n" not in message and len(message) < 400


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["simulate", "--moves", "1" + "0" * 20], "moves = 100000000000000000000 is above"),
        (["simulate", "--K", "9" * 400], "is not a number: allowed is [1, inf)"),
        (["simulate", "--csv", "a.csv", "--json", "./a.csv"], "two outputs go to a.csv"),
        (["simulate", "--csv", ""], "cannot write ''"),
    ],
)
def test_refused_on_the_command_line(arguments, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and told in message and len(message) < 300
    assert not list(tmp_path.iterdir())
