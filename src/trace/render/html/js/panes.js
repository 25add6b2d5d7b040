// Lists of many rows of which only those that are seen are on the page: events, output, source.

/** An element with a class and a text; texts from scripts get in here, and nowhere else. */
function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** A list in a scrolling box. `fill` puts row n into an element; `rowClass` is called when the moment changes. */
class List {
  constructor(box, fill) {
    [this.box, this.fill, this.count] = [box, fill, 0];
    this.room = element("div", "room");
    this.room.setAttribute("role", "presentation");
    this.box.append(this.room);
    this.shown = new Map();
    this.box.addEventListener("scroll", () => this.draw(), { passive: true });
  }

  /** Takes another number of rows, or another height of them. */
  reset(count) {
    this.count = count;
    this.height = Math.round(em * 1.65);
    this.room.style.height = `${count * this.height}px`;
    for (const row of this.shown.values()) row.remove();
    this.shown.clear();
    this.draw();
  }

  /** Puts the rows that are seen on the page, and takes the others off. */
  draw() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / this.height) - 2);
    const last = Math.min(this.count - 1, Math.ceil((this.box.scrollTop + this.box.clientHeight) / this.height) + 2);
    for (const [n, row] of this.shown) {
      if (n >= first && n <= last) continue;
      row.remove();
      this.shown.delete(n);
    }
    for (let n = first; n <= last; n++) {
      if (this.shown.has(n)) continue;
      const row = element("div", "row");
      row.style.transform = `translateY(${n * this.height}px)`;
      row.style.height = `${this.height}px`;
      this.fill(row, n);
      this.shown.set(n, row);
      this.room.append(row);
    }
  }

  /** Calls `visit` with the rows that are on the page. */
  each(visit) {
    for (const [n, row] of this.shown) visit(row, n);
  }

  /** Scrolls a row into the middle if it is not well within what is seen. */
  reveal(n) {
    const top = n * this.height, { scrollTop, clientHeight } = this.box;
    if (top >= scrollTop + this.height && top + 2 * this.height <= scrollTop + clientHeight) return;
    this.box.scrollTop = top - (clientHeight - this.height) / 2;
    this.draw();
  }
}

/** A task's colour and title, as they stand in lists. */
function chip(row) {
  const made = element("span", "chip"), dot = element("i", "dot");
  dot.style.background = taskColour(row);
  const id = tasks[row].id;
  made.append(dot, element("bdi", "", id === 0 ? tasks[row].name : `${id} ${tasks[row].name}`));
  return made;
}

const SIGNS = { finished: "✔", failed: "✖", cancelled: "⊘", printed: "›", blocked: "!" };
const STATES = ["", "ready", "running", "waiting"];

/** The sign of an event: that of the state in which it puts the task, as in the lanes, or of its own. */
function sign(e) {
  const made = element("span", "sign", SIGNS[kindName(e)] ?? "");
  made.setAttribute("aria-hidden", "true");
  const state = AFTER.get(events.kind[e]);
  if (state) {
    const swatch = element("i", `swatch ${STATES[state]}`);
    swatch.style.setProperty("--task", taskColour(events.row[e]));
    made.append(swatch);
  }
  return made;
}

const eventList = new List($("events"), (row, e) => {
  const kind = kindName(e);
  row.id = `event-${e}`;
  row.dataset.kind = kind;
  row.setAttribute("role", "option");
  row.setAttribute("aria-posinset", e + 1);
  row.setAttribute("aria-setsize", events.count);
  const about = element("bdi", "about", aboutEvent(e));
  row.append(element("span", "at", moment(events.time[e])), chip(events.row[e]), sign(e), element("span", "kind", kind), about);
  markEvent(row, e);
  row.addEventListener("click", () => seek(() => player.toEvent(e)));
});

function markEvent(row, e) {
  row.setAttribute("aria-selected", e === player.event);
  row.classList.toggle("later", e > player.event);
  row.classList.toggle("picked", events.row[e] === lanes.selected);
}

/** The printed lines: a print of several lines has as many rows. */
const output = { event: [], text: [] };
for (const e of history.prints) {
  for (const line of textOf(e).split("\n")) {
    output.event.push(e);
    output.text.push(line);
  }
}

const outputList = new List($("output"), (row, n) => {
  const e = output.event[n], isFirst = n === 0 || output.event[n - 1] !== e;
  row.classList.toggle("fresh", e === player.event);
  const who = element("span", "who");
  if (isFirst) who.append(chip(events.row[e]));
  row.append(who, element("bdi", "text", output.text[n]));
  row.title = `${moment(events.time[e])}, ${title(events.row[e])}`;
});

/** Shows what had been printed at this moment. */
function drawOutput() {
  const lines = lastWhere(0, output.event.length, (n) => output.event[n] <= player.event) + 1;
  $("output-none").hidden = lines > 0;
  $("output-none").textContent = output.event.length ? "Nothing has been printed yet." : "This run prints nothing.";
  if (lines === outputList.count) {
    outputList.each((row, n) => row.classList.toggle("fresh", output.event[n] === player.event));
    return;
  }
  outputList.reset(lines);
  outputList.box.scrollTop = outputList.box.scrollHeight;
  outputList.draw();
}

function drawEvents() {
  eventList.reveal(player.event);
  eventList.each(markEvent);
  $("events").setAttribute("aria-activedescendant", `event-${player.event}`);
}

/** The numbers of tasks in each state. */
function drawCounts() {
  const e = player.event;
  const numbers = {
    running: history.runner[e] >= 0 ? 1 : 0, ready: history.ready[e], waiting: history.waiting[e],
    finished: history.finished[e], failed: history.failed[e], cancelled: history.cancelled[e],
  };
  for (const [name, number] of Object.entries(numbers)) $(`count-${name}`).textContent = count(number);
}

/** What happens at this moment, in words; and what the selected task does. */
function drawWords() {
  const row = events.row[player.event];
  $("now-dot").style.background = taskColour(row);
  $("now").textContent = explainEvent(player.event);
  const picked = lanes.selected;
  $("picked").hidden = picked < 0;
  if (picked >= 0) {
    $("picked-dot").style.background = taskColour(picked);
    $("picked-text").textContent = explainRow(picked, player.event);
  }
  $("clock").textContent = moment(events.time[player.event]);
  $("step").textContent = `event ${count(player.event + 1)} of ${count(events.count)}`;
}
