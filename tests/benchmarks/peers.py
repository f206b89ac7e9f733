"""The trust region's moves in both models as one would write them by hand: for plain Python, for numba, for JAX.

Overreach is 0 here.  Each peer takes the values of all parameters by name, the points' own as arrays, the model's name
and the number of moves, and returns a call that makes the moves and returns the defect mass after them.
"""

import math

import numpy as np
import pytest

from deltamu.model.special import numpy_kernels as kernels

HELD = ("benefit", "harm", "width", "intensity", "variance")
CONSTANTS = ("noise", "r", "b", "A_lo", "A_hi", "alpha", "beta", "delta_min", "delta_max")


def held(values, model):
    """What does not change in a run."""
    c = dict(values)
    k_eff = 1 + (c["K"] + c["N"] * c["K_r"] - 1) * (1 - c["tau"] * c["H"])
    if model == "published":
        intensity, variance = kernels.normal_quantile(1 - 1 / k_eff), np.ones_like(k_eff)
    else:
        intensity, variance = kernels.normal_max_mean(k_eff), kernels.normal_max_variance(k_eff)
    return c | {
        "benefit": c["a1"] * (1 - (1 - c["rho"]) * (1 - c["H"])),
        "harm": c["a2"] * (1 - c["kappa2"] * c["H"]),
        "width": c["s0"] * (1 - c["kappa1"] * c["H"]),
        "noise": c["sigma_r"] ** 2 * (1 + (c["N"] - 1) * c["gamma"]) / c["N"],
        "intensity": intensity,
        "variance": variance,
    }


def step_of(model, sqrt, exp, erfc, larger):
    """Gain and acceptance of a move in the functions of a library."""

    def published(mu, delta, benefit, harm, width, intensity, variance, noise, r, b):
        m = mu / (mu + b)
        spread = width * delta * sqrt(m)
        total = sqrt(spread * spread + noise)
        gain = larger(benefit * delta * m - harm * delta + spread * spread / total * intensity, 0.0)
        return gain, 1 / (1 + exp(-gain / total))

    def gated(mu, delta, benefit, harm, width, intensity, variance, noise, r, b):
        m = mu / (mu + b)
        spread = width * delta * sqrt(m)
        accuracy = spread / sqrt(spread * spread + noise)
        removed = accuracy * accuracy * (1 - variance)
        visible = sqrt(1 - r * removed)
        expected = benefit * delta * m - harm * delta + intensity * accuracy * spread
        margin = sqrt(r) * expected / (spread * visible)
        accepted = erfc(-margin / math.sqrt(2)) / 2
        density = exp(-margin * margin / 2) / math.sqrt(2 * math.pi)
        return expected * accepted + sqrt(r) * spread * (1 - removed) / visible * density, accepted

    return {"published": published, "gated": gated}[model]


def loop_of(step):
    """All moves, one point after the other."""

    def run(mu0, delta0, points, constants, moves, out):
        benefit, harm, width, intensity, variance = points
        noise, r, b, low, high, grow, shrink, smallest, largest = constants
        for i in range(len(mu0)):
            mu, delta = mu0[i], delta0[i]
            for _ in range(moves):
                gain, accepted = step(
                    mu, delta, benefit[i], harm[i], width[i], intensity[i], variance[i], noise, r, b
                )  # fmt: skip
                mu = max(mu - gain, 0.0)
                factor = grow if accepted > high else shrink if accepted < low else 1.0
                delta = min(max(delta * factor, smallest), largest)
            out[i] = mu
        return out

    return run


def by_python(values, model, moves):
    """A loop over points and moves."""
    c = held(values, model)
    run = loop_of(step_of(model, math.sqrt, math.exp, math.erfc, max))
    points, constants = [c[name].tolist() for name in HELD], [c[name] for name in CONSTANTS]
    mu0, delta0 = c["mu0"].tolist(), c["delta0"].tolist()
    return lambda: run(mu0, delta0, points, constants, moves, [0.0] * len(mu0))


def by_numba(values, model, moves):
    """The same loop, compiled."""
    numba = pytest.importorskip("numba", reason="numba is not installed")
    compiled = numba.njit(fastmath=True, error_model="numpy")
    c = held(values, model)
    run = compiled(loop_of(compiled(step_of(model, math.sqrt, math.exp, math.erfc, max))))
    points, constants = tuple(c[name] for name in HELD), tuple(c[name] for name in CONSTANTS)
    return lambda: run(c["mu0"], c["delta0"], points, constants, moves, np.empty_like(c["mu0"]))


def by_jax(values, model, moves):
    """All points at once, compiled; in double precision."""
    jax = pytest.importorskip("jax", reason="jax is not installed")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    c = {name: jnp.asarray(value) for name, value in held(values, model).items()}
    step = step_of(model, jnp.sqrt, jnp.exp, jax.scipy.special.erfc, jnp.maximum)
    given = [c[name] for name in (*HELD, "noise", "r", "b")]

    def move(_, state):
        mu, delta = state
        gain, accepted = step(mu, delta, *given)
        factor = jnp.where(accepted > c["A_hi"], c["alpha"], jnp.where(accepted < c["A_lo"], c["beta"], 1.0))
        return jnp.maximum(mu - gain, 0.0), jnp.clip(delta * factor, c["delta_min"], c["delta_max"])

    run = jax.jit(lambda mu, delta: jax.lax.fori_loop(0, moves, move, (mu, delta)))
    return lambda: np.asarray(run(c["mu0"], c["delta0"])[0])
