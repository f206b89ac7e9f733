"""What is no input at all is refused in one line that names it, wherever it is given."""

import pickle

import numpy as np
import pytest
import xarray as xr
from sympy import Interval

import deltamu as dm
from deltamu import design, equilibria, sensitivity
from deltamu.presentation import cli
from deltamu.sensitivity.boxes import sample

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
    "a formula as a program": lambda: dm.javascript(dm.PUBLISHED["gain"]),
    "a name as a program": lambda: dm.javascript("gain"),
    "a truth value": lambda: dm.derivative("gain", "H", closed="no"),
    "names in one text": lambda: dm.fit({}, share="r_hat"),
    "a number among names": lambda: dm.recommend(free=["K", 3]),
    "a mapping": lambda: dm.recommend(costs=3),
    "a Dataset of another kind": lambda: dm.told(xr.Dataset()),
    "a Dataset as a number": lambda: dm.simulate(H=xr.Dataset()),
    "a complex number": lambda: dm.simulate(H=np.complex128(1j)),
    "a masked array": lambda: dm.simulate(H=np.ma.array([0.1, 0.2], mask=[0, 1])),
    "a left side": lambda: dm.Formula(3, 1),
    "a right side": lambda: dm.Formula(dm.symbols.gain, [1]),
    "a right side as text": lambda: dm.Formula(dm.symbols.gain, "mu/2"),
    "a model of numbers": lambda: dm.Model("mine", (3,)),
    "a policy of texts": lambda: dm.Policy("mine", {"delta": 1}, {}),
    "a fact": lambda: dm.quantity("q", "q", meaning="m", domain=Interval(0, 1), colour="red"),
    "a domain": lambda: dm.quantity("q", "q", meaning="m", domain=Interval(0, 1) + Interval(2, 3)),
    "bounds": lambda: sample(seed=1, bounds=3),
    "bounds of one end": lambda: sample(seed=1, bounds={"H": 0.3}),
    "a share": lambda: dm.Population(0.7).masses_at(2),
    "axes": lambda: dm.plotting.plot_runs(dm.simulate(moves=2), None),
    "axes with lines": lambda: dm.plotting.label_lines(None),
    "LaTeX of a list": lambda: dm.latex([1]),
    "a sign of a text": lambda: sensitivity.sign_of("gain"),
}


MISSPELT = {
    "move": (lambda: dm.simulate(move=3), "moves"),
    "sed": (lambda: dm.ensemble(runs=2, seed=1, sed=1), "seed"),
    "Model": (lambda: dm.evaluate("K_eff", Model="gated"), "model"),
    "modle": (lambda: dm.Settings(modle="gated"), "model"),
    "polciy": (lambda: dm.Settings().replace(polciy="vibe"), "policy"),
    "margn": (lambda: dm.advantage(margn=1), "margin"),
    "minimise": (lambda: dm.recommend(minimise="moves"), "minimize"),
    "wtr": (lambda: dm.sensitivities("final_mu", wtr=["H"]), "wrt"),
    "bound": (lambda: dm.global_sensitivity("final_mu", seed=1, bound={"rho": (0, 1)}), "bounds"),
    "Gamma": (lambda: dm.simulate(Gamma=0.3), "gamma"),
    "n": (lambda: dm.simulate(n=3), "N"),
}


@pytest.mark.parametrize("name", MISSPELT)
def test_of_what_is_misspelt_the_argument_or_the_control_that_is_meant_is_told(name):
    call, meant = MISSPELT[name]
    with pytest.raises(dm.InputError, match=rf"^unknown control '{name}': did you mean ({meant}\b|.* or {meant}\b)"):
        call()


def test_an_argument_of_another_function_is_not_what_is_meant():
    with pytest.raises(dm.InputError) as refused:
        dm.evaluate("K_eff", runz=3)
    assert "runs" not in str(refused.value)


@pytest.mark.parametrize("name", ["settings", "preset"])
def test_where_settings_go_is_told(name):
    with pytest.raises(dm.InputError, match="settings, or a preset by its name, are given without a keyword"):
        dm.simulate(**{name: "principal-tr"})
    with pytest.raises(dm.InputError, match=f"unknown control '{name}': allowed are"):
        dm.Settings(**{name: "principal-tr"})


def test_every_message_is_one_line():
    assert str(dm.InputError("one\ntwo\r\nthree\u2028four")) == "one two three four"
    again = pickle.loads(pickle.dumps(dm.InputError("one\ntwo")))
    assert (type(again), str(again)) == (dm.InputError, "one two")
    with pytest.raises(dm.InputError) as refused:
        dm.simulate(policy=np.eye(30))
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 300


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
        (["simulate", "--settings", ""], "cannot read ''"),
        (["settings", "--out", ""], "cannot write ''"),
        (["simulate", "--H", "0:1:10000000000"], "'0:1:10000000000' has more than 10000000 numbers"),
        (["simulate", "--model=--"], "--model: expected one argument"),
        (["ensemble", "--runs", "2", "--seed", "1", "--checkpoint", ""], "--checkpoint '' names no folder"),
        (["simulate", "--move", "3"], "unrecognized arguments: --move 3: did you mean --moves or"),
        (["simulate", "--model", "mine"], "allowed are published, gated, and module:OBJECT for one of your own"),
        (["simulate", "--model", "deltamu:GATED", "--own", "3"], "a parameter of your own is set with --set own=VALUE"),
        (["simulate", "--set", "H=0.5", "--H", "0.4"], "H is given twice: by --H and by --set"),
        (["simulate", "--set", "H=0.5", "--set", "H=0.4"], "H is given twice by --set"),
        (["simulate", "--set", "move=5"], "unknown control 'move': did you mean moves"),
        (["simulate", "--keep", "a\nb"], "unknown variable to keep 'a\\nb'"),
        (["simulate", "--nope\nnope"], "--nope nope"),
        (["simulate", "--policy", "a\nb:POLICY"], "cannot load policy a b:POLICY"),
        (
            ["ensemble", "--runs", "2", "--seed", "1", "--window", "3"],
            "--window says nothing to --feedback probability",
        ),
        (["settings", "--lossy"], "--lossy says nothing without --article"),
        (["explorer", "--out", "-", "--open"], "--open shows a file"),
        (["sensitivity", "moves_to_target"], "outcome moves_to_target does not change smoothly: allowed are final_"),
        (["sensitivity", "moves_to_targets"], "unknown quantity or outcome 'moves_to_targets': did you mean"),
        (["sensitivity", "reliability_at_end"], "did you mean reliability_at_stop"),
        (["sensitivity", "gain", "--mu", "3", "--delta", ".2", "--seed", "3"], "--seed says nothing to a formula"),
        (
            ["sensitivity", "gain", "--mu", "3", "--delta", ".2", "--policy", "vibe"],
            "--policy says nothing to a formula",
        ),
        (["sensitivity", "gain", "--mu", "3", "--delta", ".2", "--wrt", ""], "unknown symbol to differentiate by ''"),
        (["sensitivity", "final_mu", "--mu", "3"], "--mu says nothing to an outcome: it belongs to a formula"),
        (["sensitivity", "final_mu", "--moves", "0"], "moves = 0 is not a whole number"),
        (["sensitivity", "final_mu", "--box", ""], "unknown box ''"),
        (["sensitivity", "final_mu", "--box", "constants", "--wrt", "H"], "--wrt says nothing to a box"),
        (["sensitivity", "moves_to_target", "--box", "constants"], "is infinite for some runs: allowed are final_"),
        (["sensitivity", "gain", "--latex", "--csv", "a.csv"], "--csv says nothing to --latex"),
        (["sensitivity", "gain", "--latex", "--H", "0.3"], "H say nothing to --latex"),
        (["design", "--free", ""], "''"),
        (["figure", "--set", "H=0.3"], "need the name of a figure"),
        (["figure", "gaps", "--set", "H=0.3"], "figure gaps takes no other values"),
        (["figure", "selection", "--set", "K=3"], "figure selection sets K itself"),
        (["figure", "selection", "--set", "tau=0.3"], "figure selection sets tau itself"),
        (["figure", "convergence", "--set", "a9=3"], "unknown control 'a9'"),
        (["figure", "convergence", "--set", "H=3"], "H = 3 is outside [0, 1]"),
        (["figure", "convergence", "--set", "H=0.3,0.4"], "--set H takes one number here"),
    ],
)
def test_refused_on_the_command_line(arguments, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        code = cli.main(arguments)
    except SystemExit as refused:  # of the parser
        code = refused.code
    assert code == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and told in message and len(message) < 600
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "leaving", ["sys.exit(0)", "sys.exit()", "raise SystemExit('enough')", "raise Exception('a\\nb')"]
)
def test_a_module_that_leaves_while_it_is_loaded_is_told(leaving, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "leaving.py").write_text(f"import sys\n{leaving}\n")
    assert cli.main(["simulate", "--policy", "leaving:POLICY"]) == 2
    out, message = capsys.readouterr()
    assert out == "" and message.count("\n") == 1
    assert message.startswith("deltamu: cannot load policy leaving:POLICY: ")
