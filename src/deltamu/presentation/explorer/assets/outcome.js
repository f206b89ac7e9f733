// The outcome in words: a verdict and the numbers of its moment, for both models.
function fill(element, text) { if (element.textContent !== text) element.textContent = text; }

const asksTests = (policy, model) => engine.engineOf(policy, model).path.includes("r");

function tellOutcome() {
  const { sides } = results, box = part("dm-outcome");
  fill(part("dm-policy-note"), policyInWords(engine.engineOf(settings.policy, settings.model), results.run));
  if (box.childElementCount !== sides.length) {
    box.replaceChildren(...sides.map(() => {
      const side = document.createElement("div"), heading = document.createElement("h2"), verdict = document.createElement("p"), facts = document.createElement("dl"), brief = document.createElement("div"), mind = document.createElement("div");
      side.className = "side";
      heading.append(document.createElement("span"), document.createElement("span"));
      brief.className = "brief";  // the facts where there is little room, for the eye alone
      brief.setAttribute("aria-hidden", "true");
      mind.className = "mind";
      side.append(heading, verdict, facts, brief, mind);
      return side;
    }));
  }
  sides.forEach(({ model, run, reach, verdict, mind }, i) => {
    const side = box.children[i], [heading, sentence, list, brief, note] = side.children, moment = momentOf(run), floor = floorOf(reach), [pass] = apart(moment.pass, results.settings.values.target);  // never shown as the target where it is not
    side.dataset.model = model;
    side.dataset.state = run.moves_to_target < Infinity ? "reached" : reach.why !== "" ? "out" : "later";
    fill(heading.firstChild, `${spoken(model)} model`);
    fill(heading.lastChild, `: ${asksTests(results.settings.policy, model) ? "the tests decide about each move" : "moves never ask the tests"}`);
    fill(sentence, verdict);
    fill(note, mind);
    side.dataset.doubt = String(isHollow(run));
    const facts = [
      [`Defects left μ, ${moment.when}`, number(moment.mu)],
      [`Tests pass P, ${moment.when}`, pass],
      [`True reliability, ${moment.when}`, number(moment.reliability)],
      [floor.name, number(floor.value)],
    ];
    if (list.childElementCount === 0) {
      for (let j = 0; j < facts.length; j++) {
        const pair = document.createElement("div");
        pair.append(document.createElement("dt"), document.createElement("dd"));
        list.append(pair);
      }
    }
    fill(brief, `μ ${number(moment.mu)} · pass ${pass} · true ${number(moment.reliability)}`);
    facts.forEach(([name, value], j) => { fill(list.children[j].firstChild, name); fill(list.children[j].lastChild, value); });
  });
}

// Said to those who listen, once the controls have been at rest for a while.
const QUIET = 700;  // ms
let telling = 0;
function sayOutcome() {
  clearTimeout(telling);
  telling = setTimeout(() => fill(part("dm-live"), results.sides.map(({ model, verdict, mind }) => `${spoken(model)} model: ${verdict} ${mind}`.trim()).join(" ")), QUIET);
}
