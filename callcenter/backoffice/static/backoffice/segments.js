// The builder of conditions. The JSON in #tree is the truth: every row is drawn from it and written back to it.
const schema = JSON.parse(document.getElementById("schema").textContent);
const builder = document.getElementById("builder");
const form = document.getElementById("segment");
const text = document.getElementById("tree");
const word = builder.dataset;
const SIGNS = { ">=": "≥", "<=": "≤", "!=": "≠", is_missing: word.missing };
const COMPARED = [">=", "<=", ">", "<", "="];
let tree = { all: [] };
let asked = 0;
let timer = 0;

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function choice(label, options, value, change, kind = "") {
  const made = element("select", { class: `form-select ${kind}`, "aria-label": label });
  for (const [code, shown] of options) made.append(element("option", { value: code, selected: code === value }, shown));
  made.addEventListener("change", () => change(made.value));
  return made;
}

function input(label, value, change, numeric = false) {
  const made = element("input", { class: "form-control", "aria-label": label, maxlength: "400" });
  if (numeric) made.setAttribute("inputmode", "decimal");
  made.value = value;
  made.addEventListener("input", () => { change(made.value); written(); });
  return made;
}

const sign = (op) => SIGNS[op] ?? word[op] ?? op;
const named = (code) => schema.names[code] ?? code;

function factOptions() {
  return Object.entries(schema.fields).map(([key, field]) => [key, field.label + (field.unit ? ` (${field.unit})` : "")]);
}

function first(key) {
  const field = schema.fields[key];
  const op = field.ops[0];
  return { field: key, op, value: beginning(field, op) };
}

function beginning(field, op) {
  if (field.kind === "number") return op === "between" ? [0, field.parts] : 0;
  if (field.kind === "flag") return true;
  const one = field.choices[0] ?? "";
  return ["in", "not_in", "has_any", "has_all", "has_none"].includes(op) ? [one] : one;
}

function values(node) {
  const field = schema.fields[node.field];
  if (node.op === "is_missing") return [];
  if (field.kind === "flag") {
    return [choice(word.value, [["true", word.yes], ["false", word.no]], String(node.value), (v) => { node.value = v === "true"; written(); })];
  }
  if (field.kind === "number") return numbers(node, field);
  const many = Array.isArray(node.value);
  if (!field.choices.length) {
    const shown = many ? node.value.join(", ") : node.value;
    return [input(word.value, shown, (v) => { node.value = many ? v.split(/[,，]/).map((one) => one.trim()).filter(Boolean) : v; })];
  }
  const made = choice(word.value, field.choices.map((code) => [code, named(code)]), many ? null : node.value, (v) => { node.value = v; written(); });
  if (many) {
    made.multiple = true;
    made.size = Math.min(5, field.choices.length);
    for (const option of made.options) option.selected = node.value.includes(option.value);
    made.addEventListener("change", () => { node.value = [...made.selectedOptions].map((one) => one.value); written(); });
  }
  return [made];
}

function numbers(node, field) {
  const shown = (value) => Math.round((value / field.parts) * 1e6) / 1e6;
  const read = (v) => Math.round(Number(v) * field.parts * 1e6) / 1e6;
  if (!Array.isArray(node.value)) {
    return [input(word.value, shown(node.value), (v) => { node.value = read(v); }, true)];
  }
  return node.value.flatMap((value, n) => [
    ...(n ? [word.and] : []),
    input(word.value, shown(value), (v) => { node.value[n] = read(v); }, true),
  ]);
}

function leaf(node, put) {
  const field = schema.fields[node.field];
  return element("div", { class: "leaf" },
    choice(word.fact, factOptions(), node.field, (key) => put(first(key))),
    choice(word.op, field.ops.map((op) => [op, sign(op)]), node.op, (op) => {
      put(op === "is_missing" ? { field: node.field, op } : { field: node.field, op, value: beginning(field, op) });
    }),
    ...values(node), remove(put));
}

function counting(node, put) {
  return element("div", { class: "leaf" },
    choice(word.counting, schema.counted.map((kind) => [kind, named(kind)]), node.count, (kind) => { node.count = kind; written(); }),
    choice(word.op, COMPARED.map((op) => [op, sign(op)]), node.op, (op) => { node.op = op; written(); }),
    input(word.value, node.value, (v) => { node.value = Number(v); }, true), word.days,
    input(word.days, node.days, (v) => { node.days = Number(v); }, true), word.code,
    input(word.code, node.code ?? "", (v) => { if (v.trim()) node.code = v.trim(); else delete node.code; }), remove(put));
}

// Somebody else of the same household, circle …: a group of conditions about that person.
function relation(node, put) {
  const part = "any" in node ? { any: node.any } : { all: node.all };
  const inside = group(part, (next) => put({ related: node.related, ...next }), true, true);
  return element("fieldset", { class: "group" },
    element("div", { class: "leaf" },
      choice(word.who, schema.related, node.related, (by) => put({ ...node, related: by }), "related"), negation(node, put), remove(put)), inside);
}

function remove(put) {
  const made = element("button", { type: "button", class: "btn btn-quiet", "aria-label": word.remove, title: word.remove }, "×");
  made.addEventListener("click", () => put(null));
  return made;
}

function group(node, put, isRoot, isInside = false) {
  const key = "any" in node ? "any" : "all";
  const made = element("fieldset", { class: "group" });
  const head = choice(word.group, [["all", word.all], ["any", word.any]], key, (chosen) => put({ [chosen]: node[key] }));
  made.append(element("div", { class: "leaf" }, head, ...(isRoot ? [] : [negation(node, put), remove(put)])));
  node[key].forEach((part, number) => made.append(drawn(part, (next) => {
    if (next === null) node[key].splice(number, 1);
    else node[key][number] = next;
    draw();
  })));
  made.append(element("div", { class: "leaf" },
    more(word.add, () => node[key].push(first("region"))),
    more(word.counting, () => node[key].push({ count: "call", days: 30, op: ">=", value: 1 })),
    more(word.group, () => node[key].push({ any: [] })),
    ...(isInside ? [] : [more(word.related, () => node[key].push({ related: schema.related[0][0], any: [first("lifecycle")] }))])));
  return made;
}

function negation(node, put) {
  const made = element("button", { type: "button", class: "btn btn-small" }, word.not);
  made.addEventListener("click", () => put({ not: node }));
  return made;
}

function more(label, act) {
  const made = element("button", { type: "button", class: "btn btn-small" }, `+ ${label}`);
  made.addEventListener("click", () => { act(); draw(); });
  return made;
}

function inverse(node, put) {
  const undo = element("button", { type: "button", class: "btn btn-small", "aria-pressed": "true" }, word.not);
  undo.addEventListener("click", () => put(node.not));
  return element("fieldset", { class: "group" }, element("div", { class: "leaf" }, undo),
    drawn(node.not, (next) => put(next === null ? null : { not: next })));
}

function drawn(node, put) {
  if ("related" in node) return relation(node, put);
  if ("all" in node || "any" in node) return group(node, put, false);
  if ("not" in node) return inverse(node, put);
  return "count" in node ? counting(node, put) : leaf(node, put);
}

// Redrawing keeps the keyboard where it was: the same control by its place among all.
function draw() {
  const controls = () => [...builder.querySelectorAll("select, input, button")];
  const place = controls().indexOf(document.activeElement);
  builder.replaceChildren(group(tree, (next) => { tree = next; draw(); }, true));
  if (place >= 0) controls()[Math.min(place, controls().length - 1)]?.focus();
  written();
}

function written() {
  text.value = JSON.stringify(tree, null, 1);
  soon();
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(() => count(), 250);
}

async function count(sample = false) {
  const mine = (asked += 1);
  const body = new FormData(form);
  if (sample) body.set("sample", "1");
  const answer = await fetch(form.dataset.count, { method: "POST", body, headers: { Accept: "text/html" } });
  const shown = await answer.text();
  // an answer that a later question overtook says nothing any more
  if (mine === asked && answer.ok) document.getElementById("counted").innerHTML = shown;
}

function read() {
  try {
    const told = JSON.parse(text.value);
    tree = told && typeof told === "object" && ("all" in told || "any" in told) && !("related" in told) ? told : { all: [told] };
    draw();
  } catch {
    soon(); // the server says what is wrong
  }
}

text.addEventListener("change", read);
text.addEventListener("input", soon);
for (const choice of form.querySelectorAll("[data-counts]")) choice.addEventListener("change", soon);
document.getElementById("sample").addEventListener("click", () => count(true));
read();
