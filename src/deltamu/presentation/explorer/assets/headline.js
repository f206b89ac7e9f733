// The headline: the same settings in two models side by side, defects above and probabilities below.
const COLUMNS = [[0, 0.47], [0.53, 1]], ROWS = [[0.58, 1], [0, 0.42]];

const NARROW = 500;  // pixels below which axes go without titles

// The first model beside the one that is chosen, or beside the second.
function modelsBeside(model) {
  const [first, second] = PAGE.models;
  return second === undefined ? [first] : [first, model === first ? second : model];
}

// Where the label of a level line covers no curve: as near to its line as there is room, and to the right.
const TOP = 1.2, LETTER = 6.3, LINE_HEIGHT = 15, STEP = 5, GAP_ABOVE = 13;  // TOP leaves room above a target; the others are pixels
function placed(text, value, top, { width, height, above, curves, upright = [] }) {
  const wide = LETTER * text.length + 4, level = height * (1 - value / top), right = Math.max(0, width - wide - 4);
  const pixels = curves.map((curve) => curve.map((y) => height * (1 - y / top))), at = (x) => x / FACTS.moves * width;
  const covered = (left, up) => {
    const from = Math.max(0, Math.floor((left - 3) / width * FACTS.moves)), to = Math.min(FACTS.moves, Math.ceil((left + wide + 3) / width * FACTS.moves));
    let found = upright.filter((x) => at(x) > left - 3 && at(x) < left + wide + 3).length;
    for (const curve of pixels) for (let t = from; t < to; t++) if (Math.max(curve[t], curve[t + 1]) > up - 2 && Math.min(curve[t], curve[t + 1]) < up + LINE_HEIGHT + 2) found += 1;
    return found;
  };
  let best = { found: Infinity };
  for (let away = 1; away < height && best.found > 0; away += STEP) {
    for (const up of [level - LINE_HEIGHT - away, level + away]) {
      if (up < -above || up + LINE_HEIGHT > height) continue;
      for (let i = 0; i <= 8 && best.found > 0; i++) {
        const left = right * (1 - i / 8), found = covered(left, up);
        if (found < best.found) best = { found, left, up };
      }
    }
  }
  const { left, up } = best.found === Infinity ? { left: right, up: level - LINE_HEIGHT - 1 } : best;
  return { x: left / width, xanchor: "left", y: 1 - (up + LINE_HEIGHT / 2) / height, yanchor: "middle" };
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
      const chance = { ...own, yaxis: p }, free = { ...size, above: 0, upright: n < Infinity ? [n] : [] };
      const label = (text, value, most, colour, y, curves, more = {}) => said(text, { xref: `${x} domain`, yref: `${y} domain`, font: { size: 11, color: colour }, borderpad: 0, ...placed(text, value, most, { ...free, ...more, curves }) });
      traces.push(line(COUNT, STATES(run), "defects μ", c.main, own), line(COUNT, PASSES(run), "tests pass P", c.second, chance),
        line(COUNT, PASSES(run, "reliability"), "true reliability", c.third, { ...chance, line: { dash: "dashdot" } }));
      const pins = { ...state, pins: state.pins.map((pin) => pin !== null && pin.settings.model === model ? pin : null) };
      traces.push(...pinned(pins, c, STATES, COUNT, { trace: { ...own, showlegend: true } }), ...pinned(pins, c, PASSES, COUNT, { dash: "dot", trace: { ...chance, showlegend: false } }));
      shapes.push({ type: "line", xref: `${x} domain`, x0: 0, x1: 1, yref: p, y0: target, y1: target, name: "target", line: { color: c.second, width: 1.2, dash: "dot" } });
      const pinnedRuns = pins.pins.filter((pin) => pin !== null).map((pin) => pin.run);
      label(`target ${number(target, 6)}${roomy && !printing ? ": drag the line" : ""}`, target, TOP, c.second, p, [PASSES(run), PASSES(run, "reliability"), ...pinnedRuns.map((other) => PASSES(other))], { above: GAP_ABOVE });
      const floor = floorOf(reach);
      if (floor.value > 0 && floor.value < run.rows.mu[0]) {
        shapes.push({ type: "line", xref: `${x} domain`, x0: 0, x1: 1, yref: mu, y0: floor.value, y1: floor.value, line: { color: c.main, width: 1.2, dash: "dot" } });
        label(`${floor.brief} ${number(floor.value)}`, floor.value, top, c.main, mu, [run, ...pinnedRuns].map(STATES));
      }
      if (n < Infinity) shapes.push({ type: "line", xref: x, x0: n, x1: n, yref: "paper", y0: 0, y1: 1, line: { color: c.third, width: 1.5, dash: "dash" } });
      const { mu: left, pass } = momentOf(run);
      said(`<b>${spoken(model)}</b>${roomy ? "" : `<br>μ ${number(left)} · P ${number(pass)}`}`, { xref: `${x} domain`, x: 0.5, yref: "paper", y: 1, yanchor: "bottom", font: { size: 12, color: c.ink } });
      const own_ticks = { showticklabels: column === 0 }, title = (text) => column === 0 && roomy ? text : "";
      axes[`xaxis${x.slice(1)}`] = axis(c, "moves made", { ...X(), nticks: roomy ? 4 : 3, domain: COLUMNS[column], anchor: p });
      axes[`yaxis${mu.slice(1)}`] = axis(c, title("defects μ"), { range: [0, top], domain: ROWS[0], anchor: x, nticks: 4, ...own_ticks });
      axes[`yaxis${p.slice(1)}`] = axis(c, title("probability"), { range: [0, TOP], tickvals: [0, 0.5, 1], domain: ROWS[1], anchor: x, ...own_ticks });
    });
    if (!showlegend) said([["defects μ", c.main], ["tests pass P", c.second], ["true reliability", c.third]].map(([name, colour]) => `<span style="color:${colour}">— ${name}</span>`).join("  "), { xref: "paper", x: 0, xanchor: "left", yref: "paper", y: 1, yanchor: "bottom", yshift: 32, font: { size: 11 } });
    return {
      traces,
      layout: { showlegend, hovermode: "x unified", hoversubplots: "axis", margin, shapes, annotations, ...axes, legend: { orientation: "h", x: 0, y: 1, yref: "container", yanchor: "top", font: { size: 11 }, bgcolor: "rgba(0,0,0,0)" } },
      says: sides.map(({ model, run, verdict }) => `${spoken(model)}: ${verdict} Defects ${number(run.rows.mu[0])} to ${number(run.rows.mu_next[FACTS.moves - 1])} in ${counted(FACTS.moves, "move")}.`).join(" "),
    };
  },
};
