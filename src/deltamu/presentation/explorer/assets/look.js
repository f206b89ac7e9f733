// Theme, tips, folding and print.
const dark = matchMedia("(prefers-color-scheme: dark)"), KEPT_THEME = "deltamu-theme";
function look() {
  const chosen = part("dm-theme").value;
  theme = printing ? "light" : chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
  root.dataset.theme = theme;
  if (results !== null) update({ all: printing });  // paper waits for nothing
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

// Tips show on hover and focus, can be pointed at, and go with Escape: beside the control where there is room, else
// below it or above, never over the next one's slider without need and never out of the window.
const GAP = 8, LINGER = 150;  // pixels; ms in which the pointer may cross from the button to its tip
function place(hint, control) {
  const around = control.getBoundingClientRect(), { width, height } = hint.getBoundingClientRect();
  const beside = around.right + GAP + width <= innerWidth, below = around.bottom + height <= innerHeight;
  hint.style.left = `${beside ? around.right + GAP : Math.max(GAP, Math.min(around.left, innerWidth - GAP - width))}px`;
  hint.style.top = `${Math.max(GAP, beside ? Math.min(around.top, innerHeight - GAP - height) : below ? around.bottom : around.top - height)}px`;
}
const shut = () => each(".hint:popover-open", (hint) => hint.hidePopover());
each(".tip", (tip) => {
  const [button, hint] = tip.children;
  let leaving = 0;
  const reveal = () => {
    clearTimeout(leaving);
    if (hint.matches(":popover-open")) return;
    shut();
    hint.showPopover();
    place(hint, tip.parentElement);
  };
  button.addEventListener("click", reveal);
  button.addEventListener("focus", reveal);
  button.addEventListener("blur", shut);
  tip.addEventListener("mouseenter", reveal);
  tip.addEventListener("mouseleave", () => { leaving = setTimeout(() => { if (hint.matches(":popover-open")) hint.hidePopover(); }, LINGER); });
});
addEventListener("keydown", (event) => { if (event.key === "Escape") shut(); });
addEventListener("scroll", () => each(".hint:popover-open", (hint) => place(hint, hint.closest(".tip").parentElement)), { capture: true, passive: true });

// What has the focus, or is to be shown, is never under the chart that stays in sight.
function uncover(target) {
  const chart = root.querySelector(".chart-first .plot"), bar = part("dm-tour");
  if (getComputedStyle(chart).position === "sticky" && !chart.contains(target)) {
    const over = chart.getBoundingClientRect(), { top, bottom } = target.getBoundingClientRect(), hidden = over.bottom + 8 - top;
    if (hidden > 0 && over.top < bottom) return scrollBy(0, -hidden);  // a chart below the target hides nothing
  }
  if (!bar.hidden && !bar.contains(target)) {
    const hidden = target.getBoundingClientRect().bottom + 8 - bar.getBoundingClientRect().top;
    if (hidden > 0 && target.getBoundingClientRect().height < innerHeight / 2) scrollBy(0, hidden);
  }
  return undefined;
}
let pressing = false;  // what is pressed is in sight, and if it moved away no click would come of it
root.addEventListener("mousedown", () => {
  pressing = true;
  setTimeout(() => { pressing = false; });
}, { capture: true });
root.addEventListener("focusin", ({ target }) => { if (!pressing) uncover(target); });

// A plot lays itself out anew where its room has become another: titles, legend and labels hang on it.
let roomBefore = root.clientWidth;
new ResizeObserver(() => {
  if (printing || results === null || root.clientWidth === roomBefore) return;
  roomBefore = root.clientWidth;
  for (const name of Object.keys(FIGURES)) stale.add(name);
  queue();
}).observe(root);
