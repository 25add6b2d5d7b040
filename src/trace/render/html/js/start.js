// Keys, buttons, and the beginning.

/** Every key, what it does, and how the help describes it; some have a button, too. */
const KEYS = [
  { keys: [" ", "k"], shown: "Space", about: "play or pause", button: "play", run: () => player.toggle() },
  { keys: ["ArrowRight"], shown: "→", about: "next event", button: "forward", run: () => step(1) },
  { keys: ["ArrowLeft"], shown: "←", about: "previous event", button: "back", run: () => step(-1) },
  { keys: ["Shift+ArrowRight"], shown: "Shift →", about: "next event of the selected task", run: () => stepOfTask(1) },
  { keys: ["Shift+ArrowLeft"], shown: "Shift ←", about: "previous event of the selected task", run: () => stepOfTask(-1) },
  { keys: ["n"], shown: "N", about: "next failure, cancellation or blocked loop", run: () => findEvent(1, isNotable) },
  { keys: ["p"], shown: "P", about: "the one before", run: () => findEvent(-1, isNotable) },
  { keys: ["Home"], shown: "Home", about: "to the beginning", button: "first", run: () => seek(() => player.toEvent(0)) },
  { keys: ["End"], shown: "End", about: "to the end", button: "last", run: () => seek(() => player.toEvent(events.count - 1)) },
  { keys: ["ArrowUp"], shown: "↑", about: "select the task above", run: () => selectNext(-1) },
  { keys: ["ArrowDown"], shown: "↓", about: "select the task below", run: () => selectNext(1) },
  { keys: ["Escape"], shown: "Esc", about: "select no task", run: () => lanes.selected >= 0 && select(lanes.selected) },
  { keys: ["PageUp"], shown: "PgUp", about: "a screenful of tasks up", run: () => scrollRows(-1) },
  { keys: ["PageDown"], shown: "PgDn", about: "a screenful of tasks down", run: () => scrollRows(1) },
  { keys: ["+", "="], shown: "+", about: "zoom in at the playhead", button: "zoom-in", run: () => zoomHere(0.5) },
  { keys: ["-", "_"], shown: "−", about: "zoom out", button: "zoom-out", run: () => zoomHere(2) },
  { keys: ["0", "f"], shown: "0", about: "the whole run", button: "fit", run: () => { lanes.fit(); refresh(); } },
  { keys: ["a"], shown: "A", about: "pan to the left", run: () => panBy(-0.25) },
  { keys: ["d"], shown: "D", about: "pan to the right", run: () => panBy(0.25) },
  { keys: [">", "."], shown: ">", about: "faster", run: () => setSpeed(player.speed * Math.SQRT2) },
  { keys: ["<", ","], shown: "<", about: "slower", run: () => setSpeed(player.speed / Math.SQRT2) },
  { keys: ["s"], shown: "S", about: "along time, or step by step", run: () => toggleAxis() },
  { keys: ["z"], shown: "Z", about: "squeeze all tasks into view", button: "squeeze", run: () => toggleSqueeze() },
  { keys: ["1"], shown: "1", about: "source on or off", button: "show-source", run: () => togglePane("source") },
  { keys: ["2"], shown: "2", about: "events on or off", button: "show-events", run: () => togglePane("events") },
  { keys: ["3"], shown: "3", about: "output on or off", button: "show-output", run: () => togglePane("output") },
  { keys: ["t"], shown: "T", about: "larger type", button: "larger", run: () => toggleSize() },
  { keys: ["l"], shown: "L", about: "light or dark", button: "theme", run: () => toggleTheme() },
  { keys: ["?", "h"], shown: "?", about: "this help", button: "help-open", run: () => $("help").showModal() },
];

function isNotable(e) {
  return [KIND.failed, KIND.cancelled, KIND.blocked].includes(events.kind[e]);
}

function selectNext(direction) {
  const from = lanes.selected >= 0 ? lanes.selected + direction : events.row[player.event];
  const row = Math.min(Math.max(from, 0), tasks.length - 1);
  if (row !== lanes.selected) select(row);
}

function scrollRows(direction) {
  canvases.scrollTop += direction * (canvases.clientHeight - lanes.axisHeight - lanes.rowHeight);
}

function zoomHere(factor) {
  const isSeen = player.position >= lanes.from && player.position <= lanes.to;
  lanes.zoom(factor, isSeen ? player.position : (lanes.from + lanes.to) / 2);
  refresh();
}

function panBy(part) {
  lanes.pan(part);
  refresh();
}

function toggleAxis() {
  if (timeAxis.end > timeAxis.start) setAxis(player.axis.byTime ? stepAxis : timeAxis);
}

const byKey = new Map(KEYS.flatMap((entry) => entry.keys.map((key) => [key, entry])));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  if (event.target.closest("select")) return;
  if (event.key === " " && event.target.closest("button")) return;
  const isSpeed = event.target === $("speed") && event.key.startsWith("Arrow");
  const shift = event.shiftKey && event.key.startsWith("Arrow") ? "Shift+" : "";
  const entry = byKey.get(shift + (event.key.length === 1 ? event.key.toLowerCase() : event.key));
  if (!entry || isSpeed) return;
  event.preventDefault();
  entry.run();
});

function wireButtons() {
  for (const { button, shown, about, run } of KEYS) {
    if (!button) continue;
    $(button).title = `${sentence(about)} (${shown})`;
    $(button).addEventListener("click", run);
  }
  $("axis-time").addEventListener("click", () => setAxis(timeAxis));
  $("axis-steps").addEventListener("click", () => setAxis(stepAxis));
  $("axis-time").disabled = timeAxis.end === timeAxis.start;
  $("help-close").addEventListener("click", () => $("help").close());
  for (const { shown, about } of KEYS) {
    const entry = element("div");
    entry.append(element("kbd", "", shown), element("span", "", about));
    $("keys").append(entry);
  }
}

function fillHead() {
  const names = recording.sources.map(({ name }) => name), main = names[0] ?? "";
  const short = main.split(/[/\\]/).pop();
  document.title = short ? `${short} – loopscope` : "loopscope";
  $("script-name").textContent = short;
  $("script-name").title = main;
  $("summary").title = $("summary").textContent = recording.summary.replace(/ {2,}\(/g, " (").replace(/ {2,}/g, " · ");
  names.forEach((name, index) => {
    const option = element("option", "", name.split(/[/\\]/).pop());
    option.value = String(index);
    $("source-pick").append(option);
  });
  $("source-pick").hidden = names.length < 2;
  $("source-none").hidden = names.length > 0;
  $("left-out").hidden = recording.left_out === null;
  $("left-out").textContent = recording.left_out ?? "";
}

/** Gives the lanes the height that they need, up to half of the page. */
function layout() {
  readTheme();
  const wanted = em * 1.7 + tasks.length * Math.round(em * 1.75) + 2;
  root.style.setProperty("--lanes-height", `${Math.round(wanted)}px`);
  restyle();
}

/** `#event=12` in the address is where the page opens, so that a moment can be linked to. */
function eventOfAddress() {
  const found = /^#event=(\d+)$/.exec(location.hash);
  return found ? Number(found[1]) - 1 : 0;
}

function start() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  root.dataset.theme = recall("theme") ?? (dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => {
    if (recall("theme")) return;
    root.dataset.theme = dark.matches ? "dark" : "light";
    restyle();
  });
  const size = Number(recall("size"));
  if (SIZES.includes(size)) {
    root.dataset.size = size;
    root.style.setProperty("--size", size);
  }
  fillHead();
  if (events.count === 0) {
    root.dataset.empty = "true";
    return;
  }
  wireButtons();
  layout();
  if (recording.sources.length) source.open(0);
  eventList.reset(events.count);
  setAxis(player.axis);
  lanes.fit();
  player.toEvent(eventOfAddress());
  addEventListener("hashchange", () => seek(() => player.toEvent(eventOfAddress())));
  new ResizeObserver(() => layout()).observe(document.body);
  root.dataset.ready = "true";
}

start();
