// Exports, look, and the start of the page.
// --- export ---
function saved(blob, name) {
  const link = document.createElement("a"), address = URL.createObjectURL(blob);
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

function csv() {
  const { run } = results, names = Object.keys(run.rows), lines = [["move", ...names].join(",")];
  for (let t = 0; t < FACTS.moves; t++) lines.push([t, ...names.map((name) => run.rows[name][t])].join(","));
  return lines.join("\n") + "\n";
}
part("dm-csv").addEventListener("click", () => {
  if (rest !== 0) settle();
  saved(new Blob([csv()], { type: "text/csv" }), `deltamu-${settings.policy}-${settings.model}.csv`);
  say(`The run of ${FACTS.moves} moves is saved as CSV.`);
});
each("[data-export]", (button) => button.addEventListener("click", async () => {
  const name = button.closest("[data-figure]").dataset.figure, format = button.dataset.export;
  if (stale.has(name)) draw(name);
  const element = part(FIGURES[name].element);
  const image = await Plotly.toImage(element, { format, width: Math.max(element.clientWidth, 480), height: Math.max(element.clientHeight, 300), scale: format === "png" ? 2 : 1 });
  const [kind, data] = [image.slice(5, image.indexOf(",")), image.slice(image.indexOf(",") + 1)];
  const bytes = kind.includes("base64") ? Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)) : decodeURIComponent(data);
  saved(new Blob([bytes], { type: kind.split(";")[0] }), `deltamu-${name}.${format}`);
  say(`${name} is saved as ${format.toUpperCase()}.`);
}));

// --- look ---
const dark = matchMedia("(prefers-color-scheme: dark)");
function look() {
  const chosen = part("dm-theme").value;
  theme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
  root.dataset.theme = theme;
  if (results !== null) update();
}
part("dm-theme").addEventListener("change", look);
dark.addEventListener("change", look);
part("toggle-assumptions").addEventListener("click", (event) => {
  const panel = part("assumptions-panel");
  panel.hidden = !panel.hidden;
  event.currentTarget.setAttribute("aria-expanded", String(!panel.hidden));
  event.currentTarget.textContent = panel.hidden ? "Show assumptions" : "Hide assumptions";
  if (!panel.hidden) panel.scrollIntoView({ block: "start" });
});

// --- start ---
const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const name = target.dataset.figure;
    if (isIntersecting) visible.add(name); else visible.delete(name);
    if (isIntersecting && results !== null && stale.has(name) && rest === 0) draw(name);
  }
}, { rootMargin: "40px" });
each("[data-figure]", (figure) => watch.observe(figure));

const fanNote = "computing stochastic runs …";
const asked = attempt(() => settingsFromHash(location.hash));
if (asked === undefined) remember(); else settings = asked || settings;
look();
show();
results = { fan: null, fanNote };
update();
root.explorer = {  // for tests and the curious; the page itself needs none of it
  engine, PAGE, Plotly, costs,
  get settings() { return settings; },
  get results() { return results; },
  settingsFromJSON: (text) => settingsFromJSON(text, PAGE.defaults.model), settingsToJSON, settingsFromHash, settingsToHash, settingsOf, Refused,
  update, settle, csv, setControl: (name, value) => setControl(name, value, { settled: false, push: true }),
};
