"""The published floor of the default scenario, and the gated rest point, for radii from small to large.

Without the candidates that reviewers propose the floor is another one."""

from deltamu.equilibria import defect_floor, fixed_points

USES = ("expected_improvement", "gain")
RADII = (0.01, 0.2, 2.0)


def data():
    floor = defect_floor(delta=list(RADII)).rename("floor")
    rest = fixed_points(delta=list(RADII), model="gated")["mu"].isel(rest_point=0, drop=True)
    alone = defect_floor(delta=list(RADII), K_r=0)
    return floor.to_dataset().assign(rest=rest, alone=alone)


def numbers(ds):
    text = {}
    for radius, name in zip(RADII, ("least", "middle", "largest"), strict=True):
        text[f"floor_{name}_radius"] = f"{radius:g}"
        text[f"floor_at_{name}"] = f"{float(ds['floor'].sel(delta=radius)):.3f}"
        text[f"rest_at_{name}"] = f"{float(ds['rest'].sel(delta=radius)):.3f}"
    return text | {"floor_without_proposals": f"{float(ds['alone'].sel(delta=RADII[1])):.3f}"}


def shows(ds):
    spans = {name: float(ds[name].max() / ds[name].min()) for name in ("floor", "rest")}
    return {
        "the floor falls as the radius grows": bool((ds["floor"].diff("delta") < 0).all()),
        "proposals of reviewers lower it": bool((ds["floor"] < ds["alone"]).all()),
        "the rest point lies below the floor": bool((ds["rest"] < ds["floor"]).all()),
        "and depends less on the radius": spans["rest"] < spans["floor"],
    }
