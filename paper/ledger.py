"""The ledger of verdicts: a claim is checked again only when something that it rests on has changed."""

import inspect
import json
import re
from collections import Counter
from dataclasses import asdict
from functools import cache
from pathlib import Path

import stamps
from errors import PaperError
from generated import is_articles

from deltamu.claims import Ledger, Row, derivations
from deltamu.claims.running import run_claim
from deltamu.claims.typesetting import mathematics
from deltamu.model.models import MODELS

VERDICTS = ("proved", "refuted", "supported")

# Numbers of the prose that a claim measures: where they stand in what its row says.
QUOTED = {
    "article_largest_slope": ("d12_floor.stable", r"largest slope: ([\d.]+)"),
    "doubled_spread_largest_slope": ("d12_floor.unstable_floors", r"'s0 x 2': ([\d.]+)"),
    "halved_b_largest_slope": ("d12_floor.unstable_floors", r"'b x 0.5': ([\d.]+)"),
    "deepest_landing": ("d12_floor.overshoot", r"0 <= ([\d.]+) <="),
    "vibe_best_box_pass": ("d12_floor.presets_reach_their_targets", r"noob-vibe.*?best_P_pass = ([\d.]+)"),
    "trust_best_box_pass": ("d12_floor.presets_reach_their_targets", r"principal-tr.*?best_P_pass = ([\d.]+)"),
    "planner_best_box_pass": ("d12_floor.presets_reach_their_targets", r"planner-spec.*?best_P_pass = ([\d.]+)"),
    "least_speed_up": ("d16_speed_up.speed_up_at_the_defaults", r"least speed-up: [\d.]+ <= ([\d.]+)"),
    "largest_speed_up": ("d16_speed_up.speed_up_at_the_defaults", r"largest speed-up: ([\d.]+)"),
    "legacy_largest_speed_up": ("d16_speed_up.complex_scenarios", r"legacy-refactor: .*?largest = ([\d.]+)"),
    "legacy_least_speed_up": ("d16_speed_up.complex_scenarios", r"legacy-refactor: least = ([\d.]+)"),
    "critical_least_speed_up": ("d16_speed_up.complex_scenarios", r"critical-system: least = ([\d.]+)"),
    "critical_largest_speed_up": ("d16_speed_up.complex_scenarios", r"critical-system: .*?largest = ([\d.]+)"),
    "ratio_cases": ("d16_speed_up.ratio_of_radii", r"<= (\d+) \(24 cases"),
    "ratio_all_cases": ("d16_speed_up.ratio_of_radii", r"\((\d+) cases"),
    "ratio_tolerance": ("d16_speed_up.ratio_of_radii", r"cases within (\d+) %"),
    "ratio_least_cases": ("d16_speed_up.ratio_of_radii", r"\(a1 x 0.5\): \d+ <= (\d+)"),
    "trust_region_moves": ("d16_speed_up.beats_the_largest_radius", r"defaults: trust_region = ([\d.]+)"),
    "largest_radius_moves": ("d16_speed_up.beats_the_largest_radius", r"defaults: .*?fixed_delta_max = ([\d.]+)"),
    "sampled_cells": ("d16_speed_up.against_the_best_fixed_radius", r"cells = (\d+)"),
    "sampled_cells_faster": ("d16_speed_up.against_the_best_fixed_radius", r"cells_where_faster = (\d+)"),
    "sampled_best_ratio": ("d16_speed_up.against_the_best_fixed_radius", r"best_ratio = ([\d.]+)"),
    "floor_with_exact_intensity": ("d12_floor.gated_rest_point", r"exact intensity: [\d.]+ <= ([\d.]+)"),
    "prior_trade_off_cases": ("d18_article_claims.human_prior_trade_off", r"cases = (\d+)"),
    "blom_error": ("d06_order_statistics.blom", r"largest relative error: ([\d.]+)"),
    "deepest_valley": ("d10_radius.almost_one_peak", r"deepest valley: ([\d.]+)"),
    "valley_settings": ("d10_radius.almost_one_peak", r"\((\d+) settings"),
    "least_lever_ratio": ("d18_article_claims.levers_multiply", r"least_ratio = ([\d.]+)"),
    "largest_lever_ratio": ("d18_article_claims.levers_multiply", r"largest_ratio = ([\d.]+)"),
    "reliability_at_target": ("d18_article_claims.target_reliability", r"reliability = ([\d.]+)"),
    "least_intensity_gap": ("d06_order_statistics.error_of_the_published", r"0\.18 <= ([\d.]+)"),
    "threshold_price": ("d20_reviewers.default_thresholds", r"reviews at ([\d.]+) of"),
    "threshold_second": ("d20_reviewers.default_thresholds", r"the second pays up to a correlation of ([\d.]+)"),
    "threshold_third": ("d20_reviewers.default_thresholds", r"the third to ([\d.]+)"),
    "threshold_fourth": ("d20_reviewers.default_thresholds", r"the fourth to ([\d.]+)"),
    "small_budget": ("d21_candidates.growing_budget", r"(\d+) calls buy"),
    "small_budget_candidates": ("d21_candidates.growing_budget", r"calls buy (\d+) candidates"),
    "small_budget_reviewers": ("d21_candidates.growing_budget", r"candidates and (\d+) reviewer"),
    "large_budget": ("d21_candidates.growing_budget", r"reviewer, (\d+) calls"),
    "large_budget_candidates": ("d21_candidates.growing_budget", r"reviewer, \d+ calls (\d+) and"),
    "large_budget_reviewers": ("d21_candidates.growing_budget", r"reviewer, \d+ calls \d+ and (\d+)"),
    "first_team_calls": ("d21_candidates.growing_budget", r"takes (\d+) calls"),
    "coarse_pass": ("d22_oracle.only_coarse_oracles_pass", r"finest oracle that passes: [\d.]+ <= ([\d.]+)"),
    "coarse_false_pass": ("d22_oracle.only_coarse_oracles_pass", r"false pass of (\d+) %"),
    "gated_passes_up_to": ("d22_oracle.reach_is_monotone", r"passes_up_to = ([\d.]+)"),
    "gated_passes_from": ("d22_oracle.reach_is_monotone", r"and_again_from = ([\d.]+)"),
    "best_radius_far": ("d23_best_radius.best_radius_moves", r"far = ([\d.]+)"),
    "chance_reaches": ("d24_optimal_feedback.chance_goes_further", r"probability_of_reaching_it = ([\d.]+)"),
    "best_teams_cases": ("d18_article_claims.optimal_team_by_cost", r"cases = (\d+)"),
}  # fmt: skip
COUNTED = ("best_teams_cases",)  # the sum of what is found


@cache
def claims():
    """Every claim with every model that it is checked in, by (name, model)."""
    return {(claim.name, model.name): claim for page in derivations() for claim in page.claims
            for model in claim.models()}  # fmt: skip


def made(key):
    """Check one claim: its row and its steps, as they are stored."""
    steps = []
    row = run_claim(claims()[key], MODELS[key[1]], steps.append)
    told = [
        {"kind": step.kind, "text": step.text, "shown": [mathematics(x) for x in step.shown if not isinstance(x, str)]}
        for step in steps
    ]
    return {"row": asdict(row) | {"seconds": 0}, "steps": told}  # times differ from build to build


def stored(file):
    """What a former build left of each claim, by key."""
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
        return {(entry["row"]["name"], entry["row"]["model"]): entry for entry in entries}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def claim_stamps(constraints):
    """For each claim the stamp of what it rests on: what it declares, its page, and what checks it."""
    machinery = [path for name in ("deltamu.claims.running", "deltamu.model.models") for path in stamps.sources(name)]
    return {
        (name, model): stamps.stamp(Path(inspect.getfile(claim.function)), names_of(claim), constraints,
                                    models=(MODELS[model],), machinery=machinery)
        for (name, model), claim in claims().items()
    }  # fmt: skip


def names_of(claim):
    """What a claim declares: its formulas; and all parameters, unless it holds for any constants."""
    for_any = claim.about and claim.constants == "any"
    return claim.about if for_any else (*claim.about, *stamps.PARAMETERS)


def rows(entries):
    """The ledger of the entries, in the order of the derivations."""
    return Ledger(tuple(Row(**(entries[key]["row"] | {"depends_on": tuple(entries[key]["row"]["depends_on"])}))
                        for key in claims()))  # fmt: skip


def numbers(ledger):
    """How many claims there are, how many have which verdict, and the numbers that the prose takes from them; of a
    claim that fails, what it says now."""
    counts = Counter(row.verdict for row in ledger if row.outcome == "holds")
    text = {"claims": str(len(ledger)), **{f"claims_{verdict}": str(counts[verdict]) for verdict in VERDICTS}}
    text["derivations"] = str(len(derivations()))
    text["article_refuted"] = str(sum(row.verdict == "refuted" for row in ledger if is_articles(row)))
    text |= {f"claims_{name}": str(count) for name, count in reach(ledger).items()}
    text |= {f"article_{name}": str(count) for name, count in reach(filter(is_articles, ledger)).items()}
    details = {row.name: f"{row.statement} {row.detail}" for row in ledger}
    for row in ledger:  # a claim that measures something else in each model
        if found := re.findall(r"near = ([\d.]+)", row.detail):
            text[f"{row.model}_best_radius_near"] = rounded(found[0])
    for key, (name, pattern) in QUOTED.items():
        if name in details:
            found = re.findall(pattern, details[name])
            if not found and any(row.outcome == "holds" for row in ledger if row.name == name):
                raise PaperError(f"claim {name} says no {key}: {pattern} is not in {details[name]!r}")
            text[key] = str(sum(map(int, found))) if key in COUNTED else rounded(found[0]) if found else "?"
    return text


def reach(rows):
    """How many verdicts hold for any constants, for each of them from half to twice its value, for the article's."""
    kinds = Counter(
        "any" if row.constants.startswith("any") else "own" if row.constants.startswith("the article's") else "box"
        for row in rows
    )
    return {f"{kind}_constants": kinds[kind] for kind in ("any", "box", "own")}


def rounded(number):
    """A number of a detail to three digits; a whole one as it is."""
    return number if number.isdigit() else f"{float(number):.3g}"
