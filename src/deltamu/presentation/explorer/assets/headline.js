// The headline: the same settings in two models side by side, defects above and probabilities below.
const COLUMNS = [[0, 0.47], [0.53, 1]], ROWS = [[0.58, 1], [0, 0.42]];

const NARROW = 500;  // pixels below which axes go without titles

// The first model beside the one that is chosen, or beside the second.
function modelsBeside(model) {
  const [first, second] = PAGE.models;
  return second === undefined ? [first] : [first, model === first ? second : model];
}

// Where a line's label covers no curve: above the line or below it, at the right, in the middle or at the left.
const TOP = 1.2, LABEL = { high: 0.17, wide: 0.5 };  // TOP leaves room above a target; LABEL in shares of the axes
function placed(value, curves, roomy, top) {
  const wide = roomy ? LABEL.wide : 1.3 * LABEL.wide, places = [];
  for (const [xanchor, x] of [["right", 0.98], ["center", 0.5], ["left", 0.02]]) {
    const left = x - wide * { right: 1, center: 0.5, left: 0 }[xanchor], from = Math.max(0, Math.floor(left * FACTS.moves)), to = Math.ceil((left + wide) * FACTS.moves);
    for (const yanchor of ["bottom", "top"]) {
      const size = LABEL.high * top, low = yanchor === "bottom" ? value : value - size, high = low + size;
      if (high > top || low < 0) continue;
      let covered = 0;
      for (const curve of curves) for (let t = from; t <= Math.min(to, FACTS.moves); t++) if (curve[t] >= low && curve[t] <= high) covered += 1;
      places.push({ x, xanchor, yanchor, covered });
    }
  }
  const { covered, ...place } = places.length === 0 ? {} : places.reduce((one, other) => other.covered < one.covered ? other : one);
  return place;
}

FIGURES.convergence = {
  element: "convergence-plot",
  draw(state, c) {
    const roomy = part(this.element).clientWidth > NARROW, { settings, sides } = state, target = settings.values.target, traces = [], shapes = [], annotations = [], axes = {};
    const across = (column) => ({ x: column === 0 ? "x" : "x2", mu: column === 0 ? "y" : "y2", p: column === 0 ? "y3" : "y4" });
    const top = upper(...sides.map(({ run }) => STATES(run)), ...state.pins.filter((pin) => pin).map((pin) => STATES(pin.run)));
    const said = (text, at) => annotations.push({ showarrow: false, font: { size: 11, color: c.soft }, text, ...at });
    sides.forEach(({ model, run, reach }, column) => {
      const { x, mu, p } = across(column), n = run.moves_to_target, own = { xaxis: x, yaxis: mu, showlegend: column === 0 };
      const chance = { ...own, yaxis: p }, end = { xref: `${x} domain`, x: 0.98, xanchor: "right", bgcolor: c.paper, opacity: 0.9 };
      traces.push(line(COUNT, STATES(run), "defects μ", c.main, own), line(COUNT, PASSES(run), "tests pass P", c.second, chance),
        line(COUNT, PASSES(run, "reliability"), "true reliability", c.third, { ...chance, line: { dash: "dashdot" } }));
      const pins = { ...state, pins: state.pins.map((pin) => pin !== null && pin.settings.model === model ? pin : null) };
      traces.push(...pinned(pins, c, STATES, COUNT, { trace: { ...own, showlegend: true } }), ...pinned(pins, c, PASSES, COUNT, { dash: "dot", trace: { ...chance, showlegend: false } }));
      shapes.push({ type: "line", xref: `${x} domain`, x0: 0, x1: 1, yref: p, y0: target, y1: target, name: "target", line: { color: c.second, width: 1.2, dash: "dot" } });
      said(`target ${number(target, 6)}${roomy && !printing ? ": drag the line" : ""}`, { ...end, yref: p, y: target, ...placed(target, [PASSES(run), PASSES(run, "reliability")], roomy, TOP) });
      const floor = floorOf(reach);
      if (floor.value > 0 && floor.value < run.rows.mu[0]) {
        shapes.push({ type: "line", xref: `${x} domain`, x0: 0, x1: 1, yref: mu, y0: floor.value, y1: floor.value, line: { color: c.main, width: 1.2, dash: "dot" } });
        said(`${floor.brief} ${number(floor.value)}`, { ...end, yref: mu, y: floor.value, yshift: 5, yanchor: "bottom", ...placed(floor.value, [STATES(run)], roomy, top) });
      }
      if (n < Infinity) shapes.push({ type: "line", xref: x, x0: n, x1: n, yref: "paper", y0: 0, y1: 1, line: { color: c.third, width: 1.5, dash: "dash" } });
      said(`<b>${spoken(model)}</b>`, { xref: `${x} domain`, x: 0.5, yref: "paper", y: 1, yanchor: "bottom", font: { size: 12, color: c.ink } });
      const own_ticks = { showticklabels: column === 0 }, title = (text) => column === 0 && roomy ? text : "";
      axes[`xaxis${x.slice(1)}`] = axis(c, "moves made", { ...X(), nticks: roomy ? 4 : 3, domain: COLUMNS[column], anchor: p });
      axes[`yaxis${mu.slice(1)}`] = axis(c, title("defects μ"), { range: [0, top], domain: ROWS[0], anchor: x, nticks: 4, ...own_ticks });
      axes[`yaxis${p.slice(1)}`] = axis(c, title("probability"), { range: [0, TOP], tickvals: [0, 0.5, 1], domain: ROWS[1], anchor: x, ...own_ticks });
    });
    const showlegend = roomy || state.pins.some((pin) => pin !== null);
    if (!showlegend) said([["defects μ", c.main], ["tests pass P", c.second], ["true reliability", c.third]].map(([name, colour]) => `<span style="color:${colour}">— ${name}</span>`).join("  "), { xref: "paper", x: 0, xanchor: "left", yref: "paper", y: 1, yanchor: "bottom", yshift: 18, font: { size: 10 } });
    return {
      traces,
      layout: { showlegend, hovermode: "x unified", hoversubplots: "axis", margin: { l: roomy ? 52 : 26, r: 10, t: showlegend && !roomy ? 96 : 44, b: 40 }, shapes, annotations, ...axes, legend: { orientation: "h", x: 0, y: 1, yref: "container", yanchor: "top", font: { size: 11 }, bgcolor: "rgba(0,0,0,0)" } },
      says: sides.map(({ model, run, verdict }) => `${spoken(model)}: ${verdict} Defects ${number(run.rows.mu[0])} to ${number(run.rows.mu_next[FACTS.moves - 1])} in ${counted(FACTS.moves, "move")}.`).join(" "),
    };
  },
};
