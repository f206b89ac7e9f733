// Plots that can be pointed at: the target line is dragged, the map is clicked.
const POINTED = {
  convergence(element) {
    element.on("plotly_relayout", (change) => {
      const moved = Object.entries(change).find(([key]) => /^shapes\[\d+\]\.y0$/.test(key));
      if (moved === undefined) return;
      const { slider: [low, high, size] } = PARAMETERS.target, value = Math.min(high, Math.max(low, moved[1]));
      delete drawn.convergence;  // the line that was dragged is not where it was drawn
      setControl("target", Number((Math.round(value / size) * size).toFixed(6)), { push: false });
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
