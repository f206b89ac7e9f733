"""Calls of the public names and command lines, with values that are fine, odd or hostile, as the text that makes them.

What can be called comes from the package itself: its public names with their signatures, its commands with the options
of their parsers.  A new function or option is tried without anyone thinking of it; `FINE` and `OPTION` only say what is
sensible for an argument of a name, and small where it is a size, so that every try is quick.
"""

import builtins
import inspect
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import sympy as sp
import xarray as xr
from hypothesis import strategies as st
from matplotlib.figure import Figure

import deltamu as dm
from deltamu import symbols as sym
from deltamu.presentation.cli import COMMANDS, _module
from deltamu.presentation.cli.parser import Parser

# --- results to be given on ------------------------------------------------------------------------------------------
DATASETS = {
    "run": lambda: dm.simulate(moves=3),
    "sweep": lambda: dm.simulate(moves=3, H=[0.2, 0.4], policy=["vibe", "trust-region"]),
    "plane": lambda: dm.simulate(moves=3, keep="final", H=[0.2, 0.4], N=[0, 1, 2]),
    "runs": lambda: dm.ensemble(runs=4, seed=1, moves=3),
    "summary": lambda: dm.ensemble(runs=4, seed=1, moves=3, reduce="summary"),
    "moves": lambda: dm.sample_moves(mu=3, delta=0.2, runs=4, seed=1),
    "formula": lambda: dm.evaluate("gain", mu=[1, 3], delta=[0.1, 0.2]),
    "tangents": lambda: dm.tangents(moves=3),
    "table": lambda: dm.sensitivities("N_eff"),
    "pairs": lambda: dm.interactions("N_eff"),
    "sobol": lambda: dm.global_sensitivity("final_mu", seed=1, n=2, moves=3, bounds={"H": (0.1, 0.3), "K": (1, 3)}),
    "log": lambda: dm.log_from_counts(rows()),
    "rows": lambda: rows().to_xarray(),
    "fit": lambda: dm.fit(rows(), intervals=0),
    "profile": lambda: dm.profile(dataset("fit"), "r", points=5),
    "predict": lambda: dm.predict(dataset("fit"), dataset("log")),
    "laws": lambda: dm.compare_fits(rows(), ("repair", "retry"), splits=2),
    "curves": lambda: dm.calibration.first_pass_curves(dataset("fit"), draws=10),
    "levers": lambda: dm.design.levers(dataset("fit"), draws=10),
    "draws": lambda: dm.draws(dataset("fit"), 3, 1),
    "recommend": lambda: dm.recommend(target=0.6, free="K"),
    "portrait": lambda: dm.equilibria.phase_portrait(mu=[1, 3, 5], delta=[0.1, 0.2, 0.3], moves=5),
    "radius": lambda: dm.best_radius(mu=[1, 3, 5]),
    "team": lambda: dm.design.best_reviewers(mu=[1, 3], delta=[0.1, 0.2]),
    "split": lambda: dm.design.best_split(mu=3, delta=0.2, budget=[5, 9]),
    "advantage": lambda: dm.advantage(H=[0.2, 0.5], N=[0, 2], moves=20),
    "oracle": lambda: dm.design.oracle_value(r=[0.5, 0.9], moves=3),
    "long run": lambda: dm.bifurcation(parameter="r", values=[0.1, 0.3], moves=3),
}


@cache
def _made(name):
    return DATASETS[name]()


def dataset(name):
    """A small result of each kind: made once, given as a copy."""
    return _made(name).copy()


def rows():
    """A log of one run that is quick to fit."""
    return pd.DataFrame({
        "task": list("abcdefg"), "attempt": [0, 0, 1, 1, 2, 3, 3], "visible": [1] * 5 + [0] * 2,
        "hidden": [1, 0, 1, 0, 1, 1, 0], "count": [346, 45, 21, 6, 6, 1, 75],
    })  # fmt: skip


def axes():
    return Figure(figsize=(2, 2)).subplots()


# --- values ----------------------------------------------------------------------------------------------------------
WORDS_OF_VALUES = r"""
None True ... nan inf -inf -1 0 1 2 3 0.5 -0.0 1e-300 1e308 10**20 -(10**20) 10**400 1j 0.1+0j
'' 'nan' 'x' 'gain' 'Gain' 'gian' 'mu' 'vibe' 'gated' 'final_mu' '\ud800' 'μ' 'a\nb' '\0' 'x'*300 '('*500 b'x'
'empty' 'bytes' 'brackets' 'log.csv' 'a.json' '.' '/dev/null' '/dev/full' Path('nowhere') '__class__'
np.float64('nan') np.float32(0.5) np.int64(2) np.uint8(3) np.bool_(True) np.complex128(1j) np.datetime64('2020-01-01')
np.array(1.0) np.array([]) np.array([0.2,0.4]) np.array([[0.2]]) np.zeros((0,3)) np.array(['a']) np.array([None])
np.array([1j]) np.array([nan]) np.ma.masked np.ma.array([0.1,0.2],mask=[0,1]) np.array([(1,2.0)],dtype='i,f')
pd.NA pd.NaT pd.Timestamp(0) pd.Series([0.2,0.4]) pd.Series(['a'],name='mu') pd.Series([],dtype=float)
pd.DataFrame({'a':[1]}) pd.DataFrame() pd.array([0.5,None]) pd.Index([1,2]) pd.Categorical(['a'])
xr.DataArray([0.2,0.4],dims='x') xr.DataArray(0.3) xr.DataArray([0.2],dims='mu') xr.DataArray(['a'],dims=[1])
xr.DataArray([[0.2]],dims=['a','b']) xr.DataArray([],dims='x') xr.DataArray([nan],dims='x') xr.Dataset()
sp.Symbol('x') sp.Symbol('gain') sym.mu sym.gain sym.N sym.H sym.gain/0 sym.mu**sym.H sp.Rational(1,2) sp.oo sp.nan
sp.zoo sp.pi sp.I sp.true sp.Eq(sym.mu,1) sp.Matrix([1,2]) sp.Interval(0,1) sp.S.EmptySet sp.sin
sp.Function('f')(sym.mu) Decimal('0.5') Decimal('NaN') Fraction(1,3) [] () {} set() [1,'a'] [[1],[2]] [[1],2] [None]
['gain','gain'] ['mu',3]
{'a':1} {'H':(0,1)} {'H':3} {1:2} {'gain'} range(3) iter([1]) [[[[[[[]]]]]]] [True] [0.1,nan] [1,2,3] [0.3,0.3]
(0.2,0.4) [-1,5] lambda:1 lambda*a,**k:a object() int dm print slice(1) NotImplemented Exception('a\nb') type
dm.Settings('vibe') dm.PUBLISHED dm.GATED dm.VIBE [dm.VIBE,'vibe'] ['vibe','planner'] dm.PUBLISHED['gain']
dm.Population(0.7) dm.Population(0.7,2.0,r=0.5) dataset('run') dataset('sweep') dataset('fit') dataset('log') axes()
"""
HOSTILE = WORDS_OF_VALUES.split()
"""What can be given for anything: numbers of every library, shapes, texts, files, records of the wrong kind."""

PLAIN = ["0.5", "1", "'a'", "True"]
RESULTS = [f"dataset({name!r})" for name in DATASETS]
LOGS = ["dataset('log')", "dataset('rows')", "rows()"]
FITS = ["dataset('fit')", "dataset('fit').isel(run=0)", "dataset('fit').drop_vars('member')"]
QUANTITIES = ["'gain'", "'N_eff'", "'rho_eff'", "sym.K_eff", "sym.mu*sym.H", "dm.PUBLISHED['cost']", "'final_mu'"]
SYMBOLS = ["'H'", "'K'", "'gamma'", "sym.mu", "'N'", "'rho'", "'a1'"]
START = ["None", "'principal-tr'", "'greenfield'", "dm.Settings('vibe', H=0.3)", "dm.Settings(model='gated')"]
DRAWN = [*RESULTS, "dataset('run').isel(move=[])", "dataset('sweep').transpose()", "dataset('run')*nan"]
FINE = {
    "settings": START, "baseline": START, "model": ["None", "'gated'", "dm.PUBLISHED", "['published','gated']"],
    "policy": ["'vibe'", "'planner'", "dm.TRUST_REGION", "['vibe','planner']"],
    "quantity": QUANTITIES, "thing": [*QUANTITIES, "dm.PUBLISHED", "dm.VIBE"], "expr": QUANTITIES[3:5],
    "exprs": ["[sym.gain]"], "symbols": ["[sym.r]"], "wrt": [*SYMBOLS, "['H','K']"], "x": SYMBOLS, "y": SYMBOLS,
    "parameter": ["'r'", "'H'", "'K'"], "values": ["[0.1,0.3]", "{'mu':3,'delta':Fraction(1,5)}"],
    "keep": ["'all'", "'final'", "['mu','gain']"], "moves": ["1", "3", "np.int64(4)"], "runs": ["1", "4", "['a']"],
    "seed": ["1", "np.int64(3)", "2**31"], "n": ["2", "4"], "order": ["1"], "digits": ["2", "15"], "splits": ["1"],
    "draws": ["None", "2", "5"], "folds": ["2"], "bootstrap": ["0", "2"], "points": ["3", "5"], "jobs": ["1"],
    "nodes": ["5", "11"], "radii": ["5"], "window": ["1", "2"], "most": ["2", "3"], "number": ["3"], "reviewers": ["2"],
    "candidates": ["2", "'effective'"], "mu": ["3", "[1,3,5]"], "delta": ["0.2", "[0.1,0.3]"], "starts": ["[(3,0.2)]"],
    "epsilon": ["0.5", "[0.1,0.5]"], "outcome": ["'final_mu'", "['final_mu','reached']"], "log": LOGS, "fit": FITS,
    "bounds": ["'constants'", "['sliders']", "{'H':(0.1,0.3)}", "{'K':(1.2,3.7)}"], "log_visible": LOGS,
    "table": [*LOGS, "{'attempt':[0],'visible':[1],'hidden':[1],'count':[3]}"], "law": ["'repair'", "'retry'"],
    "laws": ["('repair','retry')"], "design": ["'2 repairs'", "['1 repairs']"], "run": ["'counts'", "None"],
    "at": ["{'k':.7,'theta':.6,'r':.6,'lambda':.3,'d':.5}", *FITS], "columns": ["{'task':'attempt'}"],
    "path": ["'log.csv'", "'example'", "'a.json'"], "format": ["'auto'", "'tidy'"], "stop": ["'visible'", "'none'"],
    "counts": ["[[5,3,2]]"], "cells": ["['a','b','c']"], "passes": ["[[3.,1.]]"], "false": ["[[1.,0.]]"],
    "alarms": ["[0.]"], "rest": ["[2.]"], "target": ["0.6", "0.9"], "level": ["0.1", "3"], "budget": ["20", "[5,9]"],
    "minimize": ["'moves'", "'cost'"], "max_false_pass": ["0.3"], "max_escaped": ["2"], "free": ["'delta0'"],
    "fixed": ["'N'"], "population": ["None", "dm.Population(0.7,1.0)"], "carrier": ["'a1'"],
    "verb": ["dm.recommend", "lambda s,**k:dm.evaluate('K_eff',s)"], "reduce": ["None", "'summary'"],
    "quantiles": ["[0.1,0.9]"], "engine": ["'numpy'"], "progress": ["False"], "ds": DRAWN, "summary": DRAWN,
    "floor": DRAWN, "best": DRAWN, "followed": DRAWN, "recommendation": RESULTS, "dataset": RESULTS, "ax": ["axes()"],
    "array": ["dataset('plane').mu_next", "dataset('formula').gain", "dataset('run').mu"], "axes": ["axes()"],
    "limit": ["2", "0.5"], "variable": ["'mu'", "'gain'", "'acceptance'"], "along": ["'H'", "'N'"],
    "mean_field": ["dataset('run')"], "name": ["'mine'"], "formulas": ["(dm.PUBLISHED['gain'],)"],
    "initial": ["{sym.delta:sym.delta0}"],
    "update": ["{sym.delta:sym.delta/2}"], "symbol": ["sym.gain"], "printed": ["sym.mu/2"], "mass": ["0.7"],
    "low": ["sp.Integer(0)"], "high": ["sp.Integer(1)"], "domain": ["sp.Interval(0,1)", "sp.Naturals0"],
    "latex": ["'x'", "False"], "meaning": ["'a thing'"], "names": ["'nothing'"], "rows": ["()"], "programs": ["()"],
    "share": ["()", "['r']", "0.5"], "cases": ["{'a':dm.Settings('vibe')}"], "alpha": ["1.5"], "beta": ["0.5"],
    "fix": ["{'d':0.5}", "{'r':'0.5'}"], "priors": ["{'r':(0.,1.)}", "{'r':(0.5,)}"], "costs": ["{'K':2}", "{'H':'a'}"],
    "slots": ["{'mu':0}"], "text": ["'{}'", "dm.Settings('vibe').to_json()"], "facts": ["sym.gamma.facts"],
    "dispersion": ["0.0", "2.0"],
}  # fmt: skip
GIVEN = {"names", "moves", "n", "runs", "draws", "splits", "points", "nodes", "radii", "jobs", "progress", "most"}
"""What is never left to its default, which would take long."""
CONTROLS = [*(symbol.name for symbol in sym.PARAMETERS), "mu", "delta", "nope", "move", "t", "gain", "μ", "modle"]
SWEPT = ["0.3", "1", "2", "[0.2,0.4]", "'0.5'", "5", "xr.DataArray([0.2,0.4],dims='x')"]
NAMESPACE = {
    **vars(builtins), "nan": np.nan, "inf": np.inf, "np": np, "pd": pd, "sp": sp, "xr": xr, "dm": dm, "sym": sym,
    "Path": Path, "Decimal": Decimal, "Fraction": Fraction, "dataset": dataset, "rows": rows, "axes": axes,
}  # fmt: skip


def value(text):
    """What a text stands for, made anew: no try can spoil another's."""
    return eval(text, NAMESPACE)


# --- calls -----------------------------------------------------------------------------------------------------------
PACKAGES = ("calibration", "design", "equilibria", "plotting", "sensitivity")  # the other modules are for authors
RECORDS = (
    "dm.PUBLISHED", "dm.PLANNER", "dm.Settings('vibe')", "dm.Population(0.7,2.0)", "dm.PUBLISHED['gain']", "sym.gamma",
    "dm.Ledger(())",
)  # fmt: skip
SELDOM = {  # a call takes a tenth of a second and more
    "derive", "verify", "explorer_page", "optimality_gaps", "hessian", "interactions", "identifiability", "bifurcation",
    "compare_fits", "fixed_points", "sensitivities", "verdicts", "over_draws", "optimality_gap",
}  # fmt: skip


def _public():
    """Every public function, class and method of a record, by the text that stands for it."""
    found = {}
    for name in dm.__all__:
        thing = getattr(dm, name)
        if isinstance(thing, ModuleType) and name in PACKAGES:
            found |= {f"dm.{name}.{key}": one for key, one in vars(thing).items() if inspect.isfunction(one)}
        elif callable(thing):
            found[f"dm.{name}"] = thing
    for record in RECORDS:
        kind = type(value(record))
        methods = {key for base in kind.__mro__ if base.__module__.startswith("deltamu") for key in vars(base)}
        found |= {f"{record}.{key}": getattr(value(record), key, None) for key in methods if not key.startswith("_")}
    once = {id(getattr(thing, "__func__", thing)): text for text, thing in sorted(found.items(), reverse=True)}
    return {
        text: inspect.signature(found[text])
        for text in sorted(once.values())
        if callable(found[text]) and text != "dm.InputError"
    }


CALLABLES = _public()


@st.composite
def calls(draw):
    """The text of a call: what is needed is mostly fine, what is optional mostly absent, some of it hostile."""
    names = [text for text in CALLABLES if text.rpartition(".")[2] not in SELDOM]
    name = draw(st.sampled_from(sorted(CALLABLES) if draw(st.integers(0, 29)) == 0 else names))
    places, keywords = [], []
    for parameter in CALLABLES[name].parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            for control in draw(st.lists(st.sampled_from(CONTROLS), max_size=2, unique=True)):
                if control in CALLABLES[name].parameters:
                    continue
                keywords.append(f"{control}={draw(st.sampled_from(SWEPT) | st.sampled_from(HOSTILE))}")
            continue
        needed = parameter.default is parameter.empty and parameter.kind is not parameter.VAR_POSITIONAL
        chance = draw(st.integers(0, 19))
        if chance < (1 if needed else 15) and parameter.name not in GIVEN:
            continue
        text = draw(st.sampled_from(HOSTILE if chance > 16 else FINE.get(parameter.name, PLAIN)))
        by_place = parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL)
        (places if by_place else keywords).append(text if by_place else f"{parameter.name}={text}")
    return f"{name}({', '.join(places + keywords)})"


# --- command lines ---------------------------------------------------------------------------------------------------
WORDS = [
    "", "x", "-", "0", "1", "-1", "3", "0.5", "nan", "inf", "1e308", "1e-300", "1" + "0" * 400, "1,2", "0:1:3", "0:1",
    "0:1:10000000000", "0:1:-1", "nan:inf:3", "0.2,a", ",", "=", "a=b", "H=0.3", "H=", "H", "gain", "gian", "mu",
    "vibe", "gated", "vibe,planner", "vibe,vibe", "\ud800", "\udc80", "μ", "a\nb", "x" * 300, "--", "--nope", "--help",
    "os:path", "mine:POLICY", "mine:MODEL", "mine:nothing", "nowhere:X", ".:x", ":", "..", ".", "empty", "bytes",
    "brackets", "log.csv", "a.json", "s.json", "folder", "nowhere/a", "link", "/dev/null", "/dev/full", "final_mu",
    "r=0.5", "K=1:3:3", "N=0,1", "１", "1_000", "0x1", "True", "mu0=12,H=0.5",
]  # fmt: skip
OPTION = {
    "moves": ["1", "3"], "runs": ["2", "4"], "samples": ["2", "4"], "draws": ["0", "2"], "seed": ["1"], "jobs": ["1"],
    "bootstrap": ["0"], "window": ["1"], "model": ["gated", "published", "mine:MODEL", "published,gated"],
    "policy": ["vibe", "planner", "mine:POLICY", "vibe,planner"], "preset": ["noob-vibe", "principal-tr"],
    "scenario": ["greenfield"], "settings": ["s.json", "-"], "csv": ["a.csv", "-", "/dev/null"],
    "json": ["b.json", "-"], "netcdf": ["a.nc", "-"], "out": ["a.csv", "b.json", "-"],
    "quantity": ["gain", "K_eff", "final_mu"], "formula": ["gain", "K_eff"], "name": ["nothing"],
    "log": ["log.csv"], "mu": ["3", "1:5:3"], "delta": ["0.2"],
    "keep": ["final", "mu,gain"], "law": ["repair", "retry"], "engine": ["numpy"], "wrt": ["H", "H,K"],
    "box": ["constants"], "set": ["H=0.3", "K=2"], "timeout": ["1"], "minimize": ["cost"], "free": ["delta0"],
    "fixed": ["N"], "what": ["step", "run", "budget", "reviewers", "candidates", "threshold"],
}  # fmt: skip
ALWAYS = {"moves", "samples", "draws", "jobs", "runs"} | {"name"}  # as `GIVEN`; all claims, or all figures, take long
NEVER = {"open", "show", "compare", "help"}  # which open a browser, or take long
RARELY = {"explorer", "fit", "info"}  # take a tenth of a second and more


@cache
def options(command):
    """What a command takes, from its parser."""
    parser = Parser(prog=f"deltamu {command}")
    _module(command).fill(parser)
    return [action for action in parser._actions if action.dest not in NEVER]


@st.composite
def lines(draw):
    """The arguments of a command: a few of its options, some of them with a hostile text, sometimes a stray one."""
    common = [command for command in COMMANDS if command not in RARELY]
    command = draw(st.sampled_from(sorted(COMMANDS) if draw(st.integers(0, 19)) == 0 else common))
    taken = options(command)
    needed = [o for o in taken if o.dest in ALWAYS or o.required or not (o.option_strings or o.nargs == "?")]
    others = [o for o in taken if o not in needed]
    chosen = draw(st.lists(st.sampled_from(others), max_size=4)) if others else []
    words = [command]
    for option in [*needed, *chosen]:
        if option.option_strings and option.nargs == 0:
            words.append(option.option_strings[-1])
            continue
        fine = OPTION.get(option.dest) or [*map(str, option.choices or ["0.3", "1", "2", "0.2,0.4"])]
        word = draw(st.sampled_from(WORDS if draw(st.integers(0, 9)) < (2 if option in needed else 5) else fine))
        words += [f"{option.option_strings[-1]}={word}"] if option.option_strings else [word.lstrip("-")]
    if draw(st.integers(0, 19)) == 0:
        words.insert(draw(st.integers(0, len(words))), draw(st.sampled_from(WORDS)))
    return words


def fill(folder):
    """Files of every kind in an empty folder."""
    texts = {
        "empty": "", "brackets": "[" * 100_000, "s.json": dm.Settings("vibe").to_json(), "a.json": "{}",
        "log.csv": rows().to_csv(index=False), "mine.py": "from deltamu import VIBE as POLICY, GATED as MODEL\n",
    }  # fmt: skip
    for name, text in texts.items():
        (folder / name).write_text(text)
    (folder / "bytes").write_bytes(bytes(range(128, 256)))
    (folder / "folder").mkdir()
    (folder / "link").symlink_to("nowhere")
