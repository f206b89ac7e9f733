// On paper: light, plots drawn at one width and scaled to the sheet's, and below them the settings by name.
function scaleToSheet(element) {
  const { width, height } = SHEET, tall = element.closest(".wide") === null ? SHEET.low : height;
  Plotly.relayout(element, { width, height: tall });
  for (const svg of element.querySelectorAll(".main-svg")) svg.setAttribute("viewBox", `0 0 ${width} ${tall}`);
}

function backToScreen(element) {
  for (const svg of element.querySelectorAll(".main-svg")) svg.removeAttribute("viewBox");
  Plotly.relayout(element, { width: null, height: null, autosize: true });
}

// Every setting that the runs read, by name and symbol, and the default where it is another.
function printedSettings() {
  const { policy, values } = settings, models = results.sides.map(({ model }) => model), used = new Set(models.flatMap((model) => engine.engineOf(policy, model).used));
  const list = document.createElement("dl");
  const add = (name, value) => {
    const pair = document.createElement("div"), title = document.createElement("dt"), text = document.createElement("dd");
    title.textContent = name;
    text.textContent = value;
    pair.append(title, text);
    list.append(pair);
  };
  add("Policy", policy);
  add("Models", listed(models));
  add("Drawn below the chart", settings.model);
  for (const { name, default: usual } of FACTS.parameters) if (used.has(name)) add(`${label(name)} ${TEXTS[name].text}`, `${values[name]}${values[name] === usual ? "" : ` (default ${usual})`}`);
  return [paragraph(`Settings, in deltamu ${PAGE.version}`), list];
}

function toPaper(wanted) {
  if (printing === wanted) return;
  printing = wanted;
  part("dm-imprint").replaceChildren(...(wanted ? printedSettings() : []));
  look();
  each(".js-plotly-plot", (element) => { if (element.checkVisibility()) (wanted ? scaleToSheet : backToScreen)(element); });
}
addEventListener("beforeprint", () => toPaper(true));  // before pages are counted; what only shows print tells of its media
addEventListener("afterprint", () => toPaper(false));
matchMedia("print").addEventListener("change", ({ matches }) => toPaper(matches));
