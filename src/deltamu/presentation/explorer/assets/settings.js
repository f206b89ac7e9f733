// Settings: their check, their two JSON forms, and their place in the address.
const engine = deltamuEngine();
const { FACTS, SLOT } = engine;
const PARAMETERS = Object.fromEntries(FACTS.parameters.map((parameter) => [parameter.name, parameter]));
const MOST_TEXT = 20000, MOST_HASH = 4000, HASH = "#explorer";

class Refused extends Error {}

function own(object, key) { return Object.prototype.hasOwnProperty.call(object, key) ? object[key] : undefined; }

function short(value) {
  const text = typeof value === "string" ? "'" + value + "'" : String(JSON.stringify(value));
  return text.length > 60 ? text.slice(0, 57) + "..." : text;
}

function checked(name, value, shown = name) {
  const { low, high, lowOpen, highOpen, whole, allowed } = PARAMETERS[name];
  if (typeof value !== "number") throw new Refused(`${shown} = ${short(value)} is not a number: allowed is ${allowed}`);
  const inside = Number.isFinite(value) && (lowOpen ? value > low : value >= low) &&
    (highOpen ? value < high : value <= high) && (!whole || Number.isInteger(value));
  if (!inside) throw new Refused(`${shown} = ${value} is outside ${allowed}`);
  if (Math.abs(value) > PAGE.largest) throw new Refused(`${shown} = ${value} is beyond ${PAGE.largest}: formulas would overflow`);
  return value;
}

function checkedTogether(values, called = (name) => name) {
  for (const [low, high] of FACTS.constraints) {
    if (values[low] > values[high]) throw new Refused(`${called(low)} = ${values[low]} is above ${called(high)} = ${values[high]}`);
  }
}

function settingsOf(policy, model, given) {
  if (!PAGE.policies.includes(policy)) throw new Refused(`unknown policy ${short(policy)}: allowed are ${PAGE.policies.join(", ")}`);
  if (!PAGE.models.includes(model)) throw new Refused(`unknown model ${short(model)}: allowed are ${PAGE.models.join(", ")}`);
  const values = {};
  for (const { name, default: usual } of FACTS.parameters) values[name] = usual;
  for (const [name, value] of Object.entries(given)) values[name] = checked(name, value);
  checkedTogether(values);
  return { policy, model, values };
}

function defaults() { return settingsOf(PAGE.start.policy, PAGE.start.model, {}); }

// A key that stands twice is no mistake to JSON.parse; a token that is a string before a colon is a key.
function doubled(text) {
  const seen = new Set();
  for (const [token, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) {
    if (colon === undefined) continue;
    const key = JSON.parse(token.slice(0, token.length - colon.length));
    if (seen.has(key)) return key;
    seen.add(key);
  }
  return undefined;
}

function settingsFromJSON(text, model) {
  if (text.length > MOST_TEXT) throw new Refused(`the settings are ${text.length} characters long: no more than ${MOST_TEXT} are read`);
  let data;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new Refused("the settings are not JSON");
  }
  if (data === null || typeof data !== "object" || Array.isArray(data)) throw new Refused("the settings are JSON but no object of keys and values");
  const twice = doubled(text);
  if (twice !== undefined && own(data, twice) !== undefined) throw new Refused(`the settings give ${short(twice)} twice`);
  return settingsFromData(data, model);
}

function settingsFromData(data, model) {
  const policy = own(data, "policy") === undefined ? PAGE.unsaid.policy : data.policy;
  if (typeof policy !== "string") throw new Refused(`policy is ${short(policy)}, not a name`);
  let chosen = own(data, "model");
  if (chosen === undefined || chosen === null) chosen = model;
  if (typeof chosen !== "string") throw new Refused(`model is ${short(chosen)}, not a name`);
  const winning = own(PAGE.presetKeys, policy) || {}, unread = Object.assign({}, ...Object.values(PAGE.presetKeys));
  const given = {};
  for (const [key, value] of Object.entries(data)) {
    if (key === "policy" || key === "model") continue;
    const regular = own(PAGE.articleKeys, key) || (own(PARAMETERS, key) && key);
    const name = regular || own(unread, key);
    if (name === undefined) throw new Refused(`unknown key ${short(key)} in the settings`);
    checked(name, value, key);
    if (regular === undefined || own(winning, key) !== undefined) continue;
    if (own(given, name) !== undefined) throw new Refused(`the settings give ${name} twice, under two keys`);
    given[name] = value;
  }
  for (const [key, name] of Object.entries(winning)) if (own(data, key) !== undefined) given[name] = data[key];
  return settingsOf(policy, chosen, given);
}

// The article's form where it can hold the settings, else deltamu's own, with what the article's would lose.
function settingsToJSON({ policy, model, values }) {
  const preset = own(PAGE.presetKeys, policy) || {};
  const held = new Set([...Object.values(PAGE.articleKeys), ...Object.values(preset)]), lost = [];
  if (model !== PAGE.unsaid.model) lost.push("model");
  for (const { name, default: usual } of FACTS.parameters) if (!held.has(name) && values[name] !== usual) lost.push(name);
  const data = { policy };
  if (lost.length > 0) data.model = model;
  for (const [key, name] of Object.entries(PAGE.articleKeys)) data[key] = values[name];
  if (lost.length > 0) {
    for (const { name } of FACTS.parameters) if (!Object.values(PAGE.articleKeys).includes(name)) data[name] = values[name];
  } else if (policy === "planner") {
    for (const [key, name] of Object.entries(preset)) data[key] = values[name];
  }
  return { text: JSON.stringify(data, null, 2), lost };
}

// The step of the tour that an address names, if it does.
function stepFromHash(hash) {
  return hash.startsWith(HASH + "&story=") ? PAGE.story.find(({ key }) => hash === `${HASH}&story=${key}`) : undefined;
}

// Only what differs from the defaults; an address without the page's own mark is somebody else's.
function settingsToHash({ policy, model, values }) {
  const parts = [HASH, `policy=${policy}`, `model=${model}`];
  for (const { name, default: usual } of FACTS.parameters) if (values[name] !== usual) parts.push(`${name}=${values[name]}`);
  return parts.join("&");
}

function settingsFromHash(hash, model = PAGE.unsaid.model) {
  if (hash !== HASH && !hash.startsWith(HASH + "&")) return null;
  if (hash.length > MOST_HASH) throw new Refused(`the address holds ${hash.length} characters of settings: no more than ${MOST_HASH} are read`);
  const step = stepFromHash(hash);
  if (step !== undefined) return settingsOf(step.policy, step.model, step.values);
  const data = {};
  for (const part of hash.slice(HASH.length + 1).split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    let key, text;
    try {
      key = decodeURIComponent(at < 0 ? part : part.slice(0, at));
      text = at < 0 ? "" : decodeURIComponent(part.slice(at + 1));
    } catch (error) {
      throw new Refused("the settings in the address are not well formed");
    }
    if (own(data, key) !== undefined) throw new Refused(`the address gives ${short(key)} twice`);
    const isNumber = /^-?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text);
    Object.defineProperty(data, key, { value: key !== "policy" && key !== "model" && isNumber ? Number(text) : text, enumerable: true });
  }
  return settingsFromData(data, model);
}
