// The lanes: a row per task against time or steps, drawn on a canvas for the rows and columns that are seen.
// The playhead is on a canvas of its own, so that scrubbing redraws little.

const FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif";
const MONO = "ui-monospace, 'SF Mono', 'Cascadia Code', 'DejaVu Sans Mono', monospace";
/** The shortest stretch of the axis that can fill the width. */
const CLOSEST = { time: 50, steps: 4 };

const lanes = {
  from: 0, to: 1,
  gutter: 120, width: 1000, axisHeight: 24, rowHeight: 26,
  selected: -1,
  /** All rows are squeezed into the height that there is. */
  squeezed: false,
  stale: true,

  axis() {
    return player.axis;
  },

  /** The whole of the axis, with room for the signs of ends. */
  whole() {
    const { start, end } = this.axis();
    const length = Math.max(end - start, 1);
    return [start, end + length * 0.035];
  },

  x(position) {
    return this.gutter + (position - this.from) / (this.to - this.from) * this.width;
  },

  positionAt(x) {
    return this.from + (x - this.gutter) / this.width * (this.to - this.from);
  },

  isFitted() {
    const [start, end] = this.whole();
    return this.to - this.from > (end - start) * 0.9999;
  },

  fit() {
    [this.from, this.to] = this.whole();
    this.stale = true;
  },

  /** Zooms by a factor around a position. */
  zoom(factor, around) {
    const [start, end] = this.whole(), least = this.axis().byTime ? CLOSEST.time : CLOSEST.steps;
    const length = Math.min(Math.max((this.to - this.from) * factor, Math.min(least, end - start)), end - start);
    const part = (around - this.from) / (this.to - this.from);
    this.from = around - length * part;
    this.to = this.from + length;
    this.pan(0);
  },

  /** Moves the view by a part of its width, as far as there is something to see. */
  pan(part) {
    const [start, end] = this.whole(), length = this.to - this.from;
    const from = Math.min(Math.max(this.from + part * length, start), Math.max(start, end - length));
    [this.from, this.to] = [from, from + length];
    this.stale = true;
  },

  /** Moves the view so that the playhead is in it. */
  follow() {
    const part = (player.position - this.from) / (this.to - this.from);
    const ahead = player.playing && !stillness.matches;
    if (part < 0 || part > 1) this.pan(part - 0.2);
    else if (part > 0.8) this.pan(ahead ? part - 0.8 : part - 0.2);
  },

  /** Scrolls so that a row is in view. */
  reveal(row) {
    const box = $("lanes"), top = row * this.rowHeight, room = box.clientHeight - this.axisHeight;
    if (top < box.scrollTop) box.scrollTop = top - this.rowHeight;
    else if (top + this.rowHeight > box.scrollTop + room) box.scrollTop = top + 2 * this.rowHeight - room;
  },

  /** Fits sizes to the type and the window. */
  measure() {
    const context = $("bars").getContext("2d");
    context.font = `600 ${em * 0.92}px ${FONT}`;
    let widest = 0;
    for (let row = 0; row < Math.min(tasks.length, 500); row++) {
      widest = Math.max(widest, context.measureText(tasks[row].name).width);
    }
    const numbers = tasks.length ? String(tasks[tasks.length - 1].id).length * em * 0.6 : 0;
    const box = $("lanes");
    this.gutter = Math.round(Math.min(widest + numbers + em * 4.4, Math.max(em * 9, box.clientWidth * 0.24)));
    this.width = Math.max(1, box.clientWidth - this.gutter);
    this.axisHeight = Math.round(em * 1.7);
    const room = box.clientHeight - this.axisHeight;
    this.rowHeight = this.squeezed ? Math.max(room / tasks.length, 1 / 16) : Math.round(em * 1.75);
    $("rows").style.height = `${this.axisHeight + Math.floor(this.rowHeight * tasks.length)}px`;
    root.style.setProperty("--gutter", `${this.gutter}px`);
    root.style.setProperty("--scrollbar", `${box.offsetWidth - box.clientWidth}px`);
    this.stale = true;
  },

  rowAt(y) {
    const row = Math.floor((y - this.axisHeight + $("lanes").scrollTop) / this.rowHeight);
    return y >= this.axisHeight && row >= 0 && row < tasks.length ? row : -1;
  },

  /** Calls `visit` with each row that is seen and the top of it. Rows finer than a pixel are sampled. */
  eachRow(height, visit) {
    const scrolled = $("lanes").scrollTop, step = Math.max(1, Math.round(1 / this.rowHeight));
    const first = Math.floor(scrolled / this.rowHeight);
    for (let row = first; row < tasks.length; row += step) {
      const y = this.axisHeight + row * this.rowHeight - scrolled;
      if (y > height) break;
      visit(row, y);
    }
  },

  draw() {
    const { context, width, height } = prepare($("bars"));
    context.textBaseline = "middle";
    this.drawGrid(context, width, height);
    context.save();
    context.beginPath();
    context.rect(this.gutter, this.axisHeight, width - this.gutter, height);
    context.clip();
    this.eachRow(height, (row, y) => drawRow(context, row, y, width));
    context.restore();
    this.drawGutter(context, height);
    this.stale = false;
  },

  drawGrid(context, width, height) {
    if (this.selected >= 0) {
      context.fillStyle = colours.raised;
      const y = this.axisHeight + this.selected * this.rowHeight - $("lanes").scrollTop;
      context.fillRect(0, y, width, Math.max(2, this.rowHeight));
    }
    context.font = `${em * 0.82}px ${FONT}`;
    for (const { position, label } of ticks(this.from, this.to, this.width / (em * 7))) {
      const x = Math.round(this.x(position)) + 0.5;
      if (x < this.gutter) continue;
      context.fillStyle = colours.line;
      context.fillRect(x - 0.5, this.axisHeight * 0.72, 1, height);
      context.fillStyle = colours.muted;
      const half = context.measureText(label).width / 2;
      context.fillText(label, Math.min(Math.max(x - half, this.gutter), width - 2 * half), this.axisHeight * 0.42);
    }
    context.fillStyle = colours.line;
    context.fillRect(0, this.axisHeight - 1, width, 1);
  },

  drawGutter(context, height) {
    context.fillStyle = colours.muted;
    context.font = `${em * 0.82}px ${FONT}`;
    context.fillText(this.axis().byTime ? "time" : "step", em * 0.9, this.axisHeight * 0.42);
    context.save();
    context.beginPath();
    context.rect(0, this.axisHeight, this.gutter, height);
    context.clip();
    const isLegible = this.rowHeight >= em * 0.95, bar = Math.max(1, this.rowHeight * 0.56);
    this.eachRow(height, (row, y) => {
      const middle = y + this.rowHeight / 2, swatch = em * 0.28;
      context.fillStyle = taskColour(row);
      context.fillRect(em * 0.9 - swatch, middle - bar / 2, swatch * 1.3, bar);
      if (!isLegible) return;
      const id = tasks[row].id;
      let x = em * 1.5;
      if (id !== 0) {
        context.font = `${em * 0.86}px ${MONO}`;
        context.fillStyle = colours.muted;
        context.fillText(String(id), x, middle);
        x += context.measureText(String(id)).width + em * 0.5;
      }
      context.font = `${row === this.selected ? 600 : 400} ${em * 0.92}px ${FONT}`;
      context.fillStyle = colours.ink;
      writeText(context, tasks[row].name, x, middle, this.gutter - x - em * 2);
    });
    context.restore();
  },
};

/** The bars of a row. */
function drawRow(context, row, y, width) {
  const { rowHeight, from, to, gutter } = lanes;
  const axis = player.axis, height = Math.max(1, rowHeight * (rowHeight > em ? 0.62 : 0.84));
  const top = y + (rowHeight - height) / 2, colour = taskColour(row);
  const [low, high] = [spans.start[row], spans.start[row + 1]];
  const first = Math.max(low, lastWhere(low, high, (s) => axis.at(spans.from[s]) <= from));
  const last = lastWhere(first, high, (s) => axis.at(spans.from[s]) <= to);
  if (last - first > (width - gutter) / 3) {
    drawCrowd(context, first, last, colour, top, height, width);
  } else {
    // Turns come last: they are short, and are what matters.
    for (const state of [WAITING, READY, RUNNING]) {
      for (let s = first; s <= last; s++) {
        if (spans.state[s] === state) drawSpan(context, row, s, colour, top, height, width);
      }
    }
  }
  const end = endOf(row);
  if (end >= 0) drawEnding(context, end, top + height / 2, height, width);
}

function drawSpan(context, row, span, colour, top, height, width) {
  const axis = player.axis, state = spans.state[span];
  const start = lanes.x(axis.at(spans.from[span])), end = lanes.x(axis.at(spans.to[span]));
  const left = Math.max(start, lanes.gutter - 4), right = Math.min(end, width + 4);
  const least = state === RUNNING ? Math.max(2.5, em * 0.2) : 0;
  if (right < lanes.gutter || right - left + least < 0.4) return;
  drawState(context, state, colour, left, top, Math.max(right - left, least), height);
  const room = right - Math.max(left, lanes.gutter) - em * 0.9, middle = top + height / 2 + 0.5;
  const block = spans.blocked.get(span);
  if (block !== undefined) {
    context.fillStyle = colours.bad;
    context.fillRect(left, top + height - Math.max(2, height * 0.16), right - left, Math.max(2, height * 0.16));
  }
  if (height < em * 0.9) return;
  const inset = Math.max(left, lanes.gutter) + em * 0.45;
  if (state === WAITING) {
    context.font = `${em * 0.82}px ${FONT}`;
    context.fillStyle = colours.muted;
    writeText(context, waitedFor(span), inset + (least || em * 0.2), middle, room);
  } else if (block !== undefined) {
    context.font = `600 ${em * 0.82}px ${FONT}`;
    context.fillStyle = tasks[row].id === 0 ? colours.panel : "#fff";
    writeText(context, `blocks the loop: ${aboutEvent(block)}`, inset, middle, room);
  }
}

/** So many spans that they are finer than pixels: in each column, how much of what there was. */
function drawCrowd(context, first, last, colour, top, height, width) {
  const axis = player.axis, columns = Math.ceil(width - lanes.gutter);
  const parts = [RUNNING, READY, WAITING].map(() => new Float32Array(columns + 1));
  const turns = new Uint8Array(columns + 1);
  for (let s = first; s <= last; s++) {
    const start = Math.max(0, lanes.x(axis.at(spans.from[s])) - lanes.gutter);
    const end = Math.min(columns, lanes.x(axis.at(spans.to[s])) - lanes.gutter);
    const state = spans.state[s], sums = parts[state === RUNNING ? 0 : state === READY ? 1 : 2];
    if (state === RUNNING && start <= columns) turns[Math.floor(start)] = 1;
    for (let column = Math.floor(start); column < end; column++) {
      sums[column] += Math.min(end, column + 1) - Math.max(start, column);
    }
  }
  const [running, ready, waiting] = parts;
  const behind = (column) => ready[column] > waiting[column] ? READY : waiting[column] > 0 ? WAITING : ABSENT;
  eachRun(columns, behind, (state, from, to) => {
    drawState(context, state, colour, lanes.gutter + from, top, to - from, height);
  });
  // The height of a column tells in quarters how busy it is: frequent short turns must not look like one long one.
  const busy = (column) => running[column] > 0 || turns[column] ? Math.max(1, Math.min(4, Math.round(running[column] * 4))) : 0;
  eachRun(columns, busy, (quarters, from, to) => {
    const tall = height * Math.max(0.3, quarters / 4);
    drawState(context, RUNNING, colour, lanes.gutter + from, top + height - tall, to - from, tall);
  });
}

/** Calls `visit` with each run of columns that have the same value, and its first and last (exclusive), but for 0. */
function eachRun(columns, value, visit) {
  for (let from = 0, to; from < columns; from = to) {
    const shared = value(from);
    to = from + 1;
    while (to < columns && value(to) === shared) to++;
    if (shared) visit(shared, from, to);
  }
}

/** How a task ended: the sign, and the error's message where there is room. */
function drawEnding(context, end, middle, height, width) {
  const x = lanes.x(player.axis.at(end)), size = Math.min(em * 0.8, height);
  if (x < lanes.gutter || x > width || height < em * 0.35) return;
  const centre = x + em * 0.3 + size / 2 + 2;
  drawEnd(context, events.kind[end], centre, middle, size);
  if (events.kind[end] !== KIND.failed || height < em * 0.9) return;
  context.font = `${em * 0.82}px ${FONT}`;
  context.fillStyle = colours.bad;
  writeText(context, lineOf(end), centre + size, middle, width - centre - size - em * 0.5);
}

/** Round positions along the axis, about as many as wanted. */
function ticks(from, to, wanted) {
  const byTime = player.axis.byTime, rough = (to - from) / Math.max(2, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = [1, 2, 5, 10].map((n) => n * power).find((size) => size >= rough * 0.999);
  if (!byTime) step = Math.max(1, Math.round(step));
  const unit = [[S, "s"], [MS, "ms"], [US, "us"], [1, "ns"]].find(([size]) => step >= size * 0.1) ?? [1, "ns"];
  const digits = Math.max(0, Math.ceil(Math.log10(unit[0] / step) - 1e-9));
  const list = [];
  for (let n = Math.ceil(from / step - 1e-9); n * step <= to; n++) {
    const position = n * step;
    if (byTime) list.push({ position, label: `${(position / unit[0]).toFixed(digits)} ${unit[1]}` });
    else if (position < events.count) list.push({ position: position + 0.5, label: count(position + 1) });
  }
  return list;
}
