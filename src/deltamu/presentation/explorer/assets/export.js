// Saving: pictures with title, settings and version, and the run as a table.
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
// A figure's layout with its title above and what it was drawn from below.
const STRIP = 44, LINE = 8;
function imprint(name) {
  const models = name === "convergence" ? results.sides.map(({ model }) => model) : [settings.model];
  const changed = FACTS.parameters.filter(({ name, default: usual }) => settings.values[name] !== usual).map(({ name }) => `${TEXTS[name].text} ${settings.values[name]}`);
  return [`${settings.policy}, ${models.join(" and ")} model${models.length > 1 ? "s" : ""}`, ...changed, `${changed.length > 0 ? "the rest" : "all settings"} at the defaults`, `deltamu ${PAGE.version}`];
}

function captioned(frame, name, width) {
  const title = root.querySelector(`[data-figure="${name}"] h3`).textContent, words = imprint(name), lines = [];
  const fits = Math.max(4, Math.floor(width / 90));
  for (let i = 0; i < words.length; i += Math.min(LINE, fits)) lines.push(words.slice(i, i + Math.min(LINE, fits)).join(" · "));
  const { t, b } = frame.margin, below = b + 14 * lines.length;
  return { ...frame, autosize: false, margin: { ...frame.margin, t: t + STRIP, b: below + 8 }, title: { text: `<b>${title}</b>`, x: 0.01, xanchor: "left", y: 0.98, yanchor: "top", font: { size: 15 } },
    annotations: [...(frame.annotations || []), { text: lines.join("<br>"), showarrow: false, xref: "paper", x: 0, xanchor: "left", align: "left", yref: "paper", y: 0, yanchor: "top", yshift: -b, font: { size: 10 } }] };
}

each("[data-export]", (button) => button.addEventListener("click", async () => {
  const name = button.closest("[data-figure]").dataset.figure, format = button.dataset.export;
  if (stale.has(name)) draw(name);
  const element = part(FIGURES[name].element);
  const width = Math.max(element.clientWidth, 640), height = Math.max(element.clientHeight, 300) + 2 * STRIP;
  const image = await Plotly.toImage({ data: element.data, layout: captioned(element.layout, name, width) }, { format, width, height, scale: format === "png" ? 2 : 1 });
  const [kind, data] = [image.slice(5, image.indexOf(",")), image.slice(image.indexOf(",") + 1)];
  const bytes = kind.includes("base64") ? Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)) : decodeURIComponent(data);
  saved(new Blob([bytes], { type: kind.split(";")[0] }), `deltamu-${name}.${format}`);
  say(`${name} is saved as ${format.toUpperCase()}.`);
}));

