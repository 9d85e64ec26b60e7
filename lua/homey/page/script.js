// Script of the page: shows a home, follows its events, and sends what a person does.
//
// Invariant: names and values come from others, so they become text nodes and never markup.
"use strict";

const $ = (id) => document.getElementById(id);

const page = {
  home: null,
  cards: new Map(), // by id of the device
  entries: new Map(), // of the log, by number
  clock: null, // { time, at, speed }: the time of the home when the clock of this machine was at `at`
  token: null,
};

const most_entries = 200;

// ---- elements -----------------------------------------------------------------------------------

// An element with attributes and children, which are elements or texts.
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  for (const child of children) {
    if (child != null) made.append(child);
  }
  return made;
}

let ids = 0;
function new_id(prefix) {
  ids += 1;
  return `${prefix}-${ids}`;
}

let error_timer;
function show_error(text) {
  $("error").textContent = text;
  clearTimeout(error_timer);
  error_timer = setTimeout(() => { $("error").textContent = ""; }, 8000);
}

// ---- requests -----------------------------------------------------------------------------------

class Unauthorized extends Error {}

function read_token() {
  const match = location.hash.match(/^#token=(.+)$/);
  if (match) {
    sessionStorage.setItem("homey-token", decodeURIComponent(match[1]));
    history.replaceState(null, "", location.pathname);
  }
  page.token = sessionStorage.getItem("homey-token");
}

async function ask(path, options = {}) {
  const headers = { ...options.headers };
  if (page.token) headers.Authorization = `Bearer ${page.token}`;
  const answer = await fetch(`page/${path}`, { ...options, headers, cache: "no-store" });
  if (answer.status === 401) throw new Unauthorized();
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => ({}));
  throw new Error(body.error || `the server answered with status ${answer.status}.`);
}

async function send(path, body) {
  await ask(path, {
    method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
  });
}

function sentence(error) {
  const text = error instanceof TypeError ? "the server cannot be reached." : error.message;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// ---- values as text -----------------------------------------------------------------------------

const is_switch = (id) => /^onoff(\.|$)/.test(id);
const is_presence = (id) => /^alarm_(motion|contact|occupancy|presence)/.test(id);
const is_alarm = (id) => /^alarm_/.test(id) && !is_presence(id);

function is_percent(capability) {
  return capability.units === "%" && capability.max === 1;
}

function number_text(capability, value) {
  if (is_percent(capability)) return `${Math.round(value * 100)} %`;
  const digits = capability.decimals ?? 2;
  const text = String(Number(value.toFixed(digits)));
  return capability.units ? `${text} ${capability.units}` : text;
}

function value_text(capability, value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") {
    if (is_switch(capability.id)) return value ? "on" : "off";
    return value ? "yes" : "no";
  }
  if (typeof value === "number") return number_text(capability, value);
  const choice = (capability.values || []).find((each) => each.id === value);
  return choice ? choice.title : String(value);
}

let formats = {};
function format_time(seconds, options) {
  const key = JSON.stringify(options);
  if (!formats[key]) {
    try {
      formats[key] = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: page.home.timezone });
    } catch {
      formats[key] = new Intl.DateTimeFormat("en-GB", options);
    }
  }
  return formats[key].format(new Date(seconds * 1000));
}

const of_day = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
const of_year = { weekday: "short", day: "numeric", month: "short", year: "numeric", ...of_day };

// ---- controls of a capability -------------------------------------------------------------------
//
// Each returns a row and a function that shows a value in it. `labels` are the ids of the names that
// a screen reader says: the device, then the capability.

async function set(device, capability, value, restore) {
  try {
    await send("set", { device: device.id, capability: capability.id, value });
  } catch (error) {
    restore();
    if (error instanceof Unauthorized) ask_for_token();
    else show_error(sentence(error));
  }
}

function title_of(capability, id) {
  return element("span", { id }, capability.title);
}

function switch_row(device, capability, labels) {
  const state = element("span", { class: "state", "aria-hidden": "true" });
  const button = element("button", {
    type: "button", class: "switch row", role: "switch", "aria-labelledby": labels.both,
  }, title_of(capability, labels.own),
  element("span", { class: "right" }, state, element("span", { class: "track" })));
  let value = null;
  const show = (next) => {
    value = next;
    button.setAttribute("aria-checked", next === true ? "true" : "false");
    state.textContent = value_text(capability, next);
  };
  button.addEventListener("click", () => set(device, capability, value !== true, () => show(value)));
  return { row: button, show };
}

function slider_row(device, capability, labels) {
  const step = capability.step || 10 ** -(capability.decimals ?? 2);
  const output = element("output", { "aria-hidden": "true" });
  const input = element("input", {
    type: "range", min: capability.min, max: capability.max, step, "aria-labelledby": labels.both,
  });
  let known = null;
  let is_dragged = false;
  const say = (value) => {
    output.textContent = value_text(capability, value);
    input.setAttribute("aria-valuetext", output.textContent);
  };
  const show = (value) => {
    known = value;
    if (is_dragged) return;
    input.value = value ?? capability.min;
    say(value);
  };
  input.addEventListener("input", () => {
    is_dragged = true;
    say(Number(input.value));
  });
  input.addEventListener("change", () => {
    is_dragged = false;
    set(device, capability, Number(input.value), () => show(known));
  });
  input.addEventListener("blur", () => { is_dragged = false; });
  return { row: element("div", { class: "row slider" }, title_of(capability, labels.own), output, input), show };
}

// A field that is written into: what a person types stays until it is sent.
function field_row(device, capability, labels, input, to_value, to_text) {
  let known = null;
  let is_edited = false;
  const show = (value) => {
    known = value;
    if (!is_edited) input.value = value === null ? "" : to_text(value);
  };
  input.setAttribute("aria-labelledby", labels.both);
  input.addEventListener("input", () => { is_edited = true; });
  input.addEventListener("change", () => {
    is_edited = false;
    const value = to_value(input.value);
    if (value === null) return show(known);
    return set(device, capability, value, () => show(known));
  });
  const units = is_percent(capability) ? "%" : capability.units;
  const right = element("span", { class: "with-units" }, input,
    capability.type === "number" ? element("span", { class: "units" }, units || "") : null);
  return { row: element("div", { class: "row" }, title_of(capability, labels.own), right), show };
}

function number_row(device, capability, labels) {
  const scale = is_percent(capability) ? 100 : 1;
  const digits = Math.max(0, (capability.decimals ?? 2) - (scale === 100 ? 2 : 0));
  const input = element("input", {
    type: "number", inputmode: "decimal", step: capability.step ? capability.step * scale : 10 ** -digits,
    min: capability.min == null ? null : capability.min * scale,
    max: capability.max == null ? null : capability.max * scale,
  });
  const to_value = (text) => (text === "" || Number.isNaN(Number(text)) ? null : Number(text) / scale);
  return field_row(device, capability, labels, input, to_value,
    (value) => String(Number((value * scale).toFixed(digits))));
}

function text_row(device, capability, labels) {
  const input = element("input", { type: "text", autocomplete: "off" });
  return field_row(device, capability, labels, input, (text) => text, String);
}

function choice_row(device, capability, labels) {
  const select = element("select", { "aria-labelledby": labels.both });
  const none = element("option", { value: "", hidden: true, disabled: true }, "–");
  select.append(none);
  for (const each of capability.values || []) {
    select.append(element("option", { value: each.id }, each.title));
  }
  let known = null;
  const show = (value) => {
    known = value;
    select.value = value ?? "";
  };
  select.addEventListener("change", () => set(device, capability, select.value, () => show(known)));
  return { row: element("div", { class: "row" }, title_of(capability, labels.own), select), show };
}

function push_row(device, capability, labels) {
  const button = element("button", { type: "button", "aria-labelledby": labels.both }, title_of(capability, labels.own));
  button.addEventListener("click", () => set(device, capability, true, () => {}));
  return { row: element("div", { class: "push" }, button), show() {} };
}

function plain_row(device, capability, labels) {
  const text = element("span", { class: "value" });
  const show = (value) => { text.textContent = value_text(capability, value); };
  return { row: element("div", { class: "row" }, title_of(capability, labels.own), text), show };
}

// In a simulated home a person also sets the values of sensors.
function can_set(capability) {
  return page.home.writable && (page.home.mode !== "run" || capability.settable);
}

function row_maker(capability) {
  if (!can_set(capability)) return plain_row;
  if (capability.readable === false) return capability.type === "boolean" ? push_row : plain_row;
  if (capability.type === "boolean") return switch_row;
  if (capability.type === "enum") return choice_row;
  if (capability.type === "string") return text_row;
  const has_range = capability.min != null && capability.max != null && capability.min < capability.max;
  return has_range && capability.settable ? slider_row : number_row;
}

// ---- devices ------------------------------------------------------------------------------------

const most_rows = 4; // of a card; others are behind "More"

const order = [/^onoff/, /^dim/, /^alarm_/, /^target_/, /^measure_/, /^windowcoverings/, /^speaker/, /^volume/];
function rank(capability) {
  const found = order.findIndex((each) => each.test(capability.id));
  const last = /battery/.test(capability.id) ? 50 : 0;
  return (found < 0 ? order.length : found) + last;
}

function state_of(device) {
  const holds = (test) => device.capabilities.some((each) => each.value === true && test(each.id));
  if (holds(is_alarm)) return "alarm";
  return holds((id) => is_switch(id) || is_presence(id)) ? "on" : "";
}

function rows_of(card, heading) {
  const { device } = card;
  const is_shown = (each) => each.type && (each.readable !== false || can_set(each));
  const sorted = device.capabilities.filter(is_shown).sort((a, b) => rank(a) - rank(b));
  return sorted.map((capability) => {
    const own = new_id("capability");
    const made = row_maker(capability)(device, capability, { own, both: `${heading} ${own}` });
    made.show(capability.value ?? null);
    card.rows.set(capability.id, { ...made, capability });
    if (!device.available) {
      const controls = made.row.matches("button") ? [made.row] : made.row.querySelectorAll("button, input, select");
      for (const each of controls) each.disabled = true;
    }
    return made.row;
  });
}

function make_card(device) {
  const heading = new_id("device");
  const card = { device, rows: new Map() };
  const why = page.home.why === false ? null
    : element("button", { type: "button", class: "why", "aria-label": `Why: ${device.name}`, "aria-haspopup": "dialog" }, "Why?");
  if (why) why.addEventListener("click", () => show_why(card));
  const rows = rows_of(card, heading);
  card.element = element("article", { class: "device", "aria-labelledby": heading },
    element("header", {}, element("h3", { id: heading }, device.name), why),
    device.available ? null : element("p", { class: "problem" }, device.problem || "Not available."),
    ...rows.slice(0, most_rows));
  card.element.classList.toggle("away", !device.available);
  if (rows.length > most_rows) {
    card.element.append(element("details", {}, element("summary", {}, `${rows.length - most_rows} more`), ...rows.slice(most_rows)));
  }
  card.element.dataset.state = state_of(device);
  return card;
}

function show_value(event) {
  const card = page.cards.get(event.id);
  const row = card && card.rows.get(event.capability);
  if (!row) return;
  row.capability.value = event.value;
  row.capability.since = event.at;
  row.show(event.value);
  row.row.classList.remove("changed");
  requestAnimationFrame(() => row.row.classList.add("changed"));
  card.element.dataset.state = state_of(card.device);
}

// ---- why ----------------------------------------------------------------------------------------

async function why_text(device, capability) {
  const query = new URLSearchParams({ device: device.id, capability: capability.id });
  try {
    const answer = await ask(`why?${query}`);
    return (await answer.json()).text;
  } catch (error) {
    return `${capability.title}: ${sentence(error)}`;
  }
}

async function show_why(card) {
  const known = card.device.capabilities.filter((each) => each.readable !== false);
  $("why-title").textContent = `Why: ${card.device.name}`;
  $("why-list").replaceChildren(element("li", {}, "…"));
  $("why").showModal();
  const texts = await Promise.all(known.map((each) => why_text(card.device, each)));
  $("why-list").replaceChildren(...texts.map((text) => element("li", {}, text)));
}

// ---- rooms --------------------------------------------------------------------------------------

const collator = new Intl.Collator();
const by_name = (a, b) => collator.compare(a.name, b.name);

// The zones in the order of their tree, each with the names of those above it.
function zones_in_order(zones) {
  const list = [];
  const seen = new Set();
  const known = new Set(zones.map((zone) => zone.id));
  const visit = (zone, above) => {
    if (seen.has(zone.id)) return;
    seen.add(zone.id);
    list.push({ ...zone, above });
    for (const child of zones.filter((each) => each.parent === zone.id).sort(by_name)) {
      visit(child, zone.parent ? [...above, zone.name] : above);
    }
  };
  for (const zone of zones.filter((each) => !known.has(each.parent)).sort(by_name)) visit(zone, []);
  for (const zone of zones) visit(zone, []);
  return list;
}

function zone_section(zone, cards) {
  const id = new_id("zone");
  const above = zone.above.length ? element("small", {}, ` ${zone.above.join(" › ")}`) : null;
  return element("section", { class: "zone", "aria-labelledby": id },
    element("h2", { id }, zone.name, above),
    element("div", { class: "devices" }, ...cards.map((card) => card.element)));
}

// The cards of each zone, in the order of their names; those without a zone under "".
function cards_by_zone(zones, devices) {
  const by_zone = new Map(zones.map((zone) => [zone.id, []]));
  const others = [];
  for (const device of [...devices].sort(by_name)) {
    (by_zone.get(device.zone) || others).push(page.cards.get(device.id));
  }
  return by_zone.set("", others);
}

function opened_cards() {
  return [...page.cards].filter(([, card]) => card.element.querySelector("details[open]"))
    .map(([id]) => id);
}

function show_rooms() {
  const { zones, devices } = page.home;
  const opened = opened_cards();
  page.cards.clear();
  for (const device of devices) page.cards.set(device.id, make_card(device));
  for (const id of opened) page.cards.get(id)?.element.querySelector("details")?.setAttribute("open", "");
  const by_zone = cards_by_zone(zones, devices);
  const places = [...zones_in_order(zones), { id: "", name: "Without a room", above: [] }];
  $("zones").replaceChildren(...places.filter((zone) => by_zone.get(zone.id).length)
    .map((zone) => zone_section(zone, by_zone.get(zone.id))));
  find();
}

function find() {
  const wanted = $("find").value.trim().toLowerCase();
  let count = 0;
  for (const section of $("zones").children) {
    const zone_fits = section.querySelector("h2").textContent.toLowerCase().includes(wanted);
    let shown = 0;
    for (const card of section.querySelectorAll(".device")) {
      const fits = zone_fits || card.querySelector("h3").textContent.toLowerCase().includes(wanted);
      card.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    section.hidden = shown === 0;
    count += shown;
  }
  $("found").textContent = wanted ? `${count} ${count === 1 ? "device" : "devices"}` : "";
}

// A device that has changed gets a new card in place of its old one, and keeps the focus.
function show_device(device) {
  const { devices } = page.home;
  const index = devices.findIndex((each) => each.id === device.id);
  if (device.gone) {
    if (index >= 0) devices.splice(index, 1);
    return show_rooms();
  }
  const old = page.cards.get(device.id);
  const moved = index < 0 || devices[index].zone !== device.zone || devices[index].name !== device.name;
  if (index < 0) devices.push(device); else devices[index] = device;
  if (moved || !old) return show_rooms();
  const focused = [...old.rows].find(([, row]) => row.row.contains(document.activeElement));
  const is_open = old.element.querySelector("details[open]") !== null;
  const card = make_card(device);
  page.cards.set(device.id, card);
  card.element.hidden = old.element.hidden;
  if (is_open) card.element.querySelector("details")?.setAttribute("open", "");
  old.element.replaceWith(card.element);
  const row = focused && card.rows.get(focused[0]);
  if (row) (row.row.matches("button") ? row.row : row.row.querySelector("button, input, select"))?.focus();
  return undefined;
}

// ---- log ----------------------------------------------------------------------------------------

let announced = 0;
let announcement;

// A screen reader is told the newest change, at most once in five seconds.
function announce(text) {
  announcement = text;
  const wait = Math.max(0, announced + 5000 - Date.now());
  setTimeout(() => {
    if (!announcement) return;
    $("announce").textContent = announcement;
    announcement = null;
    announced = Date.now();
  }, wait);
}

function cause_text(entry) {
  const by = entry.by && entry.by.replace(/^.*\//, "");
  return [entry.because, by].filter(Boolean).join(" → ");
}

function entry_element(entry) {
  const cause = cause_text(entry);
  return element("li", { "data-level": entry.level },
    element("time", { datetime: new Date(entry.at * 1000).toISOString() }, format_time(entry.at, of_day)),
    element("span", { class: "text" }, entry.text),
    cause ? element("p", { class: "because" }, cause) : null);
}

function add_entry(entry, is_new) {
  const made = entry_element(entry);
  const old = entry.n == null ? null : page.entries.get(entry.n);
  if (old) {
    old.replaceWith(made);
  } else {
    $("log").prepend(made);
    if (is_new) announce(entry.text);
  }
  if (entry.n != null) page.entries.set(entry.n, made);
  while ($("log").children.length > most_entries) $("log").lastElementChild.remove();
  $("log-empty").hidden = true;
}

// The log of a simulated home comes with the stream, that of a real one from its journal.
async function show_journal() {
  $("log").replaceChildren();
  page.entries.clear();
  $("log-empty").hidden = false;
  if (page.home.mode !== "run") return;
  const rows = await (await ask("journal?last=86400")).json();
  for (const row of rows.slice(-most_entries)) {
    const what = row.capability ? `${row.name}: ${row.capability} = ${JSON.stringify(row.value)}` : `${row.name}`;
    const failed = row.outcome && !["done", "sent"].includes(row.outcome);
    add_entry({ ...row, n: null, text: failed ? `${what} (${row.outcome})` : what, level: failed ? "error" : null });
  }
}

// ---- scripts ------------------------------------------------------------------------------------

const of_week = { weekday: "short", day: "numeric", month: "short", ...of_day };

// When it calls its function next, how often it did, and where that function is.
function trigger_facts(trigger) {
  const facts = [];
  if (trigger.next) facts.push(`next ${format_time(trigger.next, of_week)}`);
  if (trigger.calls != null) {
    const last = trigger.called ? `, last ${format_time(trigger.called, of_week)}` : "";
    facts.push(`called ${trigger.calls}×${last}`);
  }
  if (trigger.at) facts.push(trigger.at.replace(/^.*\//, ""));
  return facts.join(" · ");
}

function trigger_element(trigger) {
  return element("li", {}, element("code", {}, trigger.text),
    element("p", { class: "because", title: trigger.at }, trigger_facts(trigger)));
}

const states = {
  running: "runs", waiting: "starts again soon", failed: "has failed", ended: "has ended",
  stopped: "stopped: save the file to start it again",
};

function problem_element(script) {
  if (!script.error) return null;
  const time = script.error_at
    ? element("time", { datetime: new Date(script.error_at * 1000).toISOString() }, format_time(script.error_at, of_day))
    : null;
  return element("p", { class: "failed" }, time, script.error);
}

function script_element(script) {
  const triggers = (script.triggers || []).map(trigger_element);
  return element("li", {},
    element("strong", {}, script.name), ` ${states[script.state] || script.state || ""}`,
    problem_element(script),
    triggers.length ? element("ul", {}, ...triggers) : null);
}

async function show_scripts() {
  if (!page.home || page.home.mode === "sim") return;
  const scripts = await (await ask("scripts")).json();
  $("scripts").hidden = false;
  $("script-list").replaceChildren(...scripts.map(script_element));
  if (!scripts.length) $("script-list").append(element("li", {}, "No script runs."));
}

let scripts_timer;

// Called when a script has sent something: then one of its triggers was called, too.
function show_scripts_soon() {
  scripts_timer ??= setTimeout(() => {
    scripts_timer = null;
    show_scripts().catch(() => {});
  }, 1000);
}

// ---- time ---------------------------------------------------------------------------------------

function show_clock() {
  if (!page.clock) return;
  const passed = (performance.now() - page.clock.at) / 1000;
  $("clock").textContent = format_time(page.clock.time + passed * page.clock.speed, of_year);
}

function set_clock(time, speed) {
  page.clock = { time, speed, at: performance.now() };
  show_clock();
}

function show_time(event) {
  set_clock(event.time, event.paused ? 0 : event.speed);
  $("pause").setAttribute("aria-pressed", event.paused ? "true" : "false");
  for (const radio of document.querySelectorAll("[name=speed]")) {
    radio.checked = Number(radio.value) === event.speed;
  }
}

async function change_time(change) {
  try {
    await send("time", change);
  } catch (error) {
    show_error(sentence(error));
  }
}

// ---- the home and its events --------------------------------------------------------------------

const when_empty = {
  sim: "Nothing yet. Paste the lines that homey sim has printed into another terminal, and run a script there.",
  virtual: "Nothing yet. Click a sensor, or let the time pass.",
  run: "Nothing yet.",
};

const modes = {
  sim: () => "Simulated home: a click acts as a person does, also on a sensor.",
  virtual: () => "Simulated home in virtual time: a click acts as a person does, also on a sensor.",
  run: (home) => (home.writable ? "Real home." : "Real home, shown only. To switch devices here, start homey run with --http-write."),
};

async function read_home() {
  page.home = await (await ask("home")).json();
  formats = {};
  const { home } = page;
  document.title = home.name;
  $("name").textContent = home.name;
  $("mode").textContent = (modes[home.mode] || (() => ""))(home);
  $("log-empty").textContent = when_empty[home.mode] || "Nothing yet.";
  $("time").hidden = home.mode !== "virtual";
  $("login").hidden = true;
  $("content").hidden = false;
  if (home.mode !== "virtual" || !page.clock) set_clock(home.time, home.mode === "virtual" ? 0 : 1);
  show_rooms();
}

const handlers = {
  value: show_value,
  device: show_device,
  log: (entry) => {
    add_entry(entry, entry.at > page.opened);
    show_scripts_soon();
  },
  time: show_time,
  scripts: () => show_scripts(),
  home: () => read_home().then(show_reach),
};

// The event of a block of lines; comments are left out.
function parse_event(block) {
  let name = "message";
  let data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    if (line.startsWith("data: ")) data += line.slice(6);
  }
  return data && { name, data: JSON.parse(data) };
}

const patience = 45000; // ms without a byte: the server sends a comment every 15 s

async function read_events(reader, watch) {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    watch();
    const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = blocks.pop();
    for (const event of blocks.map(parse_event)) {
      const handle = event && handlers[event.name];
      if (handle) await handle(event.data);
    }
  }
}

function show_connection(state, text) {
  if ($("connection").dataset.state === state && $("connection").textContent === text) return;
  $("connection").dataset.state = state;
  $("connection").textContent = text;
}

// The server may answer while its hub does not.
function show_reach() {
  const { connected, problem } = page.home;
  if (connected === false) show_connection("away", `Not up to date: ${problem}`);
  else show_connection("live", "Connected");
}

// Opens the stream first and reads the home then, so that no change is missed.
async function follow() {
  const abort = new AbortController();
  page.abort = abort;
  let timer;
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(), patience);
  };
  watch();
  try {
    const answer = await ask("stream", { signal: abort.signal });
    await read_home();
    page.opened = page.home.time;
    await show_journal();
    await show_scripts();
    show_reach();
    page.pause = 500;
    await read_events(answer.body.getReader(), watch);
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

let wake; // ends the pause before the next attempt

function sleep(ms) {
  return new Promise((resolve) => {
    wake = resolve;
    setTimeout(resolve, ms);
  });
}

function ask_for_token() {
  $("login").hidden = false;
  $("content").hidden = true;
  $("time").hidden = true;
  show_connection("waiting", "Waiting for the token");
  $("token").focus();
}

async function run() {
  page.pause = 500;
  for (;;) {
    let is_refused = false;
    try {
      await follow();
    } catch (error) {
      is_refused = error instanceof Unauthorized;
    }
    if (is_refused) {
      if (page.token) show_error("This token is wrong.");
      ask_for_token();
      await new Promise((resolve) => { wake = resolve; });
      continue;
    }
    show_connection("lost", "Not connected. Trying again…");
    if (page.clock) set_clock(page.home.time, 0);
    await sleep(page.pause);
    page.pause = Math.min(page.pause * 2, 5000);
  }
}

// ---- start --------------------------------------------------------------------------------------

$("find").addEventListener("input", find);
$("pause").addEventListener("click", () => change_time({ paused: $("pause").getAttribute("aria-pressed") !== "true" }));
for (const radio of document.querySelectorAll("[name=speed]")) {
  radio.addEventListener("change", () => change_time({ speed: Number(radio.value) }));
}
for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => change_time({ advance: Number(button.dataset.advance) }));
}
$("login").addEventListener("submit", (event) => {
  event.preventDefault();
  page.token = $("token").value.trim();
  sessionStorage.setItem("homey-token", page.token);
  $("token").value = "";
  wake?.();
});
addEventListener("online", () => wake?.());
addEventListener("offline", () => page.abort?.abort()); // the stream alone would not notice
addEventListener("hashchange", () => {
  read_token();
  wake?.();
});
setInterval(show_clock, 500);
setInterval(() => {
  if (["live", "away"].includes($("connection").dataset.state)) show_scripts().catch(() => {});
}, 30000);
setInterval(() => {
  if ($("connection").dataset.state === "away") read_home().then(show_reach).catch(() => {});
}, 5000);

read_token();
run();
