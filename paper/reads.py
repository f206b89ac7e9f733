"""Which defaults a computation reads, recorded while it runs, so that another default can change without it.

Every default passes through two places, `Settings` and `sweeps.resolved`, which read all of them, needed or not.  There
each one is marked, and a mark is recorded when its number takes part in an operation.  Numbers stay the same bits.
What only copies the facts of all controls, into plain data, is not counted as reading them.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from unittest.mock import patch

import numpy as np

from deltamu import compiling, settings, sources, sweeps
from deltamu import symbols as sym
from deltamu.model.controls import Control

COPYING = ("deltamu.model.catalogue", "deltamu.model.controls", "deltamu.codegen.outlines")
WHOLESALE = ("deltamu.model.settings", "deltamu.simulation.sweeps")  # they read all defaults and hand them on
FORM = (np.shape, np.ndim, np.size)  # what they return does not depend on the number
BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "divmod")
OTHERS = ("neg", "pos", "abs", "lt", "le", "eq", "ne", "gt", "ge", "bool", "float", "int", "round", "trunc", "floor",
          "ceil", "format")  # fmt: skip
OPERATIONS = [f"__{side}{name}__" for name in BINARY for side in ("", "r")] + [f"__{name}__" for name in OTHERS]


class Recorder:
    """The names of the defaults that were read, and whether anybody listens."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.listening = True

    def read(self, name: str) -> None:
        if self.listening:
            self.names.add(name)


class MarkedInt(int):
    """A default on its way from where it is defined to where it is used."""

    plain = int


class MarkedFloat(float):
    plain = float


MARKED = (MarkedInt, MarkedFloat)


class Operand(np.float64):
    """A default among the values of a computation: it is recorded as soon as it is computed with."""

    plain = np.float64

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        return getattr(ufunc, method)(*used(inputs), **used(options))

    def __array_function__(self, function, _, arguments, options):
        if function in FORM:
            return function(*(item.item() if isinstance(item, Operand) else item for item in arguments), **options)
        return function(*used(arguments), **used(options))

    def __reduce__(self):  # another process gets the number
        return np.float64, (self.item(),)

    __hash__ = np.float64.__hash__


def marked(kind, value, name, recorder):
    """A number that carries the name of the default that it is."""
    mark = kind(value)
    mark.name, mark.recorder = name, recorder
    return mark


def _operation(name):
    def operate(self, *others):
        return getattr(used(self), name)(*map(used, others))

    return operate


for _name in OPERATIONS:
    setattr(Operand, _name, _operation(_name))


def used(value):
    """The value without its marks, all of them recorded."""
    if isinstance(value, Operand):
        value.recorder.read(value.name)
        return np.float64(value.item())
    if type(value) in (list, tuple):
        return type(value)(map(used, value))
    if type(value) is dict:
        return {key: used(item) for key, item in value.items()}
    return value


@contextmanager
def recorded() -> Iterator[set[str]]:
    """The names of the defaults that are read inside, complete at the end.

    Examples
    --------
    >>> from deltamu import evaluate
    >>> with recorded() as names:
    ...     _ = evaluate("N_eff", N=3)
    >>> names
    {'gamma'}
    """
    recorder = Recorder()
    attribute, item, lay_out = sym.Quantity.__getattr__, settings.Settings.__getitem__, sweeps.lay_out

    def default(value, name, reader):
        if value is None or reader.startswith(COPYING):
            return value
        if reader in WHOLESALE:
            return marked(MarkedInt if isinstance(value, int) else MarkedFloat, value, name, recorder)
        recorder.read(name)
        return value

    def read_attribute(self, name):
        value = attribute(self, name)
        return default(value, self.name, caller()) if name == "default" else value

    def read_control(self, name):
        value = object.__getattribute__(self, name)
        return default(value, object.__getattribute__(self, "name"), caller()) if name == "default" else value

    def read_item(self, name):
        value = item(self, name)
        if caller() in (*WHOLESALE, "collections.abc", "_collections_abc"):
            return value
        if str(name) not in self.given:
            recorder.read(str(name))
        return value.plain(value) if isinstance(value, MARKED) else value

    def marked_layout(controls):
        sweep = lay_out(controls)
        marks = {symbol.name: value.name for symbol, value in controls.items() if isinstance(value, MARKED)}
        scalars = {name: marked(Operand, value, marks[name], recorder) if name in marks else value
                   for name, value in sweep.scalars.items()}  # fmt: skip
        return replace(sweep, scalars=scalars)

    def using(call):  # an input may be handed through a program, into an array, without any operation
        def computed(function, inputs, outputs, values):
            return call(function, inputs, outputs, {name: used(values[name]) for name in inputs})

        return computed

    def silent(function):
        def quiet(*arguments, **options):
            before, recorder.listening = recorder.listening, False
            try:
                return function(*arguments, **options)
            finally:
                recorder.listening = before

        return quiet

    patches = [
        patch.object(sym.Quantity, "__getattr__", read_attribute),
        patch.object(Control, "__getattribute__", read_control),
        patch.object(settings.Settings, "__getitem__", read_item),
        patch.object(settings.Settings, "to_json", silent(settings.Settings.to_json)),
        patch.object(sweeps, "lay_out", marked_layout),
        *(patch.object(module, "called", using(module.called)) for module in (compiling, sources)),
        *(patch.object(m, "check_constraints", silent(m.check_constraints)) for m in (settings, sweeps)),
    ]
    with ExitStack() as stack:
        for one in patches:
            stack.enter_context(one)
        yield recorder.names


def caller() -> str:
    """The module that reads an attribute or an item, two calls up."""
    return sys._getframe(2).f_globals.get("__name__", "")
