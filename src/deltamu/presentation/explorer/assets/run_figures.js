// Figures of the run that is chosen.
FIGURES.radius = {
  element: "step-size-plot",
  draw(state, c) {
    const radii = state.run.rows.delta_t, last = radii[radii.length - 1];
    return {
      traces: [line(MOVE, Array.from(radii), "radius δ", c.main), ...pinned(state, c, (run) => Array.from(run.rows.delta_t), MOVE)],
      layout: { xaxis: axis(c, "move", X()), yaxis: axis(c, "edit radius δ", { range: [0, upper(radii, ...state.pins.filter((p) => p).map((p) => p.run.rows.delta_t))] }) },
      says: `Radius ${number(radii[0])} at first, ${number(last)} in the last move.`,
    };
  },
};

FIGURES.acceptance = {
  element: "acceptance-plot",
  draw(state, c) {
    const A = state.run.rows.acceptance, { A_lo, A_hi } = state.settings.values, adapts = engine.engineOf(state.settings.policy, state.settings.model).used.includes("A_lo");
    let low = Infinity, high = -Infinity;
    for (const a of A) { if (a < low) low = a; if (a > high) high = a; }
    const shapes = adapts ? [{ type: "rect", xref: "paper", x0: 0, x1: 1, yref: "y", y0: A_lo, y1: A_hi, fillcolor: c.band, line: { width: 0 }, layer: "below" }] : [];
    const never = low >= 0.5 && !engine.engineOf(state.settings.policy, state.settings.model).path.includes("r");
    return {
      traces: [line(MOVE, Array.from(A), "acceptance A", c.main), ...pinned(state, c, (run) => Array.from(run.rows.acceptance), MOVE)],
      layout: { shapes, xaxis: axis(c, "move", X()), yaxis: axis(c, "acceptance A", { range: [0, 1.03] }) },
      says: (number(low, 6) === number(high, 6) ? `Acceptance ${low === high ? "" : "practically "}${number(low)} in every move.` : `Acceptance between ${apart(low, high).join(" and ")}.`) + (adapts ? ` Band ${A_lo} to ${A_hi}: the radius expands above and contracts below.` : "") +
        (never ? " It is never below one half here, whatever the oracle sees." : "") + (asksTests(state.settings.policy, state.settings.model) ? "" : " Here it is a number computed from the gain; no move is refused."),
    };
  },
};

FIGURES.falsepass = {
  element: "false-pass-plot",
  draw(state, c) {
    const risk = PASSES(state.run, "false_pass_probability"), truth = PASSES(state.run, "reliability");
    return {
      traces: [line(COUNT, risk, "P<sub>false|pass</sub>", c.second), line(COUNT, truth, "true reliability", c.third, { line: { dash: "dashdot" } }),
        ...pinned(state, c, (run) => PASSES(run, "false_pass_probability"), COUNT)],
      layout: { showlegend: true, margin: { l: 52, r: 14, t: 26, b: 40 }, xaxis: axis(c, "moves made", X()), yaxis: axis(c, "probability", { range: [0, 1.03] }) },
      says: `After the last move a pass hides a defect with probability ${number(risk[risk.length - 1])}; the true reliability is ${number(truth[truth.length - 1])}.`,
    };
  },
};

FIGURES.efficiency = {
  element: "efficiency-plot",
  draw(state, c) {
    const { efficiency, cost } = state.run.rows, low = Math.min(0, ...efficiency), last = efficiency[efficiency.length - 1];
    const nothing = Math.abs(last) < 1e-9 * Math.max(...efficiency);
    return {
      traces: [line(MOVE, Array.from(efficiency), "per model call", c.main), ...pinned(state, c, (run) => Array.from(run.rows.efficiency), MOVE)],
      layout: { xaxis: axis(c, "move", X()), yaxis: axis(c, "Δμ per model call", { range: [low * 1.06, upper(efficiency, ...state.pins.filter((p) => p).map((p) => p.run.rows.efficiency))], tickformat: ".2~g" }) },
      says: `The first move costs ${number(cost[0])} model call${cost[0] === 1 ? "" : "s"}; a call removes ${number(efficiency[0])} defects in it and ${nothing ? "nothing" : number(last)} in the last.`,
    };
  },
};

FIGURES.calibration = {
  element: "calibration-plot",
  draw(state, c) {
    const { masses, pass, reliability } = state.calibration, run = state.run, last = run.rows.mu.length - 1;
    const at = [run.rows.pass_probability[last], run.rows.reliability[last]];
    return {
      traces: [line(pass, reliability, "this oracle", c.main, { customdata: masses, hovertemplate: "μ = %{customdata:.3g}: passes %{x:.3f}, true %{y:.3f}<extra></extra>" }),
        line([0, 1], [0, 1], "perfect oracle", c.soft, { line: { dash: "dot", width: 1.2 }, hoverinfo: "skip", hovertemplate: undefined }),
        { type: "scatter", mode: "markers", name: "end of the run", x: [at[0]], y: [at[1]], marker: { size: 11, color: c.second, symbol: "diamond" }, hovertemplate: "end of the run: passes %{x:.3f}, true %{y:.3f}<extra></extra>" }],
      layout: { showlegend: true, hovermode: "closest", margin: { l: 52, r: 14, t: 26, b: 40 }, xaxis: axis(c, "pass probability", { range: [0, 1.03] }), yaxis: axis(c, "true reliability", { range: [0, 1.03] }) },
      says: `At the end of the run the oracle passes with probability ${number(at[0])}, but no defect is left with probability ${number(at[1])}: aliasing hides ${number(at[0] - at[1])}.`,
    };
  },
};

FIGURES.fan = {
  element: "fan-plot",
  draw(state, c) {
    const fan = state.fan;
    if (!fan) {
      return { traces: [], layout: { xaxis: axis(c, "moves made", X()), yaxis: axis(c, "defect mass μ", { range: [0, 1] }), annotations: [{ text: state.fanNote, showarrow: false, xref: "paper", yref: "paper", x: 0.5, y: 0.5 }] }, says: state.fanNote };
    }
    const { run: expected } = state.sides.find(({ model }) => model === fan.model) || sideOf(fan.model, 0), own = state.settings.model === fan.model;
    const [q05, q25, q50, q75, q95] = fan.quantiles, back = COUNT.slice().reverse(), last = fan.survival.length - 1;
    const band = (low, high, name, opacity) => ({ type: "scatter", mode: "lines", x: [...COUNT, ...back], y: [...high, ...Array.from(low).reverse()], fill: "toself", fillcolor: c.band, opacity, line: { width: 0 }, name, hoverinfo: "skip" });
    return {
      traces: [band(q05, q95, "90 % of runs", 0.7), band(q25, q75, "50 % of runs", 1), line(COUNT, Array.from(q50), "median", c.main), line(COUNT, STATES(expected), `expected, ${fan.model}`, c.third, { line: { dash: "dash" } }),
        line(COUNT, Array.from(fan.survival), "not at target", c.second, { yaxis: "y2" })],
      layout: { showlegend: true, margin: { l: 52, r: 56, t: 26, b: 40 }, xaxis: axis(c, "moves made", X()), yaxis: axis(c, "defect mass μ", { range: [0, upper(q95)], color: c.main }),
        yaxis2: axis(c, "share of runs", { ...SHARES, color: c.second }) },
      says: `${own ? "" : `In the ${state.settings.model} model chance plays no part, so these are runs of the ${fan.model} model. `}${counted(fan.runs, "run")} of the ${fan.model} model: after ${FACTS.moves} moves half of them are below μ = ${number(q50[last])}, nine in ten between ${number(q05[last])} and ${number(q95[last])}; ${per_cent(1 - fan.survival[last])} have reached the target. The dashed path books the average gain in every move, which no single run does: it may lie off the median, and even outside the band.`,
    };
  },
};
