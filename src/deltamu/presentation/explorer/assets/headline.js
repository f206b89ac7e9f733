// The headline: the same settings in two models side by side, defects above and probabilities below.
const COLUMNS = [[0, 0.47], [0.53, 1]], ROWS = [[0.58, 1], [0, 0.42]];

const NARROW = 500;  // pixels below which axes go without titles

// The first model beside the one that is chosen, or beside the second.
function modelsBeside(model) {
  const [first, second] = PAGE.models;
  return second === undefined ? [first] : [first, model === first ? second : model];
}

// Where the label of a level line covers no curve: as near to its line as there is room, and to the right, rather
// in its own row than between the rows.  All lengths are pixels.
const TOP = 1.2;  // of the axis of probabilities: it leaves room above a target
const LABEL = { font: 11, high: 15, step: 5, gap: 3, between: 15 };
const CURVE = 100, BELOW = 0.5, AWAY = 0.02;  // costs, that of covering an upright line being 1
const ruler = document.createElement("canvas").getContext("2d");
function placed(text, value, top, { width, height, above = 0, below = 0, curves, upright = [] }) {
  ruler.font = `${LABEL.font}px system-ui, sans-serif`;
  const wide = ruler.measureText(text).width + 2, level = height * (1 - value / top), right = Math.max(0, width - wide - 4);
  const pixels = curves.map((curve) => curve.map((y) => height * (1 - y / top))), at = (x) => x / FACTS.moves * width, move = (x) => x / width * FACTS.moves;
  const covered = (left, up) => {
    const from = Math.max(0, Math.floor(move(left - LABEL.gap))), to = Math.min(FACTS.moves, Math.ceil(move(left + wide + LABEL.gap)));
    let found = upright.filter((x) => at(x) > left - LABEL.gap && at(x) < left + wide + LABEL.gap).length;
    for (const curve of pixels) for (let t = from; t < to; t++) if (Math.max(curve[t], curve[t + 1]) > up - 1 && Math.min(curve[t], curve[t + 1]) < up + LABEL.high + 1) found += CURVE;
    return found;
  };
  let best = { cost: Infinity, left: right, up: level - LABEL.high - 1 };
  for (let away = 1; away < height && best.cost > AWAY * away; away += LABEL.step) {
    for (const up of [level - LABEL.high - away, level + away]) {
      if (up < -above || up + LABEL.high > height + below) continue;
      for (let i = 0; i <= 8; i++) {
        const left = right * (1 - i / 8), cost = covered(left, up) + AWAY * away + (up + LABEL.high > height ? BELOW : 0);
        if (cost < best.cost) best = { cost, left, up };
      }
    }
  }
  const { left, up } = best;
  return { x: left / width, xanchor: "left", y: 1 - (up + LABEL.high / 2) / height, yanchor: "middle" };
}

FIGURES.convergence = {
  element: "convergence-plot",
  draw(state, c) {
    const room = roomOf(part(this.element)), roomy = room.width > NARROW, showlegend = roomy || state.pins.some((pin) => pin !== null);
    const margin = { l: roomy ? 52 : 26, r: 10, t: roomy ? 44 : showlegend ? 108 : 56, b: roomy ? 40 : 34 }, { settings, sides } = state, target = settings.values.target, traces = [], shapes = [], annotations = [], axes = {};
    const across = (column) => ({ x: column === 0 ? "x" : "x2", mu: column === 0 ? "y" : "y2", p: column === 0 ? "y3" : "y4" });
    const top = upper(...sides.map(({ run }) => STATES(run)), ...state.pins.filter((pin) => pin).map((pin) => STATES(pin.run)));
    const size = { width: (room.width - margin.l - margin.r) * COLUMNS[0][1], height: (room.height - margin.t - margin.b) * ROWS[1][1] };
    const said = (text, at) => annotations.push({ showarrow: false, font: { size: 11, color: c.soft }, text, ...at });
    sides.forEach(({ model, run, reach }, column) => {
      const { x, mu, p } = across(column), n = run.moves_to_target, own = { xaxis: x, yaxis: mu, showlegend: column === 0 };
      const chance = { ...own, yaxis: p }, free = { ...size, upright: n < Infinity ? [n] : [] };
      const label = (text, value, most, colour, y, curves, more = {}) => said(text, { xref: `${x} domain`, yref: `${y} domain`, font: { size: LABEL.font, color: colour }, borderpad: 0, ...placed(text, value, most, { ...free, ...more, curves }) });
      traces.push(line(COUNT, STATES(run), "defects μ", c.main, own), line(COUNT, PASSES(run), "tests pass P", c.second, chance),
        line(COUNT, PASSES(run, "reliability"), "true reliability", c.third, { ...chance, line: { dash: "dashdot" } }));
      const pins = { ...state, pins: state.pins.map((pin) => pin !== null && pin.settings.model === model ? pin : null) };
      traces.push(...pinned(pins, c, STATES, COUNT, { trace: { ...own, showlegend: true } }), ...pinned(pins, c, PASSES, COUNT, { dash: "dot", trace: { ...chance, showlegend: false } }));
      shapes.push({ type: "line", xref: `${x} domain`, x0: 0, x1: 1, yref: p, y0: target, y1: target, name: "target", line: { color: c.second, width: 1.2, dash: "dot" } });
      const pinnedRuns = pins.pins.filter((pin) => pin !== null).map((pin) => pin.run);
      label(`target ${number(target, 6)}${roomy && !printing ? ": drag the line" : ""}`, target, TOP, c.second, p, [PASSES(run), PASSES(run, "reliability"), ...pinnedRuns.map((other) => PASSES(other))], { above: LABEL.between });
      const floor = floorOf(reach);
      if (floor.value > 0 && floor.value < run.rows.mu[0]) {
        shapes.push({ type: "line", xref: `${x} domain`, x0: 0, x1: 1, yref: mu, y0: floor.value, y1: floor.value, line: { color: c.main, width: 1.2, dash: "dot" } });
        label(`${floor.brief} ${number(floor.value)}`, floor.value, top, c.main, mu, [run, ...pinnedRuns].map(STATES), { below: LABEL.between });
      }
      if (n < Infinity) shapes.push({ type: "line", xref: x, x0: n, x1: n, yref: "paper", y0: 0, y1: 1, line: { color: c.third, width: 1.5, dash: "dash" } });
      const { mu: left, pass } = momentOf(run), [shown] = apart(pass, target);
      said(`<b>${spoken(model)}</b>${roomy ? "" : `<br>μ ${number(left)} · P ${shown}`}`, { xref: `${x} domain`, x: 0.5, yref: "paper", y: 1, yanchor: "bottom", font: { size: 12, color: c.ink } });
      const own_ticks = { showticklabels: column === 0 }, title = (text) => column === 0 && roomy ? text : "";
      axes[`xaxis${x.slice(1)}`] = axis(c, "moves made", { ...X(), nticks: roomy ? 4 : 3, domain: COLUMNS[column], anchor: p });
      axes[`yaxis${mu.slice(1)}`] = axis(c, title("defects μ"), { range: [0, top], domain: ROWS[0], anchor: x, nticks: 4, ...own_ticks });
      axes[`yaxis${p.slice(1)}`] = axis(c, title("probability"), { range: [0, TOP], tickvals: [0, 0.5, 1], domain: ROWS[1], anchor: x, ...own_ticks });
    });
    if (!showlegend) said([["defects μ", c.main], ["tests pass P", c.second], ["true reliability", c.third]].map(([name, colour]) => `<span style="color:${colour}">— ${name}</span>`).join("  "), { xref: "paper", x: 0, xanchor: "left", yref: "paper", y: 1, yanchor: "bottom", yshift: 32, font: { size: 10 } });
    return {
      traces,
      layout: { showlegend, hovermode: "x unified", hoversubplots: "axis", margin, shapes, annotations, ...axes, legend: { orientation: "h", x: 0, y: 1, yref: "container", yanchor: "top", font: { size: 11 }, bgcolor: "rgba(0,0,0,0)" } },
      says: sides.map(({ model, run, verdict }) => `${spoken(model)}: ${verdict} Defects ${number(run.rows.mu[0])} to ${number(run.rows.mu_next[FACTS.moves - 1])} in ${counted(FACTS.moves, "move")}.`).join(" "),
    };
  },
};
