// Theme, tips, folding and print.
const dark = matchMedia("(prefers-color-scheme: dark)"), KEPT_THEME = "deltamu-theme";
function look() {
  const chosen = part("dm-theme").value;
  theme = printing ? "light" : chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
  root.dataset.theme = theme;
  if (results !== null) update();
}

let printing = false;
function stored(act) { try { return act(); } catch (error) { return null; } }  // a page may be forbidden to keep anything
const kept = stored(() => localStorage.getItem(KEPT_THEME));
if ([...part("dm-theme").options].some(({ value }) => value === kept)) part("dm-theme").value = kept;
part("dm-theme").addEventListener("change", (event) => {
  stored(() => localStorage.setItem(KEPT_THEME, event.target.value));
  look();
});
dark.addEventListener("change", look);

part("toggle-assumptions").addEventListener("click", (event) => {
  const panel = part("assumptions-panel");
  panel.hidden = !panel.hidden;
  event.currentTarget.setAttribute("aria-expanded", String(!panel.hidden));
  event.currentTarget.textContent = panel.hidden ? "Show assumptions" : "Hide assumptions";
  if (!panel.hidden) part("dm-assumptions-title").focus();
});

// Tips show on hover and focus, can be pointed at, and go with Escape.
each(".tip", (tip) => {
  const button = tip.firstElementChild;
  const reveal = () => tip.classList.remove("shut");
  button.addEventListener("click", () => { button.focus(); reveal(); });
  button.addEventListener("focus", reveal);
  tip.addEventListener("mouseenter", reveal);
});
addEventListener("keydown", (event) => { if (event.key === "Escape") each(".tip", (tip) => tip.classList.add("shut")); });

// What has the focus is never under the chart that stays in sight.
root.addEventListener("focusin", ({ target }) => {
  const chart = root.querySelector(".chart-first");
  if (getComputedStyle(chart).position !== "sticky" || chart.contains(target)) return;
  const hidden = chart.getBoundingClientRect().bottom + 8 - target.getBoundingClientRect().top;
  if (hidden > 0) scrollBy(0, -hidden);
});

// On paper: light, and plots as wide as the sheet.
matchMedia("print").addEventListener("change", ({ matches }) => {
  printing = matches;
  fill(part("dm-imprint"), matches ? imprint("convergence").join(" · ") : "");
  look();
    const width = matches ? Math.min(PAPER, root.clientWidth - 40) : undefined;
  each(".js-plotly-plot", (element) => { if (element.checkVisibility()) Plotly.relayout(element, matches ? { width } : { width: null, autosize: true }); });
});
const PAPER = 660;
