"""Calls of the public names and of the command line with values that are fine, odd or hostile, as Python text.

What a call may be is read from the package: its public names, their signatures, the options of its parser.  A new
function or option is tried without anyone thinking of it; `FINE` only says what is sensible for an argument's name.
"""

import inspect
from functools import cache
from types import ModuleType

import numpy as np
import pandas as pd
import sympy as sp
import xarray as xr
from hypothesis import strategies as st
from matplotlib.figure import Figure

import deltamu as dm
from deltamu import symbols as sym
from deltamu.model.symbols import PARAMETERS

PACKAGES = ("calibration", "design", "equilibria", "plotting", "sensitivity")  # of public functions; claims is for authors
INSTANCES = {
    "PUBLISHED": dm.PUBLISHED,
    "PLANNER": dm.PLANNER,
    'Settings("vibe")': dm.Settings("vibe"),
    "Population(0.7, 2.0)": dm.Population(0.7, 2.0),
    'PUBLISHED["gain"]': dm.PUBLISHED["gain"],
    "symbols.gamma": sym.gamma,
    "Ledger(())": dm.Ledger(()),
}

# What can be given for anything: numbers of every library, shapes, texts, records of the wrong kind.
HOSTILE = """
None True ... nan inf -inf -1 0 1 2 3 0.5 -0.0 1e-300 1e308 10**20 -(10**20) 10**400 1j 0.1+0j
'' 'nan' 'x' 'gain' 'Gain' 'gian' 'mu' 'vibe' 'gated' 'final_mu' '\\ud800' 'μ' 'a\\nb' '\\0' 'x'*999 '('*500 '__class__' b'x'
np.float64('nan') np.float32(0.5) np.int64(2) np.uint8(3) np.bool_(True) np.complex128(1j) np.datetime64('2020-01-01')
np.array(1.0) np.array([]) np.array([0.2,0.4]) np.array([[0.2]]) np.zeros((0,3)) np.array(['a']) np.array([None])
np.array([1j]) np.array([nan]) np.ma.masked np.ma.array([0.1,0.2],mask=[0,1]) np.array([(1,2.0)],dtype='i,f')
pd.NA pd.NaT pd.Timestamp(0) pd.Series([0.2,0.4]) pd.Series(['a'],name='mu') pd.Series([],dtype=float)
pd.DataFrame({'a':[1]}) pd.DataFrame() pd.array([0.5,None]) pd.Index([1,2]) pd.Categorical(['a'])
xr.DataArray([0.2,0.4],dims='x') xr.DataArray(0.3) xr.DataArray([0.2],dims='mu') xr.DataArray(['a'],dims=[1]) xr.Dataset()
xr.DataArray([[0.2]],dims=['a','b']) xr.DataArray([],dims='x') xr.DataArray([nan],dims='x')
sp.Symbol('x') sp.Symbol('gain') sym.mu sym.gain sym.N sym.H sym.gain/0 sym.mu**sym.H sp.Rational(1,2) sp.oo sp.nan sp.zoo sp.pi sp.I
sp.true sp.Eq(sym.mu,1) sp.Matrix([1,2]) sp.Interval(0,1) sp.S.EmptySet sp.sin sp.Function('f')(sym.mu) sp.Derivative(sym.mu,sym.mu)
Decimal('0.5') Decimal('NaN') Fraction(1,3) [] () {} set() [1,'a'] [[1],[2]] [[1],2] [None] ['gain','gain'] ['mu',3] {'a':1} {'H':(0,1)}
{'H':3} {1:2} {'gain'} range(3) iter([1]) [[[[[[[]]]]]]] [True] [0.1,nan] [1,2,3] [0.3,0.3] (0.2,0.4) [-1,5]
lambda:1 lambda*a,**k:a object() int dm print slice(1) NotImplemented Exception('a\\nb') type Path('nowhere') '/' '.' '/dev/null' '/dev/full'
'empty' 'bytes' 'brackets' 'log.csv' dm.Settings('vibe') dm.PUBLISHED dm.GATED dm.VIBE [dm.VIBE,'vibe'] ['vibe','planner'] dm.PUBLISHED['gain']
dm.Population(0.7) dm.Population(0.7,2.0,r=0.5) dataset('run') dataset('sweep') dataset('fit') dataset('log') axes()
""".split()
"""Texts of one word each."""

DATASETS = {
    "run": lambda: dm.simulate(moves=3),
    "sweep": lambda: dm.simulate(moves=3, H=[0.2, 0.4], policy=["vibe", "trust-region"]),
    "ensemble": lambda: dm.ensemble(runs=4, seed=1, moves=3),
    "summary": lambda: dm.ensemble(runs=4, seed=1, moves=3, reduce="summary"),
    "moves": lambda: dm.sample_moves(mu=3, delta=0.2, runs=4, seed=1),
    "formula": lambda: dm.evaluate("gain", mu=[1, 3], delta=[0.1, 0.2]),
    "tangents": lambda: dm.tangents(moves=3),
    "table": lambda: dm.sensitivities("gain", mu=3, delta=0.2),
    "pairs": lambda: dm.interactions("gain", mu=3, delta=0.2),
    "floor": lambda: dm.defect_floor(delta=[0.1, 0.2], H=[0.2, 0.5]).to_dataset(name="floor"),
    "rows": lambda: log_rows().to_xarray(),
    "log": lambda: dm.log_from_counts(log_rows()),
    "fit": lambda: dm.fit(log_rows()),
    "bare fit": lambda: dm.fit(log_rows(), intervals=0),
    "profile": lambda: dm.profile(dataset("fit"), "r", points=5),
    "predict": lambda: dm.predict(dataset("fit"), dataset("log")),
    "laws": lambda: dm.compare_fits(log_rows(), ("repair", "retry"), splits=2),
    "curves": lambda: dm.calibration.first_pass_curves(dataset("fit"), draws=10),
    "levers": lambda: dm.design.levers(dataset("fit"), draws=10),
    "draws": lambda: dm.draws(dataset("fit"), 3, 1),
    "recommend": lambda: dm.recommend(target=0.6),
    "portrait": lambda: dm.equilibria.phase_portrait(mu=[1, 3, 5], delta=[0.1, 0.2, 0.3], moves=5),
}


@cache
def _made(name):
    return DATASETS[name]()


def dataset(name):
    """A small result of each kind: made once, given as a copy."""
    return _made(name).copy()


def log_rows():
    """A log of one run that is quick to fit."""
    return pd.DataFrame({"task": list("abcdefgh"), "attempt": [0, 0, 1, 1, 2, 2, 3, 3], "visible": [1] * 6 + [0] * 2, "hidden": [1, 0] * 4,
                         "count": [346, 45, 21, 6, 6, 1, 0, 75]})  # fmt: skip


def axes():
    return Figure(figsize=(2, 2)).subplots()


ANY_DATASET = [f"dataset({name!r})" for name in DATASETS]
LOGS = ["dataset('log')", "dataset('rows')", "log_rows()"]
QUANTITY = ["'gain'", "'K_eff'", "'acceptance'", "sym.gain", "sym.mu*sym.H", "dm.PUBLISHED['gain']", "'final_mu'", "'score_accuracy'"]
PARAMETER = ["'H'", "'K'", "'mu'", "sym.delta", "'N'", "'r'", "'a1'"]
# What is sensible by an argument's name; small where it is a size.  For any other name: a number, a text, a truth value.
FINE = {
    **dict.fromkeys(("settings", "baseline"), ["None", "'principal-tr'", "'greenfield'", "dm.Settings('vibe', H=0.3)",
                                               "dm.Settings('planner', model='gated')"]),
    "model": ["None", "'gated'", "'published'", "dm.GATED", "['published','gated']"],
    "policy": ["'vibe'", "'planner'", "'trust-region'", "dm.VIBE", "['vibe','planner']"],
    "quantity": QUANTITY, "thing": [*QUANTITY, "dm.PUBLISHED", "dm.VIBE"], "expr": QUANTITY[3:5], "quantities": QUANTITY,
    "exprs": ["sym.gain", "[sym.gain]"],
    "wrt": [*PARAMETER, "['H','K']"], "x": PARAMETER, "y": PARAMETER, "parameter": ["'r'", "'H'", "'K'", "'gamma'"],
    "values": ["[0.1,0.3]", "np.linspace(0.1,0.9,3)"], "keep": ["'all'", "'final'", "['mu','gain']"],
    "moves": ["1", "3", "np.int64(4)"], "runs": ["1", "4"], "seed": ["1", "np.int64(3)", "2**31"], "n": ["2", "4"],
    "order": ["1"], "digits": ["2", "15"], "draws": ["2", "5"], "splits": ["1", "2"], "folds": ["2"], "bootstrap": ["0", "2"],
    "points": ["3", "5"], "nodes": ["5", "11"], "radii": ["5"], "jobs": ["1"], "window": ["1", "2"], "most": ["2", "3"],
    "candidates": ["2", "'effective'", "'integer'"], "reviewers": ["2"], "number": ["3"],
    "mu": ["3", "[1,3,5]", "5.5"], "delta": ["0.2", "[0.1,0.3]", "0.05"], "epsilon": ["0.5", "[0.1,0.5]"],
    "starts": ["()", "[(3,0.2)]"], "outcome": ["'final_mu'", "['final_mu','reached']"],
    "bounds": ["'constants'", "'sliders'", "{'H':(0.1,0.3)}", "{'K':(1.2,3.7)}"],
    "log": LOGS, "log_visible": LOGS, "table": [*LOGS, "{'attempt':[0],'visible':[1],'hidden':[1],'count':[3]}"],
    "fit": ["dataset('fit')", "dataset('bare fit')"], "recommendation": ["dataset('recommend')"],
    "law": ["'repair'", "'retry'"], "laws": ["('repair','retry')"], "design": ["'repairs'", "None", "['repairs']"],
    "at": ["{'m':0.7,'r':0.5,'d':0.3}", "dataset('fit')"], "run": ["'counts'", "None"],
    "path": ["'log.csv'", "'example'", "'a.json'"], "columns": ["None", "{'task':'attempt'}"],
    "format": ["'auto'", "'tidy'"], "stop": ["'visible'", "'none'"], "counts": ["[[5,3,2]]"], "cells": ["['a','b','c']"],
    "passes": ["[[3.,1.]]"], "false": ["[[1.,0.]]"], "alarms": ["[0.]"], "rest": ["[2.]"],
    "target": ["0.6", "0.9"], "level": ["0.1", "3"], "budget": ["20", "[5,9]"], "minimize": ["'moves'", "'cost'"],
    "max_false_pass": ["0.3"], "min_reliability": ["0.2"], "max_escaped": ["2"], "free": ["('delta0',)"], "fixed": ["()"],
    "population": ["None", "dm.Population(0.7,1.0)"], "carrier": ["'a1'"], "verb": ["dm.recommend", "lambda s,**k:dm.evaluate('K_eff',s)"],
    "reduce": ["None", "'summary'"], "quantiles": ["[0.1,0.9]"], "engine": ["'numpy'"], "progress": ["False"],
    "ds": ANY_DATASET, "dataset": ANY_DATASET, "summary": ANY_DATASET, "floor": ANY_DATASET, "front": ANY_DATASET, "best": ANY_DATASET,
    "followed": ANY_DATASET, "array": ["dataset('run').mu", "dataset('sweep').reliability", "dataset('formula').gain"],
    "ax": ["axes()"], "axes": ["axes()"], "variable": ["'mu'", "'gain'", "'acceptance'"], "along": ["'H'", "'mu'"],
    "mean_field": ["None", "dataset('run')"], "axis": ["0"],
    "name": ["'mine'"], "formulas": ["(dm.PUBLISHED['gain'],)"], "initial": ["{sym.delta:sym.delta0}"], "update": ["{sym.delta:sym.delta/2}"],
    "symbol": ["sym.gain"], "printed": ["sym.mu/2"], "mass": ["0.7"], "dispersion": ["0.0", "2.0"], "r": ["0.5", "None"],
    "low": ["sp.Integer(0)"], "high": ["sp.Integer(1)"], "domain": ["sp.Interval(0,1)", "sp.Naturals0"], "default": ["0.5"],
    "latex": ["'x'", "False"], "meaning": ["'a thing'"], "names": ["'nothing'"], "programs": ["[dm.PUBLISHED.program([sym.gain])]"],
    "rows": ["()"], "share": ["()", "['r']", "0.5"], "cases": ["{'a':dm.Settings('vibe')}"], "alpha": ["1.5"], "beta": ["0.5"],
    "text": ["'{}'", "dm.Settings('vibe').to_json()"], "subs": ["{sym.mu:3,sym.delta:Fraction(1,5)}"], "value": ["0.5", "[0.1,0.2]"],
    "facts": ["sym.gamma.facts"], "message": ["'a'"], "embed": ["False"],
}  # fmt: skip
GIVEN = {"moves", "n", "runs", "draws", "splits", "points", "nodes", "radii", "jobs", "progress", "radius", "most"}
"""Sizes, which are never left to their defaults: a try is quick."""
PLAIN = ["0.5", "1", "'a'", "True"]
NAMESPACE = {
    **vars(__import__("builtins")), "nan": float("nan"), "inf": float("inf"), "np": np, "pd": pd, "sp": sp, "xr": xr, "dm": dm, "sym": sym,
    "Path": __import__("pathlib").Path, "Decimal": __import__("decimal").Decimal, "Fraction": __import__("fractions").Fraction,
    "dataset": dataset, "log_rows": log_rows, "axes": axes,
}  # fmt: skip


@cache
def code(text):
    return compile(text, text, "eval")


def value(text):
    """What a text stands for, made anew: no try can spoil another's."""
    return eval(code(text), NAMESPACE)


def callables():
    """Every public function, class and method by the text that stands for it."""
    found = {}
    for name in dm.__all__:
        thing = getattr(dm, name)
        if not isinstance(thing, ModuleType):
            found[f"dm.{name}"] = thing
        elif name in PACKAGES:
            found |= {f"dm.{name}.{key}": one for key, one in vars(thing).items() if inspect.isfunction(one)}
    for text, one in INSTANCES.items():
        for key in {key for kind in type(one).__mro__ if kind.__module__.startswith("deltamu") for key in vars(kind)}:
            found[f"dm.{text}.{key}"] = getattr(one, key, None)
    quick = {text: one for text, one in found.items() if callable(one) and "._" not in text and own(one)}
    return {text: inspect.signature(one) for text, one in sorted(quick.items()) if text.split(".")[-1] not in SLOW}


SLOW = {"derive", "verify", "explorer_page", "optimality_gaps"}


def own(thing):
    return str(getattr(thing, "__module__", "")).startswith("deltamu") and not (inspect.isclass(thing) and issubclass(thing, Exception))


CALLABLES = callables()


@st.composite
def calls(draw):
    """The text of a call: what is needed is mostly fine, what is optional mostly absent, one argument often hostile."""
    name = draw(st.sampled_from(sorted(CALLABLES)))
    parts = []
    for parameter in CALLABLES[name].parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            for control in draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True)):
                parts.append(f"{control}={draw(st.one_of(st.sampled_from(SWEPT), st.sampled_from(HOSTILE)))}")
            continue
        needed = parameter.default is parameter.empty and parameter.kind is not parameter.VAR_POSITIONAL
        chance = draw(st.integers(0, 19))
        if chance < (1 if needed else 15) and parameter.name not in GIVEN:
            continue
        fine = FINE.get(parameter.name) or PLAIN
        text = draw(st.sampled_from(fine if chance < 16 else HOSTILE))
        positional = parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL)
        parts.append(text if positional else f"{parameter.name}={text}")
    return f"{name}({', '.join(sorted(parts, key=lambda part: bool(KEYWORD.match(part))))})"


KEYWORD = __import__("re").compile(r"\w+=[^=]")
SWEPT = ["0.3", "1", "2", "[0.2,0.4]", "'0.5'", "5"]
NAMES = [*(symbol.name for symbol in PARAMETERS), "mu", "delta", "nope", "move", "t", "gain", "μ", "modle"]
