// Plots that can be pointed at: the target line is dragged, the map is clicked.
const POINTED = {
  convergence(element) {
    element.on("plotly_relayout", (change) => {
      const [key, y] = Object.entries(change).find(([name]) => /^shapes\[\d+\]\.y0$/.test(name)) || [];
      if (key === undefined) return;
      const { slider: [low, high, size] } = PARAMETERS.target, shape = element.layout.shapes[Number(key.match(/\d+/)[0])];
      delete drawn.convergence;  // the line that was dragged is not where it was drawn
      if (shape.name !== "target") return update();
      return setControl("target", Number((Math.round(Math.min(high, Math.max(low, y)) / size) * size).toFixed(6)), { push: false });
    });
  },
  heatmap(element) {
    element.on("plotly_click", ({ points: [{ x, y }] }) => attempt(() => choose(settingsOf(settings.policy, settings.model, { ...settings.values, r: x, H: y }), { told: "Set on the map.", control: "map" })));
  },
};
const pointed = new Set();
function makePointed(name) {
  if (POINTED[name] === undefined || pointed.has(name)) return;
  pointed.add(name);
  POINTED[name](part(FIGURES[name].element));
}
