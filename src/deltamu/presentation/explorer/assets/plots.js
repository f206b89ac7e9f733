// Drawing: each figure makes traces and a layout from results; Plotly draws only what has changed.
const COLOURS = {
  light: { ink: "#1b2330", soft: "#5a6472", grid: "#dde2e8", paper: "#ffffff", main: "#0b62a8", second: "#b3470a", third: "#0d7a55", fourth: "#8a3a8f", band: "rgba(11,98,168,0.16)", a: "#7a5c00", b: "#8a3a8f", scale: [[0, "#f3f7fb"], [0.5, "#6aa6d6"], [1, "#0a2c5e"]] },
  dark: { ink: "#e8edf4", soft: "#a5b0be", grid: "#333d4a", paper: "#161c24", main: "#6cb8f5", second: "#f5a262", third: "#5fd0a4", fourth: "#dd9ae0", band: "rgba(108,184,245,0.22)", a: "#e5c04b", b: "#dd9ae0", scale: [[0, "#101a28"], [0.5, "#3f7fb8"], [1, "#d8ecff"]] },
};
const POLICY_COLOURS = ["second", "fourth", "main", "third", "a"], POLICY_MARKS = ["circle", "square", "diamond", "cross", "star"];

const number = (x, digits = 3) => {
  if (x === Infinity) return "∞";
  if (!Number.isFinite(x)) return "–";
  if (x !== 0 && Math.abs(x) < 1e-3) return x.toExponential(1).replace("-", "−");
  return String(Number(x.toPrecision(digits))).replace("-", "−");
};
const per_cent = (x) => `${number(100 * x)}\u00a0%`;

function axis(c, title, more = {}) {
  return { title: { text: title, standoff: 6, font: { size: 12 } }, gridcolor: c.grid, zerolinecolor: c.grid, linecolor: c.grid, tickfont: { size: 11 }, fixedrange: true, automargin: false, nticks: 5, ticklabeloverflow: "allow", ...more };
}

function layout(c, more) {
  return {
    paper_bgcolor: c.paper, plot_bgcolor: c.paper, font: { color: c.ink, family: "system-ui, sans-serif", size: 12 },
    margin: { l: 52, r: 14, t: 8, b: 40 }, showlegend: false, hovermode: "x unified", dragmode: false,
    hoverlabel: { bgcolor: c.paper, bordercolor: c.grid, font: { color: c.ink } },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 11 }, bgcolor: "rgba(0,0,0,0)" }, ...more,
  };
}

function line(x, y, name, colour, more = {}) {
  return { type: "scatter", mode: "lines", x, y, name, line: { color: colour, width: 2, ...(more.line || {}) }, hovertemplate: "%{y:.4g}", ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== "line")) };
}

const COUNT = Array.from({ length: FACTS.moves + 1 }, (_, i) => i), MOVE = COUNT.slice(0, -1), AFTER = COUNT.slice(1);
const STATES = (run) => [run.rows.mu[0], ...run.rows.mu_next];
const PASSES = (run, name = "pass_probability") => [run.start[name], ...run.rows[name]];
const X = () => ({ range: [0, FACTS.moves], nticks: 7 });
const SHARES = { range: [0, 1.03], tickvals: [0, 0.25, 0.5, 0.75, 1], overlaying: "y", side: "right", showgrid: false };

// Runs that are pinned are drawn in the same plots, dashed and dotted.
function pinned(state, c, y, x, more = {}) {
  return state.pins.flatMap((pin, i) => pin === null ? [] : [line(x, y(pin.run), `${"AB"[i]}`, c["ab"[i]], { line: { dash: ["dash", "dot"][i], width: 1.8 }, ...more })]);
}

// A round number at or above all values, so that an axis moves only now and then while a slider does.
const ROUND = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
function upper(...columns) {
  let top = 0;
  for (const column of columns) for (const value of column) if (value > top && value < Infinity) top = value;
  if (!(top > 1e-300)) return 1;
  const size = 10 ** Math.floor(Math.log10(top));
  return 1.03 * size * ROUND.find((step) => step * size >= top * (1 - 1e-9));
}

// While a slider moves, lines whose axes stay are moved in place: what Plotly.react does all over is done when it rests.
function movedInPlace(element, traces) {
  const full = element._fullLayout;
  if (full === undefined || !traces.every((trace) => trace.type === "scatter" && trace.mode === "lines" && trace.fill === undefined)) return false;
  const moves = [];
  for (const { uid, x, y, xaxis = "x", yaxis = "y" } of traces) {
    const path = element.querySelectorAll(`.trace${uid} path.js-line`), across = full["xaxis" + xaxis.slice(1)], up = full["yaxis" + yaxis.slice(1)];
    if (path.length !== 1 || across === undefined || up === undefined) return false;
    let d = "";
    for (let i = 0; i < x.length; i++) {
      if (!Number.isFinite(y[i])) return false;
      d += `${i === 0 ? "M" : "L"}${across.l2p(x[i]).toFixed(2)},${up.l2p(y[i]).toFixed(2)}`;
    }
    moves.push([path[0], d]);
  }
  for (const [path, d] of moves) path.setAttribute("d", d);
  return true;
}

function presentSetting(c, x, y) {
  return { type: "scatter", mode: "markers", x: [x], y: [y], marker: { symbol: "x", size: 11, color: c.ink, line: { width: 1.5, color: c.paper } }, hovertemplate: "present setting<extra></extra>" };
}

const FIGURES = {
  convergence: {
    element: "convergence-plot",
    draw(state, c) {
      const { run, limits, settings } = state, mus = STATES(run), passes = PASSES(run), n = run.moves_to_target;
      const shapes = [{ type: "line", xref: "paper", x0: 0, x1: 1, yref: "y2", y0: settings.values.target, y1: settings.values.target, line: { color: c.second, width: 1.2, dash: "dot" } }];
      const annotations = [{ xref: "paper", x: 0.99, xanchor: "right", yref: "y2", y: settings.values.target, yanchor: settings.values.target > 0.9 || n < Infinity ? "top" : "bottom", text: `target ${settings.values.target}`, showarrow: false, font: { size: 11, color: c.second } }];
      if (limits.floor < Infinity && limits.floor > 0 && limits.floor < mus[0]) {
        shapes.push({ type: "line", xref: "paper", x0: 0, x1: 1, yref: "y", y0: limits.floor, y1: limits.floor, line: { color: c.main, width: 1.2, dash: "dot" } });
        annotations.push({ xref: "paper", x: 0.99, xanchor: "right", yref: "y", y: limits.floor, yanchor: "bottom", text: `floor μ* = ${number(limits.floor)}`, showarrow: false, font: { size: 11, color: c.main } });
      }
      if (n < Infinity) {
        shapes.push({ type: "line", xref: "x", x0: n, x1: n, yref: "paper", y0: 0, y1: 1, line: { color: c.third, width: 1.5, dash: "dash" } });
        annotations.push({ xref: "x", x: n, yref: "paper", y: 0.62, text: ` reached: ${n} `, showarrow: false, xanchor: n > 100 ? "right" : "left", font: { size: 11, color: c.third } });
      }
      return {
        traces: [line(COUNT, mus, "μ", c.main), line(COUNT, passes, "P<sub>pass</sub>", c.second, { yaxis: "y2" }),
          ...pinned(state, c, STATES, COUNT), ...pinned(state, c, PASSES, COUNT, { yaxis: "y2", opacity: 0.75, showlegend: false })],
        layout: { showlegend: true, margin: { l: 52, r: 56, t: 26, b: 40 }, shapes, annotations, xaxis: axis(c, "moves made", X()),
          yaxis: axis(c, "defect mass μ", { range: [0, upper(mus, ...state.pins.filter((p) => p).map((p) => STATES(p.run)))], color: c.main }),
          yaxis2: axis(c, "pass probability", { ...SHARES, color: c.second }) },
        says: `${state.outcome} Defect mass ${number(mus[0])} to ${number(mus[mus.length - 1])}, pass probability ${number(passes[0])} to ${number(passes[passes.length - 1])} in ${FACTS.moves} moves.`,
      };
    },
  },
  radius: {
    element: "step-size-plot",
    draw(state, c) {
      const radii = state.run.rows.delta_t, last = radii[radii.length - 1];
      return {
        traces: [line(MOVE, Array.from(radii), "radius δ", c.main), ...pinned(state, c, (run) => Array.from(run.rows.delta_t), MOVE)],
        layout: { xaxis: axis(c, "move", X()), yaxis: axis(c, "edit radius δ", { range: [0, upper(radii, ...state.pins.filter((p) => p).map((p) => p.run.rows.delta_t))] }) },
        says: `Radius ${number(radii[0])} at first, ${number(last)} in the last move.`,
      };
    },
  },
  acceptance: {
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
        says: `Acceptance between ${number(low)} and ${number(high)}.` + (adapts ? ` Band ${A_lo} to ${A_hi}: the radius expands above and contracts below.` : "") +
          (never ? " It is never below one half here, whatever the oracle sees." : ""),
      };
    },
  },
  falsepass: {
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
  },
  efficiency: {
    element: "efficiency-plot",
    draw(state, c) {
      const { efficiency, cost } = state.run.rows, low = Math.min(0, ...efficiency), last = efficiency[efficiency.length - 1];
      const nothing = Math.abs(last) < 1e-9 * Math.max(...efficiency);
      return {
        traces: [line(MOVE, Array.from(efficiency), "per model call", c.main), ...pinned(state, c, (run) => Array.from(run.rows.efficiency), MOVE)],
        layout: { xaxis: axis(c, "move", X()), yaxis: axis(c, "Δμ per model call", { range: [low * 1.06, upper(efficiency, ...state.pins.filter((p) => p).map((p) => p.run.rows.efficiency))], tickformat: ".2~g" }) },
        says: `A move costs ${number(cost[0])} model calls; a call removes ${number(efficiency[0])} defects in the first move and ${nothing ? "nothing" : number(last)} in the last.`,
      };
    },
  },
  frontier: {
    element: "frontier-plot",
    draw(state, c) {
      const { points, found, here } = state.frontier;
      let reached = 0, all = 0, top = 0;
      const traces = PAGE.policies.map((policy, i) => {
        const { moves, hidden, settled } = found[policy];
        for (const n of moves) { all += 1; if (n < Infinity) reached += 1; }
        for (const h of hidden) if (h > top) top = h;
        return {
          type: "scatter", mode: "markers", name: policy, x: moves.map((n, p) => n < Infinity ? n : settled[p]), y: hidden,
          marker: { symbol: moves.map((n) => POLICY_MARKS[i % POLICY_MARKS.length] + (n < Infinity ? "" : "-open")), color: c[POLICY_COLOURS[i % POLICY_COLOURS.length]], size: 8, line: { width: 1.5 } },
          text: points.map(([K, N], p) => `K = ${K}, N = ${N}: ${moves[p] < Infinity ? `${moves[p]} moves` : `not reached, at rest from move ${settled[p]}`}, hidden ${number(hidden[p])}`),
          hovertemplate: "%{text}",
        };
      });
      top = Math.max(top, here.hidden[0]);
      traces.push({ ...presentSetting(c, here.settled[0], here.hidden[0]), name: "now" });
      return {
        traces,
        layout: { showlegend: true, hovermode: "closest", margin: { l: 52, r: 14, t: 26, b: 40 },
          xaxis: axis(c, "moves to the target (hollow: to rest)", { range: [-4, FACTS.moves * 1.04] }),
          yaxis: axis(c, "hidden defects at the stop", { range: [-0.03 * (top || 1), (top || 1) * 1.08] }) },
        says: `${reached} of ${all} combinations reach the target within ${FACTS.moves} moves.` + (reached < all ? " Hollow marks did not: they stand where the run came within 5 % of its last defect mass." : ""),
      };
    },
  },
  heatmap: {
    element: "heatmap-plot",
    draw(state, c) {
      const { resolutions, priors, z } = state.heatmap, { r, H } = state.settings.values;
      const trace = { type: "heatmap", x: resolutions, y: priors, z, zmin: 0, zmax: Math.min(1, upper(...z)), colorscale: c.scale, hovertemplate: "r = %{x:.3f}, H = %{y:.2f}: %{z:.3f}<extra></extra>", colorbar: { thickness: 10, tickfont: { size: 10 }, outlinewidth: 0, len: 1 } };
      let low = 1, high = 0;
      for (const row of z) for (const p of row) { if (p < low) low = p; if (p > high) high = p; }
      return {
        traces: [trace, presentSetting(c, r, H)],
        layout: { hovermode: "closest", margin: { l: 52, r: 64, t: 8, b: 40 }, xaxis: axis(c, "oracle resolution r", { range: [0.28, 1.02] }), yaxis: axis(c, "human prior H", { range: [0.08, 0.92] }) },
        says: `False-pass probability at the stop from ${number(low)} to ${number(high)}; the cross marks the present setting where it lies on the map.`,
      };
    },
  },
  reviewers: {
    element: "reviewers-plot",
    draw(state, c) {
      const { counts, curves } = state.reviewers, colours = [c.main, c.third, c.fourth, c.second];
      let best = [-1, 0, 0], reached = 0;
      const traces = [];
      curves.forEach(({ gamma, moves, per_call, settled }, i) => {
        per_call.forEach((d, j) => { if (d > best[0]) best = [d, counts[j], gamma]; });
        reached += moves.filter((n) => n < Infinity).length;
        const name = `γ = ${gamma}`;
        traces.push({ ...line(counts, moves.map((n, j) => n < Infinity ? n : settled[j]), name, colours[i], { mode: "lines+markers" }), marker: { size: 7, symbol: moves.map((n) => n < Infinity ? "circle" : "circle-open") }, text: moves.map((n, j) => n < Infinity ? `${n} moves` : `not reached, at rest from move ${settled[j]}`), hovertemplate: "%{text}" });
        traces.push({ ...line(counts, per_call, name, colours[i], { yaxis: "y2", xaxis: "x2", mode: "lines+markers" }), marker: { size: 6 }, showlegend: false });
      });
      return {
        traces,
        layout: { showlegend: true, margin: { l: 52, r: 14, t: 26, b: 40 }, xaxis: axis(c, "reviewers N", { domain: [0, 0.41], range: [-0.3, 8.3] }), xaxis2: axis(c, "reviewers N", { domain: [0.6, 1], anchor: "y2", range: [-0.3, 8.3] }),
          yaxis: axis(c, "moves to target", { range: [0, FACTS.moves * 1.04] }), yaxis2: axis(c, "Δμ per model call", { anchor: "x2", range: [0, upper(...curves.map((curve) => curve.per_call))] }) },
        says: `${reached} of ${curves.length * counts.length} teams reach the target${reached < curves.length * counts.length ? " (hollow: they do not, and stand where the run came to rest)" : ""}; a model call removes most, ${number(best[0])}, with N = ${best[1]}${best[1] > 0 ? `, γ = ${best[2]}` : ""}.`,
      };
    },
  },
  calibration: {
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
  },
  elasticity: {
    element: "elasticity-plot",
    draw(state, c) {
      const { outcome, bars } = state.elasticity, shown = bars.filter((bar) => Math.abs(bar.elasticity) > 1e-9).slice(0, 12).reverse();
      const names = shown.map((bar) => TEXTS[bar.name].text), most = shown[shown.length - 1];
      return {
        traces: [{ type: "bar", orientation: "h", y: names, x: shown.map((bar) => bar.elasticity), marker: { color: shown.map((bar) => bar.elasticity > 0 ? c.second : c.main) }, hovertemplate: "%{y}: %{x:.3f}<extra></extra>" }],
        layout: { hovermode: "closest", xaxis: axis(c, `elasticity of the ${outcome}`, { zerolinecolor: c.soft }), yaxis: axis(c, "", { type: "category", nticks: 0, dtick: 1 }), bargap: 0.35 },
        says: most === undefined ? `Nothing changes the ${outcome} here.` : `Elasticities of the ${outcome}${outcome.startsWith("moves") ? "" : ", since the target is not reached"}. Largest: ${TEXTS[most.name].text}, ${number(most.elasticity)}.`,
      };
    },
  },
  fan: {
    element: "fan-plot",
    draw(state, c) {
      const fan = state.fan;
      if (!fan) {
        return { traces: [], layout: { xaxis: axis(c, "moves made", X()), yaxis: axis(c, "defect mass μ", { range: [0, 1] }), annotations: [{ text: state.fanNote, showarrow: false, xref: "paper", yref: "paper", x: 0.5, y: 0.5 }] }, says: state.fanNote };
      }
      const [q05, q25, q50, q75, q95] = fan.quantiles, back = COUNT.slice().reverse(), last = fan.survival.length - 1;
      const band = (low, high, name, opacity) => ({ type: "scatter", mode: "lines", x: [...COUNT, ...back], y: [...high, ...Array.from(low).reverse()], fill: "toself", fillcolor: c.band, opacity, line: { width: 0 }, name, hoverinfo: "skip" });
      return {
        traces: [band(q05, q95, "90 % of runs", 0.7), band(q25, q75, "50 % of runs", 1), line(COUNT, Array.from(q50), "median", c.main), line(COUNT, Array.from(state.settings.model === fan.model ? STATES(state.run) : fan.mean), state.settings.model === fan.model ? "expected" : "mean", c.third, { line: { dash: "dash" } }),
          line(COUNT, Array.from(fan.survival), "not at target", c.second, { yaxis: "y2" })],
        layout: { showlegend: true, margin: { l: 52, r: 56, t: 26, b: 40 }, xaxis: axis(c, "moves made", X()), yaxis: axis(c, "defect mass μ", { range: [0, upper(q95)], color: c.main }),
          yaxis2: axis(c, "share of runs", { ...SHARES, color: c.second }) },
        says: `${fan.runs} runs of the ${fan.model} model: after ${FACTS.moves} moves half of them are below μ = ${number(q50[last])}, nine in ten between ${number(q05[last])} and ${number(q95[last])}; ${per_cent(1 - fan.survival[last])} have reached the target.`,
      };
    },
  },
};
