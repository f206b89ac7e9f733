"""One scenario: a policy, a model and the values of the controls; presets, scenarios and the two JSON forms."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from types import MappingProxyType
from typing import Any

from deltamu.errors import InputError, named, shown, unknown, unknown_control
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.models import MODELS, find_model
from deltamu.model.policies import PLANNER, POLICIES, TRUST_REGION, VIBE, Policy, find_policy, vocabulary
from deltamu.model.published import PUBLISHED
from deltamu.model.quantities import Quantity, as_numbers, check_order

# The keys under which the article's page copies and loads its controls, in its order.
ARTICLE_KEYS = MappingProxyType({
    "H": "H", "rho": "rho", "r": "r", "delta0": "delta0", "decay": "decay", "K": "K", "N": "N", "gamma": "gamma",
    "Kr": "K_r", "target_reliability": "target", "mu0": "mu0", "alpha": "alpha", "beta": "beta", "A_lo": "A_lo",
    "A_hi": "A_hi",
})  # fmt: skip
# What the page writes besides after a preset; under that policy these win over the keys above.
ARTICLE_PRESET_KEYS = MappingProxyType({
    "vibe": {"delta": "delta0"},
    "planner": {"H0": "H", "r0": "r", "Tp": "T_plan", "dH": "dH", "dr": "dr"},
})  # fmt: skip
DEFAULT_POLICY = TRUST_REGION
DEFAULT_MODEL = PUBLISHED  # where none is given


def scalar(name: str, value: Any, control: Quantity | None = None) -> int | float:
    """A Python number from a number of any library, within a control's domain; whole floats of JSON stay floats."""
    number = value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        array = as_numbers(value)
        if array.ndim or array.dtype.kind not in "iuf":
            hint = "" if control is None else f": allowed is {control.allowed}"
            raise InputError(f"{name} = {shown(value)} is not a number{hint}")
        number = array.item()
    if control is not None:
        control.check(number, name=name)
    return number


class Settings(Mapping[str, float]):
    """A policy, optionally a model, and a value for each control: immutable, validated, comparable.

    A mapping from the names of all controls and constants to their values; what is not given has its default.

    Parameters
    ----------
    policy : Policy or str
        The policy, or the name of one of deltamu's own.
    model : Model or str, optional
        The model that the settings are meant for; None leaves the choice to whoever uses them.
    **controls : float
        Values by name, as in `deltamu.model.symbols`.

    Raises
    ------
    InputError
        A name is unknown, a value is no number or outside its domain, or ``A_lo > A_hi`` or
        ``delta_min > delta_max``.

    Examples
    --------
    >>> settings = Settings("vibe", H=0.3)
    >>> settings["H"], settings["rho"]
    (0.3, 0.75)
    >>> settings.replace(H=0.4, K=1)
    Settings('vibe', H=0.4, K=1)
    >>> Settings(gamma=1.2)
    Traceback (most recent call last):
    deltamu.errors.InputError: gamma = 1.2 is outside [0, 1]
    """

    __slots__ = ("_values", "given", "model", "policy")
    policy: Policy
    model: Model | None
    given: Mapping[str, float]

    @checked
    def __init__(self, policy: Policy | str = DEFAULT_POLICY, *, model: Model | str | None = None, **controls: float):
        self.policy = find_policy(policy)
        self.model = None if model is None else find_model(model)
        known = self.vocabulary()
        for name in controls:
            if name not in known:
                raise unknown_control(name, known)
        self.given = MappingProxyType({name: scalar(name, value, known[name]) for name, value in controls.items()})
        values = {name: control.default for name, control in known.items() if control.default is not None}
        self._values = values | self.given
        check_order(sym.ORDERED, self._values)

    def vocabulary(self) -> dict[str, Quantity]:
        """The symbols of the controls that can be set, by name."""
        return vocabulary(self.policy, self.model or DEFAULT_MODEL)

    def __getitem__(self, name: str | Quantity) -> float:
        return self._values[str(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Settings):
            return NotImplemented
        return (self.policy, self.model, self._values) == (other.policy, other.model, other._values)

    def __hash__(self) -> int:
        return hash((self.policy, self.model, tuple(sorted(self._values.items()))))

    def __repr__(self) -> str:
        model = [] if self.model is None else [f"model={self.model.name!r}"]
        given = (f"{name}={value!r}" for name, value in self.given.items())
        return f"Settings({', '.join([repr(self.policy.name), *model, *given])})"

    def _repr_html_(self) -> str:
        import pandas as pd

        known = self.vocabulary()
        rows = [(name, value, known[name].unit, known[name].meaning) for name, value in self.given.items()]
        table = pd.DataFrame(rows, columns=["control", "value", "unit", "meaning"]).to_html(index=False, border=0)
        return f"<p>{escape(repr(self))}: all other controls have their defaults</p>{table if rows else ''}"

    def __reduce__(self):
        return _rebuild, (self.policy, self.model, dict(self.given))

    @checked
    def replace(
        self, *, policy: Policy | str | None = None, model: Model | str | None = None, **controls: float
    ) -> "Settings":
        """The settings with another policy, model or values; everything else stays.

        Examples
        --------
        >>> PRESETS["noob-vibe"].replace(**SCENARIOS["greenfield"])["mu0"]
        6
        """
        return Settings(policy or self.policy, model=model or self.model, **{**self.given, **controls})

    def _own_of_known_names(self) -> list[str]:
        """Whether policy and model are a user's own though they have the names of deltamu's."""
        theirs = {"policy": (self.policy, POLICIES), "model": (self.model, MODELS)}
        return [kind for kind, (one, known) in theirs.items() if one is not None and known.get(one.name, one) != one]

    # --- JSON -------------------------------------------------------------------------------------------------------
    def lost_by_article(self) -> dict[str, Any]:
        """What the article's keys cannot hold, by name; empty where its form is enough.

        Examples
        --------
        >>> Settings(overreach=1, delta_max=2).lost_by_article()
        {'delta_max': 2, 'overreach': 1}
        """
        held = {*ARTICLE_KEYS.values(), *ARTICLE_PRESET_KEYS.get(self.policy.name, {}).values()}
        lost: dict[str, Any] = {
            name: self[name]
            for name, control in self.vocabulary().items()
            if name not in held and name in self and self[name] != control.default
        }
        return lost if self.model in (None, DEFAULT_MODEL) else {"model": self.model.name, **lost}

    @checked
    def to_json(self, *, article: bool = False, lossy: bool = False) -> str:
        """The settings as JSON: all of them, or in the form that the article's page loads.

        Parameters
        ----------
        article : bool
            Write the article's form, which cannot hold everything (see `lost_by_article`).
        lossy : bool
            Write the article's form even where it loses something.

        Raises
        ------
        InputError
            The article's form would lose something and `lossy` is false, or the policy is not one of the article's.

        Examples
        --------
        >>> Settings.from_json(Settings("vibe", mu0=9).to_json(article=True)) == Settings("vibe", mu0=9)
        True
        """
        data: dict[str, Any] = {"policy": self.policy.name}
        if own := self._own_of_known_names():
            data["own"] = own
        held = set(ARTICLE_KEYS.values())
        if article:
            if self.policy not in (VIBE, PLANNER, TRUST_REGION):
                *names, last = POLICIES
                raise InputError(f"the article's form knows {', '.join(names)} and {last}, not {self.policy.name}")
            if (lost := self.lost_by_article()) and not lossy:
                items = ", ".join(f"{name} = {value}" for name, value in lost.items())
                raise InputError(f"the article's form would lose {items}; ask for lossy to write it all the same")
        elif self.model is not None:
            data["model"] = self.model.name
        data |= {key: self[name] for key, name in ARTICLE_KEYS.items()}
        if article and self.policy == PLANNER:
            data |= {key: self[name] for key, name in ARTICLE_PRESET_KEYS[PLANNER.name].items()}
        if not article:
            data |= {name: value for name, value in self.items() if name not in held}
        return json.dumps(data, indent=2, allow_nan=False)

    @classmethod
    @checked
    def from_json(
        cls,
        text: str,
        *,
        policy: Policy | str | None = None,
        model: Model | str | None = None,
        origin: str = "settings",
    ) -> "Settings":
        """Settings from either JSON form.

        Parameters
        ----------
        text : str
            A JSON object with the keys of `to_json`, of the article's page, or the names of controls.
        policy, model : optional
            Stand for the policy and the model that the text names, where they are a user's own.
        origin : str
            What to call the text in messages.

        Raises
        ------
        InputError
            It is not JSON or no object, a key is unknown or stands twice, or a value is refused by `Settings`.

        Examples
        --------
        >>> Settings.from_json('{"policy": "vibe", "Kr": 0, "delta": 0.05}')
        Settings('vibe', K_r=0, delta0=0.05)
        """
        data = dict(_parsed_object(text, origin))
        for kind in data.pop("own", ()):
            if {"policy": policy, "model": model}.get(kind) is None:
                raise InputError(f"{origin} were made with an own {kind} called {data.get(kind)!r}: give {kind}=")
        named = {"policy": data.pop("policy", DEFAULT_POLICY.name), "model": data.pop("model", None)}
        policy = find_policy(policy or _name(named["policy"], "policy", origin))
        if model is None and named["model"] is not None:
            model = _name(named["model"], "model", origin)
        model = None if model is None else find_model(model)
        known = vocabulary(policy, model or DEFAULT_MODEL)
        winning = ARTICLE_PRESET_KEYS.get(policy.name, {})
        regular = {**known, **{key: known[name] for key, name in ARTICLE_KEYS.items()}}
        unread = {key: known[name] for keys in ARTICLE_PRESET_KEYS.values() for key, name in keys.items()}
        allowed = {**unread, **regular}
        controls: dict[str, Any] = {}
        for key, value in data.items():
            if key not in allowed:
                raise unknown(f"key in {origin}", key, ["policy", "model", *allowed])
            if isinstance(value, str):  # JSON has numbers of its own
                raise InputError(f"{key} = {shown(value)} is not a number: allowed is {allowed[key].allowed}")
            scalar(key, value, allowed[key])
            if key in regular and key not in winning:
                name = regular[key].name
                if name in controls:
                    raise InputError(f"{origin} gives {name} twice, as {key} and under another key")
                controls[name] = value
        controls |= {name: data[key] for key, name in winning.items() if key in data}
        return cls(policy, model=model, **controls)

    @classmethod
    @checked
    def from_dataset(
        cls, dataset: Any, *, policy: Policy | str | None = None, model: Model | str | None = None
    ) -> "Settings":
        """The settings behind a labelled result, or behind the one point of it that was selected.

        Parameters
        ----------
        dataset : xarray.Dataset
            A result of deltamu; scalar coordinates left by a selection win over its attributes.
        policy, model : optional
            As in `from_json`.

        Raises
        ------
        InputError
            It carries no settings, or is still swept along a control.

        Examples
        --------
        >>> from deltamu import simulate
        >>> ds = simulate("noob-vibe", moves=3, H=[0.2, 0.4])
        >>> Settings.from_dataset(ds.sel(H=0.4)) == PRESETS["noob-vibe"].replace(H=0.4, model="published")
        True
        """
        if "settings" not in (getattr(dataset, "attrs", None) or ()):
            raise InputError("the dataset carries no settings: it has no attribute 'settings'")
        coords = {str(name): coord for name, coord in dataset.coords.items()}
        if policy is None and "policy" in coords and not coords["policy"].ndim:
            policy = str(coords["policy"].item())
        if model is None and "model" in coords and not coords["model"].ndim:
            model = str(coords["model"].item())
        settings = cls.from_json(dataset.attrs["settings"], policy=policy, model=model, origin="attribute settings")
        swept = [name for name, coord in coords.items() if coord.ndim and name in {*settings, "policy", "model"}]
        if swept:
            raise InputError(f"the dataset is swept along {', '.join(swept)}: select one point first")
        return settings.replace(**{name: coord.item() for name, coord in coords.items() if name in settings})


def _rebuild(policy: Policy | str, model: Model | str | None, given: dict[str, float]) -> Settings:
    return Settings(policy, model=model, **given)


def _name(value: Any, kind: str, origin: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"{kind} in {origin} is {value!r}, not a name")
    return value


def _parsed_object(text: str, origin: str) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        if len(set(keys)) < len(keys):
            raise InputError(f"{origin} gives {next(key for key in keys if keys.count(key) > 1)!r} twice")
        return dict(pairs)

    try:
        data = json.loads(text, object_pairs_hook=once)
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InputError(f"{origin} is not JSON: {error}") from None
    except TypeError:
        raise InputError(f"{origin} is a {type(text).__name__}: allowed is JSON text") from None
    if not isinstance(data, dict):
        raise InputError(f"{origin} is JSON but no object of keys and values")
    return data


PRESETS = MappingProxyType({
    "noob-vibe": Settings(
        "vibe", H=0.2, rho=0.5, r=0.6, delta0=0.05, decay=0.995, K=1, N=0, gamma=0.0, K_r=0, target=0.9, mu0=8
    ),
    "principal-tr": Settings(
        "trust-region", H=0.7, rho=0.8, r=0.85, delta0=0.25, K=6, N=4, gamma=0.25, K_r=1, target=0.95, mu0=15,
        alpha=1.4, beta=0.6, A_lo=0.25, A_hi=0.45,
    ),
    "planner-spec": Settings(
        "planner", H=0.3, rho=0.75, r=0.4, delta0=0.4, decay=0.975, K=5, N=3, gamma=0.3, K_r=1, target=0.95, mu0=18,
        T_plan=30, dH=0.015, dr=0.012,
    ),
})  # fmt: skip

SCENARIOS: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    "legacy-refactor": MappingProxyType({"mu0": 25, "target": 0.98, "r": 0.6, "H": 0.4}),
    "greenfield": MappingProxyType({"mu0": 6, "target": 0.9, "r": 0.9, "H": 0.8}),
    "critical-system": MappingProxyType({"mu0": 20, "target": 0.999, "N": 6, "gamma": 0.1, "K_r": 1}),
    "rapid-prototype": MappingProxyType({"mu0": 10, "target": 0.8, "delta0": 0.5, "K": 8, "N": 1}),
})  # fmt: skip


def find_settings(settings: Settings | str | None) -> Settings:
    """Settings by the name of a preset or a scenario, or the defaults for None; `Settings` are returned as they are."""
    if settings is None:
        return Settings()
    return named(
        "preset", settings, {**PRESETS, **{name: Settings().replace(**values) for name, values in SCENARIOS.items()}}
    )


def scenario(name: str) -> Mapping[str, float]:
    """The values that a scenario sets, by its name."""
    return named("scenario", name, SCENARIOS)
