// Figures over many settings, and of what matters.
FIGURES.frontier = {
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
        yaxis: axis(c, "hidden defects at the stop", { range: [-0.03 * upper([top]), 1.05 * upper([top])] }) },
      says: `${reached} of ${all} combinations reach the target within ${FACTS.moves} moves.` + (reached < all ? " Hollow marks did not: they stand where the run came within 5 % of its last defect mass." : ""),
    };
  },
};

// A map of values as a picture, a cell a pixel, the first row at the bottom.
function mapImage(rows, top, scale) {
  const colours = scale.map(([at, colour]) => [at, [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16))]);
  const canvas = document.createElement("canvas"), CELL = 8;
  canvas.width = CELL * rows[0].length;
  canvas.height = CELL * rows.length;
  const context = canvas.getContext("2d");
  rows.forEach((row, i) => row.forEach((value, j) => {
    const share = Math.min(1, Math.max(0, value / top)), k = Math.max(1, colours.findIndex(([at]) => at >= share));
    const [[from, low], [to, high]] = [colours[k - 1], colours[k]], mix = (share - from) / (to - from);
    context.fillStyle = `rgb(${low.map((part, n) => Math.round(part + mix * (high[n] - part))).join()})`;
    context.fillRect(CELL * j, CELL * (rows.length - 1 - i), CELL, CELL);
  }));
  return canvas.toDataURL();
}

FIGURES.heatmap = {
  element: "heatmap-plot",
  draw(state, c) {
    const { resolutions, priors, z } = state.heatmap, { r, H } = state.settings.values;
    const top = Math.min(1, upper(...z)), points = priors.flatMap((prior) => resolutions.map((resolution) => [resolution, prior]));
    const trace = { type: "scatter", mode: "markers", x: points.map(([x]) => x), y: points.map(([, y]) => y), marker: { opacity: 0, size: 14, color: z.flat(), cmin: 0, cmax: top, colorscale: c.scale, showscale: true, colorbar: { thickness: 10, tickfont: { size: 10 }, outlinewidth: 0, len: 1 } },
      text: z.flat().map((p) => number(p)), hovertemplate: "r = %{x:.3f}, H = %{y:.2f}: %{text}<extra></extra>" };
    const [across, up] = [resolutions, priors].map((values) => (values[values.length - 1] - values[0]) / (values.length - 1));
    const map = { source: mapImage(z, top, c.scale), xref: "x", yref: "y", x: resolutions[0] - across / 2, y: priors[priors.length - 1] + up / 2, sizex: across * resolutions.length, sizey: up * priors.length, sizing: "stretch", layer: "below" };
    let low = 1, high = 0;
    for (const row of z) for (const p of row) { if (p < low) low = p; if (p > high) high = p; }
    return {
      traces: [trace, presentSetting(c, r, H)],
      layout: { images: [map], hovermode: "closest", margin: { l: 52, r: 64, t: 8, b: 40 }, xaxis: axis(c, "oracle resolution r", { range: [0.28, 1.02], showgrid: false }), yaxis: axis(c, "human prior H", { range: [0.08, 0.92], showgrid: false }) },
      says: `False-pass probability at the stop from ${number(low)} to ${number(high)}; the cross marks the present setting where it lies on the map.`,
    };
  },
};

FIGURES.reviewers = {
  element: "reviewers-plot",
  draw(state, c) {
    const { counts, curves } = state.reviewers, colours = [c.main, c.third, c.fourth, c.second];
    let best = [-1, 0, 0], reached = 0;
    const traces = [];
    curves.forEach(({ gamma, moves, per_call }, i) => {
      const there = (values) => values.map((value, j) => moves[j] < Infinity ? value : null);  // gaps where a team does not reach it
      per_call.forEach((d, j) => { if (moves[j] < Infinity && d > best[0]) best = [d, counts[j], gamma]; });
      reached += moves.filter((n) => n < Infinity).length;
      const name = `γ = ${gamma}`;
      traces.push({ ...line(counts, there(moves), name, colours[i], { mode: "lines+markers" }), marker: { size: 7 }, text: moves.map((n) => counted(n, "move")), hovertemplate: "%{text}" });
      traces.push({ ...line(counts, there(per_call), name, colours[i], { yaxis: "y2", xaxis: "x2", mode: "lines+markers" }), marker: { size: 6 }, showlegend: false });
    });
    return {
      traces,
      layout: { showlegend: true, margin: { l: 52, r: 14, t: 26, b: 40 }, xaxis: axis(c, "reviewers N", { domain: [0, 0.41], range: [-0.3, 8.3] }), xaxis2: axis(c, "reviewers N", { domain: [0.6, 1], anchor: "y2", range: [-0.3, 8.3] }),
        yaxis: axis(c, "moves to target", { range: [0, FACTS.moves * 1.04] }), yaxis2: axis(c, "Δμ per model call", { anchor: "x2", range: [0, upper(...curves.map((curve) => curve.per_call))] }) },
      empty: reached === 0,
      says: `${reached} of ${curves.length * counts.length} teams reach the target${reached === 0 ? ", so that there is nothing to draw" : reached < curves.length * counts.length ? "; the others are left out" : ""}.${reached > 0 ? ` Of those that do, a model call removes most, ${number(best[0])}, with N = ${best[1]}${best[1] > 0 ? `, γ = ${best[2]}` : ""}.` : ""}`,
    };
  },
};

FIGURES.elasticity = {
  element: "elasticity-plot",
  draw(state, c) {
    const { outcome, bars } = state.elasticity, shown = bars.filter((bar) => Math.abs(bar.elasticity) > 1e-9).slice(0, 12).reverse(), wide = part(this.element).clientWidth > 560;
    const names = shown.map((bar) => `${shortened(label(bar.name), wide ? 2 * LONGEST : LONGEST)} ${TEXTS[bar.name].text}`), most = shown[shown.length - 1];
    return {
      traces: [{ type: "bar", orientation: "h", y: names, x: shown.map((bar) => bar.elasticity), marker: { color: shown.map((bar) => bar.elasticity > 0 ? c.second : c.third) }, hovertemplate: "%{y}: %{x:.3f}<extra></extra>" }],
      layout: { hovermode: "closest", margin: { l: wide ? 310 : 172, r: 14, t: 8, b: 40 }, xaxis: axis(c, `elasticity of the ${outcome}`, { zerolinecolor: c.soft }), yaxis: axis(c, "", { type: "category", nticks: 0, dtick: 1 }), bargap: 0.35 },
      says: most === undefined ? `Nothing changes the ${outcome} here.` : `Elasticities of the ${outcome}${outcome.startsWith("moves") ? "" : `, since the target is ${state.run.moves_to_target === 0 ? "met at the start" : "not reached"}`}. More of a parameter hurts where its bar points right (orange) and helps where it points left (green). Largest: ${TEXTS[most.name].text}, ${number(most.elasticity)}.`,
    };
  },
};
