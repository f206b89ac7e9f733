"""Settings: values, validation, presets, scenarios and the two JSON forms."""

import json
import pickle
from pathlib import Path

import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import deltamu as dm
from deltamu import symbols as sym
from deltamu.model.settings import ARTICLE_KEYS

ARTICLE = (Path(__file__).parents[1] / "reference" / "article-settings.json").read_text()


def test_the_articles_settings_are_the_defaults_and_come_back_as_they_were():
    settings = dm.Settings.from_json(ARTICLE)
    assert settings == dm.Settings(dm.TRUST_REGION)
    assert json.loads(settings.to_json(article=True)) == json.loads(ARTICLE)
    assert list(json.loads(settings.to_json(article=True))) == list(json.loads(ARTICLE))


def test_the_pages_preset_keys_win_under_their_policy():
    vibe = dm.Settings.from_json('{"policy": "vibe", "delta0": 0.5, "delta": 0.05}')
    assert vibe["delta0"] == 0.05
    text = '{"policy": "planner", "H": 0.9, "r": 0.9, "H0": 0.3, "r0": 0.4, "Tp": 30, "dH": 0.015, "dr": 0.012}'
    planner = dm.Settings.from_json(text)
    assert [planner[k] for k in ("H", "r", "T_plan", "dH", "dr")] == [0.3, 0.4, 30, 0.015, 0.012]
    other = dm.Settings.from_json('{"policy": "trust-region", "delta0": 0.5, "delta": 0.05, "H0": 0.1}')
    assert (other["delta0"], other["H"]) == (0.5, 0.6)


@pytest.mark.parametrize("name", dm.PRESETS)
def test_presets_survive_both_forms(name):
    preset = dm.PRESETS[name]
    assert dm.Settings.from_json(preset.to_json()) == preset
    assert dm.Settings.from_json(preset.to_json(article=True)) == preset


def test_scenarios_override_presets():
    settings = dm.PRESETS["principal-tr"].replace(**dm.SCENARIOS["critical-system"])
    assert (settings["mu0"], settings["target"], settings["N"], settings["H"]) == (20, 0.999, 6, 0.7)


def control_values():
    def values(symbol):
        if symbol.whole:
            return st.integers(0, 99)
        low, high = symbol.slider[:2] if symbol.slider else (symbol.default / 2, symbol.default)
        return st.floats(low, high)

    free = [s for s in sym.PARAMETERS if s not in (sym.A_lo, sym.A_hi, sym.delta_min, sym.delta_max)]
    return st.fixed_dictionaries({}, optional={symbol.name: values(symbol) for symbol in free})


@given(control_values(), st.sampled_from(["vibe", "planner", "trust-region"]), st.sampled_from([None, "gated"]))
def test_json_round_trips_to_the_bit(controls, policy, model):
    settings = dm.Settings(policy, model=model, **controls)
    assert dm.Settings.from_json(settings.to_json()) == settings
    assert pickle.loads(pickle.dumps(settings)) == settings
    lost = settings.lost_by_article()
    back = dm.Settings.from_json(settings.to_json(article=True, lossy=True))
    assert (back == settings.replace(**{k: getattr(sym, k).default for k in lost if k != "model"})) or model
    if lost:
        with pytest.raises(dm.InputError, match="would lose") as error:
            settings.to_json(article=True)
        assert all(name in str(error.value) for name in lost)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "settings is not JSON"),
        ("{", "settings is not JSON"),
        ("[1]", "settings is JSON but no object"),
        ('"vibe"', "settings is JSON but no object"),
        ('{"H": 0.5, "H": 0.6}', "settings gives 'H' twice"),
        ('{"Kr": 1, "K_r": 0}', "settings gives K_r twice"),
        ('{"Hh": 0.5}', "unknown key in settings 'Hh': did you mean H"),
        ('{"policy": "greedy"}', "unknown policy 'greedy'"),
        ('{"policy": 3}', "policy in settings is 3, not a name"),
        ('{"model": ["gated"]}', "model in settings is .* not a name"),
        ('{"H": "half"}', r"H = 'half' is not a number: allowed is \[0, 1\]"),
        ('{"H": true}', "H = True is not a number"),
        ('{"H": null}', "H = None is not a number"),
        ('{"H": NaN}', r"H = nan is outside \[0, 1\]"),
        ('{"mu0": Infinity}', r"mu0 = inf is outside \[0, inf\)"),
        ('{"target_reliability": 1}', r"target_reliability = 1 is outside \(0, 1\)"),
        ('{"delta": -1, "policy": "trust-region"}', r"delta = -1 is outside \(0, inf\)"),
        ('{"A_lo": 0.5}', "A_lo = 0.5 is above A_hi = 0.4"),
        ('{"T_plan": 2.5}', "T_plan = 2.5 is outside {0, 1, 2, ...}"),
        ("[" * 100_000, "settings is not JSON"),
        ({"H": 0.5}, "text = {'H': 0.5} is of type dict: allowed is a text"),
        (None, "text = None is of type NoneType: allowed is a text"),
    ],
)
def test_bad_json_is_one_clear_line(text, message):
    with pytest.raises(dm.InputError, match=message) as error:
        dm.Settings.from_json(text)
    assert "\n" not in str(error.value)


def test_out_of_slider_is_legal_and_out_of_domain_is_not():
    assert dm.Settings(target=0.999, K=100, N=50, mu0=0)["target"] == 0.999
    for bad in ({"K": 0}, {"target": 1}, {"decay": 0}, {"alpha": 0.9}, {"delta_min": 2}, {"b": 0}):
        with pytest.raises(dm.InputError):
            dm.Settings(**bad)
    with pytest.raises(dm.InputError, match="unknown control 'Gamma': did you mean gamma"):
        dm.Settings(Gamma=0.1)
    with pytest.raises(dm.InputError, match="unknown policy 'vibes': did you mean vibe"):
        dm.Settings("vibes")


def test_settings_are_immutable_values():
    settings = dm.Settings(H=0.5)
    with pytest.raises(TypeError):
        settings["H"] = 0.6
    with pytest.raises(TypeError):
        settings.given["H"] = 0.6
    assert settings.replace(H=0.6)["H"] == 0.6
    assert settings["H"] == 0.5
    assert {settings: 1}[dm.Settings(H=0.5)] == 1
    assert settings != dm.Settings(H=0.5, model="gated")


def test_a_users_policy_cannot_be_written_in_the_articles_form_but_reads_back_from_ours():
    policy = dm.Policy("still", {sym.delta: sym.delta0}, {})
    settings = dm.Settings(policy, H=0.5)
    with pytest.raises(dm.InputError, match="article's form knows .* not still"):
        settings.to_json(article=True, lossy=True)
    with pytest.raises(dm.InputError, match="unknown policy 'still'"):
        dm.Settings.from_json(settings.to_json())
    assert dm.Settings.from_json(settings.to_json(), policy=policy) == settings


def test_settings_come_back_from_results():
    preset = dm.PRESETS["principal-tr"]
    ds = dm.simulate(preset, policy=["vibe", "planner"], model=["published", "gated"], moves=2, H=[0.1, 0.2], N=0)
    with pytest.raises(dm.InputError, match="swept along .*policy"):
        dm.Settings.from_dataset(ds)
    one = ds.sel(policy="planner", model="gated", H=0.2)
    assert dm.Settings.from_dataset(one) == preset.replace(policy="planner", model="gated", H=0.2, N=0)
    with pytest.raises(dm.InputError, match="carries no settings"):
        dm.Settings.from_dataset(xr.Dataset(one.data_vars))


def test_the_articles_keys_are_each_a_control():
    assert set(json.loads(ARTICLE)) == {"policy", *ARTICLE_KEYS}


def test_settings_show_what_was_given_in_a_notebook():
    html = dm.Settings("vibe", H=0.3, K=4)._repr_html_()
    assert "human prior quality" in html and html.count("<tr>") == 2
    assert "<table" not in dm.Settings("vibe")._repr_html_()
