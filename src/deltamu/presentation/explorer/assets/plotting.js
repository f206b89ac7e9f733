// Drawing: what all figures share; each makes traces and a layout from results, and Plotly draws what has changed.
const COLOURS = {
  light: { ink: "#1b2330", soft: "#5a6472", grid: "#dde2e8", paper: "#ffffff", main: "#0b62a8", second: "#b3470a", third: "#0d7a55", fourth: "#8a3a8f", band: "rgba(11,98,168,0.16)", a: "#7a5c00", b: "#8a3a8f", scale: [[0, "#f3f7fb"], [0.5, "#6aa6d6"], [1, "#0a2c5e"]] },
  dark: { ink: "#e8edf4", soft: "#a5b0be", grid: "#333d4a", paper: "#161c24", main: "#6cb8f5", second: "#f5a262", third: "#5fd0a4", fourth: "#dd9ae0", band: "rgba(108,184,245,0.22)", a: "#e5c04b", b: "#dd9ae0", scale: [[0, "#101a28"], [0.5, "#3f7fb8"], [1, "#d8ecff"]] },
};
const POLICY_COLOURS = ["second", "fourth", "main", "third", "a"], POLICY_MARKS = ["circle", "square", "diamond", "cross", "star"];

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

// Pixels of a plot: those of its element, or those that it is drawn with for paper, to be scaled to the sheet.
const SHEET = { width: 700, height: 320, low: 240 };
const roomOf = (element) => printing ? SHEET : { width: element.clientWidth, height: element.clientHeight };

const COUNT = Array.from({ length: FACTS.moves + 1 }, (_, i) => i), MOVE = COUNT.slice(0, -1), AFTER = COUNT.slice(1);
const STATES = (run) => [run.rows.mu[0], ...run.rows.mu_next];
const PASSES = (run, name = "pass_probability") => [run.start[name], ...run.rows[name]];
const X = () => ({ range: [0, FACTS.moves], nticks: 7 });
const SHARES = { range: [0, 1.03], tickvals: [0, 0.25, 0.5, 0.75, 1], overlaying: "y", side: "right", showgrid: false };

// Runs that are pinned are drawn in the same plots: a colour for each, named by what differs from now.
function pinned(state, c, y, x, more = {}) {
  return state.pins.flatMap((pin, i) => pin === null ? [] : [line(x, y(pin.run), pinName(pin, i), c["ab"[i]], { line: { dash: more.dash || "dash", width: 1.8 }, ...more.trace })]);
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

const FIGURES = {};
