// What the mouse, the fingers and the keys do, and when what is drawn.

let scheduled = false, moved = true;

/** Draws what has changed, once before the next frame. */
function refresh() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    if (lanes.stale) {
      lanes.draw();
      thread.stale = true;
    }
    if (thread.stale) drawThread();
    drawHead();
    markThread();
    if (!moved) return;
    moved = false;
    drawEvents();
    drawOutput();
    drawSource();
    drawCounts();
    drawWords();
  });
}

player.listeners.push((change) => {
  moved ||= change;
  lanes.follow();
  const isSlow = !player.playing || player.speed / player.dwell() < 6;
  if (change && isSlow && !dragging) lanes.reveal(events.row[player.event]);
  $("play").setAttribute("aria-pressed", player.playing);
  $("play").setAttribute("aria-label", player.playing ? "Pause" : "Play");
  root.dataset.playing = player.playing;
  // A reader of the screen hears each step, but not a replay.
  $("words").setAttribute("aria-live", player.playing ? "off" : "polite");
  refresh();
});

/** Goes elsewhere by hand: the replay stops there. */
function seek(go) {
  player.playing = false;
  player.rest = 0;
  go();
}

function select(row) {
  lanes.selected = row === lanes.selected ? -1 : row;
  if (lanes.selected >= 0) lanes.reveal(lanes.selected);
  lanes.stale = moved = true;
  refresh();
}

/** Goes to the next event that `wanted` likes, in a direction. */
function findEvent(direction, wanted) {
  let e = player.event + direction;
  while (e >= 0 && e < events.count && !wanted(e)) e += direction;
  if (e >= 0 && e < events.count) seek(() => player.toEvent(e));
}

function step(direction) {
  findEvent(direction, () => true);
}

function stepOfTask(direction) {
  const row = lanes.selected >= 0 ? lanes.selected : events.row[player.event];
  findEvent(direction, (e) => events.row[e] === row);
}

function setAxis(axis) {
  player.setAxis(axis);
  $("axis-time").setAttribute("aria-pressed", axis.byTime);
  $("axis-steps").setAttribute("aria-pressed", !axis.byTime);
  lanes.fit();
  setSpeed(player.speed);
  refresh();
}

function setSpeed(speed) {
  player.speed = Math.min(Math.max(speed, 1 / 16), 32);
  $("speed").value = String(Math.log2(player.speed));
  const shown = player.speed >= 1 ? `${Number(player.speed.toPrecision(2))}×` : `1/${Number((1 / player.speed).toPrecision(2))}×`;
  $("speed-text").textContent = shown;
  $("speed").setAttribute("aria-valuetext", `${shown}, ${player.pace()}`);
  $("pace").textContent = player.pace();
}

/** Another moment, another size or another look of everything. */
function restyle() {
  readTheme();
  lanes.measure();
  lanes.pan(0);
  for (const list of [eventList, sourceList, outputList]) list.reset(list.count);
  moved = true;
  refresh();
}

let dragging = false;

function scrubTo(clientX) {
  const box = $("lanes").getBoundingClientRect();
  seek(() => player.toPosition(lanes.positionAt(clientX - box.left)));
}

const canvases = $("lanes");
canvases.addEventListener("pointerdown", (event) => {
  const box = canvases.getBoundingClientRect(), x = event.clientX - box.left;
  if (x > box.left + canvases.clientWidth) return;
  hideHint();
  if (x < lanes.gutter) {
    const row = lanes.rowAt(event.clientY - box.top);
    if (row >= 0) select(row);
    return;
  }
  if (event.button > 1) return;
  event.preventDefault();
  canvases.focus({ preventScroll: true });
  dragging = event.shiftKey || event.button === 1 ? "pan" : "scrub";
  canvases.setPointerCapture?.(event.pointerId);
  if (dragging === "scrub") scrubTo(event.clientX);
});
canvases.addEventListener("pointermove", (event) => {
  if (dragging === "scrub") scrubTo(event.clientX);
  else if (dragging === "pan") {
    lanes.pan(-event.movementX / lanes.width);
    refresh();
  } else showHint(event);
});
for (const name of ["pointerup", "pointercancel"]) canvases.addEventListener(name, () => { dragging = false; });
canvases.addEventListener("pointerleave", hideHint);
canvases.addEventListener("scroll", () => {
  lanes.stale = true;
  hideHint();
  refresh();
}, { passive: true });
canvases.addEventListener("wheel", (event) => {
  const scrolls = canvases.scrollHeight > canvases.clientHeight + 1;
  const isPan = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
  if (scrolls && !event.ctrlKey && !event.metaKey && !isPan) return;
  event.preventDefault();
  const x = event.clientX - canvases.getBoundingClientRect().left;
  if (isPan) lanes.pan((event.deltaX || event.deltaY) / lanes.width);
  else lanes.zoom(2 ** (Math.max(-120, Math.min(120, event.deltaY)) / 200), lanes.positionAt(Math.max(x, lanes.gutter)));
  hideHint();
  refresh();
}, { passive: false });

/** Explains what is under the pointer. */
function showHint(event) {
  const box = canvases.getBoundingClientRect(), x = event.clientX - box.left;
  const row = lanes.rowAt(event.clientY - box.top);
  if (row < 0 || x > canvases.clientWidth) return hideHint();
  const e = x < lanes.gutter ? player.event : player.axis.eventAt(lanes.positionAt(x));
  const hint = $("hint");
  hint.textContent = explainRow(row, eventUnder(row, e, x));
  hint.hidden = false;
  const { offsetWidth: width, offsetHeight: height } = hint;
  const below = event.clientY + em * 1.4;
  hint.style.left = `${Math.max(4, Math.min(event.clientX + em, innerWidth - width - em))}px`;
  hint.style.top = `${below + height > innerHeight ? event.clientY - height - em * 0.7 : below}px`;
}

/** The event after which to explain a row at x: near a turn of no length the turn is meant, not what followed. */
function eventUnder(row, e, x) {
  const last = lastSpanUpTo(row, e);
  for (let span = last; span >= Math.max(spans.start[row], last - 3); span--) {
    const from = lanes.x(player.axis.at(spans.from[span]));
    if (x > from + em * 0.25) break;
    if (spans.state[span] === RUNNING) return Math.max(0, spans.from[span]);
  }
  return e;
}

function hideHint() {
  $("hint").hidden = true;
}

$("scrub").addEventListener("input", () => {
  const { start, end } = player.axis;
  seek(() => player.toPosition(start + Number($("scrub").value) / 1e6 * (end - start)));
});
$("speed").addEventListener("input", () => setSpeed(2 ** Number($("speed").value)));
$("speed").addEventListener("dblclick", () => setSpeed(1));
$("source-pick").addEventListener("change", () => {
  source.open(Number($("source-pick").value));
  source.here = tasksByLine(player.event);
  sourceList.each(markLine);
});

function toggleTheme() {
  const dark = root.dataset.theme !== "dark";
  root.dataset.theme = dark ? "dark" : "light";
  remember("theme", root.dataset.theme);
  restyle();
}

const SIZES = [1, 1.25, 1.5, 1.85];

function toggleSize() {
  const next = (SIZES.indexOf(Number(root.dataset.size ?? 1)) + 1) % SIZES.length;
  setSize(SIZES[next]);
  remember("size", String(SIZES[next]));
}

function setSize(size) {
  root.dataset.size = size;
  root.style.setProperty("--size", size);
  layout();
}

function toggleSqueeze() {
  lanes.squeezed = !lanes.squeezed;
  $("squeeze").setAttribute("aria-pressed", lanes.squeezed);
  canvases.scrollTop = 0;
  lanes.measure();
  refresh();
}

function togglePane(name) {
  const pane = $(`pane-${name}`);
  pane.hidden = !pane.hidden;
  $(`show-${name}`).setAttribute("aria-pressed", !pane.hidden);
  $("panes").hidden = ["source", "events", "output"].every((other) => $(`pane-${other}`).hidden);
  layout();
}

/** Remembers a choice in the browser, if it lets a page do so. */
function remember(name, value) {
  try {
    localStorage.setItem(`loopscope-${name}`, value);
  } catch { /* The choice lasts as long as the page. */ }
}

function recall(name) {
  try {
    return localStorage.getItem(`loopscope-${name}`);
  } catch {
    return null;
  }
}
