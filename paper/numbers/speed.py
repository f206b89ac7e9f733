"""Processor time of a move by what makes it: the bound, the two engines, SymPy's own compiled functions."""

import xarray as xr
from measured import results

USES = ()
NAMES = {
    "bound": "C, the bound",
    "numba": "numba engine",
    "numpy": "NumPy engine",
    "separate": "lambdify, formula by formula",
}


def data():
    engines = results()["engines"]
    costs = [[engines[model][name] for name in NAMES.values()] for model in engines]
    return xr.Dataset({"nanoseconds": (("model", "engine"), costs)}, {"model": list(engines), "engine": list(NAMES)})


def numbers(ds):
    costs = {
        f"{model}_speed_{engine}": f"{ds.nanoseconds.sel(model=model, engine=engine).item():.1f}"
        for model in ds.model.values
        for engine in ds.engine.values
    }
    return costs | {"speed_machine": results()["machine"]}
