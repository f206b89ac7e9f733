"""What the default scenario does for other constants, each between half and twice its value."""

from deltamu.sensitivity import verdicts

USES = ("mu_next", "pass_probability", "acceptance")
SEED, POINTS = 20251124, 4096


def data():
    return verdicts(seed=SEED, n=POINTS, bounds=["constants"], model=["published", "gated"]).squeeze(drop=True)


def numbers(ds):
    text = {"box_points": str(ds.attrs["n"]), "box_moves": str(ds.attrs["moves"])}
    text["box_share"] = "90"  # between the quantiles `low` and `high`
    for model in ds["model"].values:
        row = ds.sel(model=model)
        text[f"{model}_box_reached"] = f"{100 * float(row['mean'].sel(result='reached')):.1f}"
        text[f"{model}_box_contracted"] = f"{100 * float(row['mean'].sel(result='contracted')):.0f}"
        for end in ("low", "high"):
            text[f"{model}_box_pass_{end}"] = f"{float(row[end].sel(result='final_pass_probability')):.2f}"
    return text
