// Numbers and sentences.
const RAISED = { "−": "⁻", ...Object.fromEntries([..."⁰¹²³⁴⁵⁶⁷⁸⁹"].map((raised, digit) => [digit, raised])) };
const number = (x, digits = 3) => {
  if (x === Infinity) return "∞";
  if (!Number.isFinite(x)) return "–";
  if (x !== 0 && Math.abs(x) < 1e-5) {
    const [mantissa, power] = x.toExponential(digits - 1).replace("-", "−").split("e");
    return `${mantissa}·10${power.replace("-", "−").replace(/./g, (sign) => RAISED[sign])}`;
  }
  return String(Number(x.toPrecision(digits))).replace("-", "−");
};
const per_cent = (x) => `${number(100 * x)}\u00a0%`;
// Two numbers with as many digits as tell them apart.
function apart(before, after) {
  let digits = 3;
  while (before !== after && digits < 17 && number(before, digits) === number(after, digits)) digits += 1;
  return [number(before, digits), number(after, digits)];
}
function become(before, after) {
  const [from, to] = apart(before, after);
  return `${from} defects become ${to}`;
}
const counted = (n, what) => `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;
const listed = (texts) => texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts[texts.length - 1]}`;
const edits = (x) => `${x < 0 ? "adds" : "removes"} ${number(Math.abs(x))}`;
const wouldEdit = (x) => `would ${x < 0 ? "add" : "remove"} ${number(Math.abs(x))}`;
const label = (name) => TEXTS[name].label;
const LONGEST = 24;  // letters of a name beside a bar
const shortened = (text, most = LONGEST) => text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;
const spoken = (name) => name.charAt(0).toUpperCase() + name.slice(1);

// A number that is not below x and, if x is below the limit, shows that it is.
function atMost(x, limit) {
  for (let digits = 3; digits < 17; digits++) {
    const size = 10 ** (digits - 1 - Math.floor(Math.log10(x || 1))), shown = Math.ceil(x * size) / size;
    if (shown >= x && shown < limit) return number(shown, digits);
  }
  return number(x, 17);
}

const lower = (text) => /^[A-Z][A-Z]/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
const named = (name) => `${lower(label(name))} ${TEXTS[name].text}`;

// A number that has become as good as nothing is called so.
const NOTHING = 1e-12;
const orNothing = (text, x) => x > 0 && x < NOTHING ? "practically 0" : text;

// What becomes of a control in a run.
function motionOf(values) {
  const first = values[0], last = values[values.length - 1];
  let low = first, high = first, rises = true, falls = true;
  for (let t = 1; t < values.length; t++) {
    low = Math.min(low, values[t]);
    high = Math.max(high, values[t]);
    if (values[t] < values[t - 1]) rises = false;
    if (values[t] > values[t - 1]) falls = false;
  }
  if (low === high) return `stays ${number(first)}`;
  const [from, to] = apart(first, last);
  if (rises || falls) return `${rises ? "rises" : "falls"} from ${from} to ${orNothing(to, last)}`;
  return `begins at ${number(first)}, lies between ${orNothing(number(low), low)} and ${number(high)}, and ends at ${orNothing(number(last), last)}`;
}

// What a policy does with these settings, read off its run.
function policyInWords(e, run) {
  const sets = Object.entries(run.sets).map(([name, values]) => `the ${named(name)} ${motionOf(values)}`);
  const heeded = e.heeds.length > 0 ? `as each move's ${listed(e.heeds)} decides` : "whatever comes of the moves";
  return `In ${counted(FACTS.moves, "move")} ${listed(sets)}, ${heeded}.`;
}

// What came of a run, in a sentence that is known to be true.
function verdictOf(run, reach, { values }) {
  const n = run.moves_to_target, target = number(values.target, 6);
  if (n === 0) return `The target ${target} is met at the start.`;
  if (n < Infinity) return `The target ${target} is reached after ${counted(n, "move")}.`;
  if (reach.moves < Infinity) return `The target ${target} is not reached in ${counted(FACTS.moves, "move")}; it would take ${counted(reach.moves, "move")}.`;
  const most = `the tests pass with probability ${atMost(reach.best, values.target)} at most`;
  if (reach.why === "floor") return `The target ${target} is out of reach: moves come to rest at a floor of the defects, where ${most}.`;
  if (reach.why === "rest") return `The target ${target} is out of reach: moves remove nothing any more, and ${most}.`;
  if (reach.why === "travel") return `The target ${target} is out of reach: the edits shrink too fast. However many moves follow, ${most}.`;
  return `The target ${target} is not reached within ${counted(reach.most, "move")}.`;
}

// The floor of the defects to show: where the moves rest, as far as that is known, else the lowest of any move's radius.
function floorOf({ rest, floor, why }) {
  if (why === "rest" && rest !== undefined) return { name: "Defects where the moves rest", brief: "rest", value: rest };
  return rest === undefined ? { name: "Lowest floor of any move", brief: "lowest floor", value: floor } : { name: "Floor where the moves rest", brief: "floor", value: rest };
}

// Whether a run is called reached though a defect is more likely left than not.
const isHollow = (run) => run.moves_to_target < Infinity && momentOf(run).reliability < 0.5;

// What the verdict does not say: how little a pass may be worth, how far a floor still is, and what luck may change.
function mindOf(run, reach, byChance) {
  const { mu, reliability } = momentOf(run), { value } = floorOf(reach), last = FACTS.moves - 1, found = [];
  if (isHollow(run)) found.push(`Beware: the probability that no defect is left is only ${number(reliability)}.`);
  if (mu < value * (1 - 1e-6)) found.push("The defects are below the floor: a large edit can jump over it.");
  if (reach.why === "floor" && mu > 1.05 * value) found.push(`It is not there yet: with edits of radius ${number(run.rows.delta_t[last])} the last move removed ${number(run.rows.mu[last] - run.rows.mu_next[last])} defects.`);
  if (reach.why !== "" && byChance) found.push("This is said of the expected path; single runs may be luckier.");
  return found.join(" ");
}

// The moment that numbers are of: the stop of a run that reaches its target, else its last move.
function momentOf(run) {
  const n = Math.min(run.moves_to_target, FACTS.moves), at = (name, first) => n === 0 ? first : run.rows[name][n - 1];
  const when = n === 0 ? "at the start" : run.moves_to_target < Infinity ? `at the stop, move ${n}` : `after move ${n}`;
  return { n, when, mu: at("mu_next", run.rows.mu[0]), pass: at("pass_probability", run.start.pass_probability),
    reliability: at("reliability", run.start.reliability), false_pass: at("false_pass_probability", run.start.false_pass_probability) };
}
