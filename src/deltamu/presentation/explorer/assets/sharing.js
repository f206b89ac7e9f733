// Copying, loading, and the address.
const dialog = part("dm-dialog");
function open(text, title) {
  part("dm-dialog-title").textContent = title;
  part("dm-text").value = text;
  part("dm-dialog-message").textContent = "";
  dialog.showModal();
  part("dm-text").focus();
  if (text !== "") part("dm-text").select();
}

part("copy-settings").addEventListener("click", async () => {
  const { text, lost } = settingsToJSON(settings);
  const form = lost.length === 0 ? "in the article's form" : `in deltamu's own form: the article's cannot hold ${lost.join(", ")}`;
  try {
    await navigator.clipboard.writeText(text);
    say(`Settings copied, ${form}.`);
  } catch (error) {
    open(text, "Copy settings");
    say(`Copy the settings from the box; they are ${form}.`);
  }
});
part("dm-link").addEventListener("click", async () => {
  if (rest !== 0) settle(); else remember();
  try {
    await navigator.clipboard.writeText(location.href);
    say("Link copied: it opens this page with these settings.");
  } catch (error) {
    say("Copy the address of this page: it holds the settings.");
  }
});
part("load-settings").addEventListener("click", () => open("", "Load settings"));
part("dm-cancel").addEventListener("click", () => dialog.close());
part("dm-load").addEventListener("click", () => {
  try {
    const text = part("dm-text").value, next = settingsFromJSON(text, settings.model);
    const named = own(JSON.parse(text), "model") !== undefined;
    dialog.close();
    beforeScenario = null;
    choose(next, { told: named ? "Settings loaded." : `Settings loaded; they name no model, so it stays ${next.model}.` });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    part("dm-dialog-message").textContent = error.message;
    part("dm-dialog-message").dataset.kind = "error";
  }
});
let takingBack = false;
addEventListener("popstate", ({ state }) => {
  const start = state !== null && state.deltamu === "start" ? defaults() : null;
  const next = attempt(() => settingsFromHash(location.hash, settings.model) || start);
  if (next === undefined) remember();  // refused: the address goes on holding what is shown
  else if (next !== null && settingsToHash(next) !== settingsToHash(settings)) {
    lastControl = "address";  // no entry of its own
    choose(next, { control: lastControl, told: takingBack ? "Taken back." : "" });
  }
  takingBack = false;
  showStep();
});

// Ctrl+Z takes the last change back, as the browser's own Back does; in a text it is the text's.
addEventListener("keydown", (event) => {
  const { key, ctrlKey, metaKey, shiftKey, altKey, target } = event, ours = target === document.body || root.contains(target);
  if (key.toLowerCase() !== "z" || !(ctrlKey || metaKey) || shiftKey || altKey || !ours || dialog.open || target.matches("input[type=text], textarea")) return;
  event.preventDefault();
  if (rest !== 0) settle();
  if (depthOf() === 0) return say("Nothing is left to take back.");
  takingBack = true;
  return history.back();
});
