// Plots that can be pointed at: the target line is dragged, the map is clicked, and a move is marked in all plots.
const POINTED = {
  convergence(element) {
    const aside = (away) => element.querySelectorAll(".annotation").forEach((label) => {  // a label stays behind its line
      if (label.textContent.includes("target")) label.style.opacity = away ? "0" : "1";
    });
    element.addEventListener("pointerdown", ({ target }) => { if (target.closest(".shapelayer") !== null) aside(true); }, { capture: true });
    addEventListener("pointerup", () => aside(false));
    element.on("plotly_relayout", (change) => {
      const [key, y] = Object.entries(change).find(([name]) => /^shapes\[\d+\]\.y0$/.test(name)) || [];
      if (key === undefined) return;
      const { slider: [low, high, size] } = PARAMETERS.target, shape = element.layout.shapes[Number(key.match(/\d+/)[0])];
      delete drawn.convergence;  // the line that was dragged is not where it was drawn
      if (shape.name !== "target") return update();
      const value = Number((Math.round(Math.min(high, Math.max(low, y)) / size) * size).toFixed(6));
      return setControl("target", value, { push: false, told: `${label("target")} ${TEXTS.target.text} = ${value}.` });
    });
  },
  heatmap(element) {
    element.on("plotly_click", ({ points: [{ x, y }] }) => attempt(() => choose(settingsOf(settings.policy, settings.model, { ...settings.values, r: x, H: y }), { told: "Set on the map.", control: "map" })));
  },
};
const pointed = new Set();
function makePointed(name) {
  if (pointed.has(name)) return;
  pointed.add(name);
  const element = part(FIGURES[name].element);
  if (POINTED[name] !== undefined) POINTED[name](element);
  if (BY_MOVE.includes(name)) {
    element.on("plotly_hover", ({ event, xvals }) => { if (event !== undefined) markMove(name, xvals[0]); });
    element.on("plotly_unhover", () => markMove(name, undefined));
  }
}

// The move that is pointed at in one plot shows in all that are in sight; undefined takes the marks away.
const BY_MOVE = ["convergence", "radius", "acceptance", "falsepass", "efficiency", "fan"];
function markMove(from, move) {
  for (const name of BY_MOVE) {
    const element = part(FIGURES[name].element);
    if (name === from || !pointed.has(name) || !element.checkVisibility()) continue;
    if (move === undefined) Plotly.Fx.unhover(element); else Plotly.Fx.hover(element, { xval: Math.round(move) });
  }
}
