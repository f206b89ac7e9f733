"""The page put together: template, style and scripts from files, everything about the model from the Python objects."""

import json
from collections.abc import Iterable
from html import escape
from importlib import import_module
from importlib.resources import files
from string import Template
from typing import Any

from deltamu import __version__
from deltamu.errors import InputError
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula
from deltamu.model.quantities import Quantity
from deltamu.model.settings import SCENARIOS
from deltamu.presentation.explorer.facts import Contents, engine_facts, moves_of_a_run, page_facts
from deltamu.presentation.explorer.layout import ASSUMPTIONS, FIGURES, GROUPS, MAIN, NOTES, PANELS, TERMS, Figure, Group
from deltamu.presentation.explorer.mathematics import formula_mathml, mathml, plain, policy_equations
from deltamu.presentation.explorer.presets import starts
from deltamu.presentation.explorer.programs import generated, slots_of
from deltamu.presentation.explorer.story import story
from deltamu.presentation.explorer.tips import capital, label, tip

SCRIPTS = (
    "settings.js", "words.js", "plotting.js", "headline.js", "run_figures.js", "grid_figures.js", "computing.js",
    "drawing.js", "outcome.js", "picture.js", "panels.js", "controls.js", "choices.js", "sharing.js", "story.js",
    "comparison.js", "worker.js", "reasons.js", "ways.js", "pointing.js", "export.js", "look.js", "paper.js", "page.js",
)  # fmt: skip
LOOP = ("run.js", "grids.js", "reach.js", "tangents.js", "fan.js", "rescue.js")
OFFERED = (
    "FACTS", "ENGINES", "SLOT", "engineOf", "filled", "run", "frontier", "heatmap", "reviewers", "calibration", "reach",
    "elasticities", "generator", "fan", "stops", "rescue", "leastFloor",
)  # fmt: skip
TOLD = (  # parts of a move
    sym.mu_Delta, sym.sigma_Delta, sym.score_accuracy, sym.K_eff, sym.acceptance, sym.gain,
)  # fmt: skip
BUNDLE = "plotly-basic.min.js"  # brought in when the package is built


class _Hole(Template):
    delimiter = "@@"


def whole_page(contents: Contents, *, embed: bool) -> str:
    """The page, or the fragment for an article (see `deltamu.presentation.explorer.explorer_page`)."""
    tour = story()
    steps = "".join(
        f'<button type="button" data-step="{escape(step.key)}" aria-label="{number}: {escape(step.question)}">{number}'
        "</button>"
        for number, step in enumerate(tour, start=1)
    )
    fragment = _filled(
        "fragment.html",
        style=_asset("style.css"),
        heading="h2" if embed else "h1",
        count=str(len(tour)),
        steps=steps,
        policies=_options(policy.name for policy in contents.policies),
        models=_options(model.name for model in contents.models),
        presets="".join(
            _filled("start.html", name=name, title=escape(start.title), meaning=escape(start.meaning))
            for name, start in starts().items()
        ),
        scenarios=_buttons("scenario", SCENARIOS),
        main=_group(MAIN),
        groups="\n".join(map(_group, _groups(contents))),
        first=_figure(FIGURES[0]),
        figures="\n".join(map(_figure, FIGURES[1:])),
        moves=str(moves_of_a_run()),
        panels="".join(_filled("panel.html", name=name, title=escape(title)) for name, title in PANELS),
        assumptions=_assumptions(contents),
        **{
            name: _filled("term.html", name=name, term=escape(term), meaning=escape(meaning)).strip()
            for name, (term, meaning) in TERMS.items()
        },
        version=__version__,
        script=page_script(contents),
        plotly=_plotly(),
    )
    return fragment if embed else _filled("page.html", fragment=fragment)


def engine_script(contents: Contents) -> str:
    """The model part with its loop, as a JavaScript function that returns what the page calls."""
    slots = slots_of(contents.engines)
    facts = _literal(engine_facts(contents, slots))
    loop = "\n".join(map(_asset, LOOP))
    return (
        f"function deltamuEngine() {{\n{_strict()}const FACTS = {facts};\n{_asset('domains.js')}\n"
        f"{generated(contents.engines, slots)}\n{loop}\nreturn {{ {', '.join(OFFERED)} }};\n}}"
    )


def page_script(contents: Contents) -> str:
    """All of the page's script, as one function that leaves nothing behind."""
    data = {
        "PAGE": page_facts(contents),
        "TEXTS": {s.name: {"text": plain(s.latex), "label": label(s)} for s in _told(contents)},
        "NOTES": NOTES,
    }
    constants = [f"const {name} = {_literal(value)};" for name, value in data.items()]
    parts = [_strict(), engine_script(contents), *constants, *map(_asset, SCRIPTS)]
    return _closed("(function () {\n" + "\n".join(parts) + "\n})();")


def _told(contents: Contents) -> tuple[Quantity, ...]:
    """What sentences name: parameters, what the policies set, and parts of a move."""
    states = (state for one in contents.engines for state in one.move.state)
    return (*contents.parameters, *states, *TOLD)


def _strict() -> str:
    return '"use strict";\n'


def _literal(value: Any) -> str:
    """Data as JavaScript that can stand inside a script element."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _closed(script: str) -> str:
    """A script that cannot end the element it stands in."""
    for ending in ("</script", "<!--"):
        if ending in script.lower():
            raise InputError(f"the page's script contains {ending}")
    return script


def _plotly() -> str:
    """The part of plotly.js that the page needs, where the package was built with it, else all of it."""
    part = files("deltamu.presentation.explorer") / "assets" / BUNDLE
    if part.is_file():
        return _closed(part.read_text(encoding="utf-8"))
    try:
        source = import_module("plotly.offline").get_plotlyjs()
    except ImportError:
        raise InputError("the explorer needs plotly: pip install 'deltamu[explorer]'") from None
    return _closed(source)


def _asset(name: str) -> str:
    return (files("deltamu.presentation.explorer") / "assets" / name).read_text(encoding="utf-8")


def _filled(asset: str, /, **holes: str) -> str:
    return _Hole(_asset(asset)).substitute(holes)


# --- controls ---------------------------------------------------------------------------------------------------------


def _options(names: Iterable[str]) -> str:
    return "".join(f'<option value="{escape(name)}">{escape(_spoken(name))}</option>' for name in names)


def _buttons(kind: str, names: Iterable[str]) -> str:
    return "\n".join(
        f'<button type="button" aria-pressed="false" data-{kind}="{escape(name)}">{escape(_spoken(name))}</button>'
        for name in names
    )


def _spoken(name: str) -> str:
    first, *rest = name.split("-")
    return " ".join([first.capitalize(), *(word.upper() if len(word) <= 2 else word for word in rest)])


def _groups(contents: Contents) -> tuple[Group, ...]:
    own = tuple(symbol for symbol in contents.parameters if symbol not in sym.PARAMETERS)
    return (*GROUPS, Group("Your own", own)) if own else GROUPS


def _group(group: Group) -> str:
    controls = "\n".join(map(_control, group.controls))
    note = f'<p class="note">{escape(group.note)}</p>' if group.note else ""
    if group.folded:
        return f'<details class="group"><summary>{escape(group.title)}</summary>{note}\n{controls}\n</details>'
    return f"<fieldset><legend>{escape(group.title)}</legend>{note}\n{controls}\n</fieldset>"


def _control(symbol: Quantity) -> str:
    """A label, a slider where the symbol has one, the live value, and a hint."""
    slider = ""
    if symbol.slider is not None:
        low, high, step = (f"{number:g}" for number in symbol.slider)
        slider = _filled("slider.html", name=symbol.name, low=low, high=high, step=step, value=f"{symbol.default:g}")
    return _filled(
        "control.html",
        name=symbol.name,
        label=escape(label(symbol)),
        symbol=mathml(symbol.latex),
        hint=escape(tip(symbol)),
        slider=slider,
        value=f"{symbol.default:g}",
    )


# --- figures and mathematics ------------------------------------------------------------------------------------------


def _figure(figure: Figure) -> str:
    return _filled(
        "figure.html",
        name=figure.name,
        element=figure.element,
        title=escape(figure.title),
        caption=escape(figure.caption),
        wide=" wide" if figure.wide else "",
        tools=_asset("fan.html") if figure.name == "fan" else "",
    )


def _assumptions(contents: Contents) -> str:
    shared = [formula for formula in contents.models[0] if all(formula in tuple(model) for model in contents.models)]
    parts = [_formulas("All models", shared)]
    for model in contents.models:
        parts.append(_formulas(f"{_spoken(model.name)} model only", [f for f in model if f not in shared]))
    for policy in contents.policies:
        title = f"Policy {policy.name}"
        lines = _lines(title, policy_equations(policy))
        parts.append(f"<h3>{escape(title)}</h3>{lines}")
    points = "".join(f"<li><strong>{escape(name)}:</strong> {escape(text)}.</li>" for name, text in ASSUMPTIONS)
    parts.append(f"<h3>Key assumptions</h3><ul>{points}</ul>")
    parts.append(_constants())
    return "\n".join(parts)


def _formulas(title: str, formulas: Iterable[Formula]) -> str:
    lines = (f"<p>{escape(capital(formula.title))}</p>{formula_mathml(formula)}" for formula in formulas)
    return f"<h3>{escape(title)}</h3>{_lines(title, lines)}"


def _lines(title: str, lines: Iterable[str]) -> str:
    rows = "".join(f'<div class="formula">{line}</div>' for line in lines)
    return f'<div class="formulas" tabindex="0" role="region" aria-label="{escape(title)}: formulas">{rows}</div>'


def _constants() -> str:
    rows = (
        (mathml(symbol.latex), f"{symbol.default:g}", escape(symbol.meaning), escape(symbol.source))
        for symbol in sym.CONSTANTS
    )
    return _filled(
        "constants.html",
        rows="\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows),
    )
