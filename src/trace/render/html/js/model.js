// The recording as flat arrays, and the questions that the views ask of it. Nothing here touches the page.

const recording = JSON.parse(document.getElementById("recording").textContent);

/** Numbers of kinds of events by name; a kind that this page does not know is shown, and changes no state. */
const KIND = Object.fromEntries(recording.kinds.map((name, number) => [name, number]));
const ABSENT = 0, READY = 1, RUNNING = 2, WAITING = 3;
const FIELDS = 5;

const AFTER = new Map([
  [KIND.created, READY], [KIND.woken, READY], [KIND.started, RUNNING], [KIND.resumed, RUNNING],
  [KIND.suspended, WAITING], [KIND.finished, ABSENT], [KIND.failed, ABSENT], [KIND.cancelled, ABSENT],
]);
/** What a task must have been doing before its first event, where that is not its beginning. */
const BEFORE = new Map([[KIND.woken, WAITING], [KIND.cancelled, WAITING], [KIND.resumed, READY]]);

/** Events by number, in the order of time. */
const events = decodeEvents(recording.events, recording.start);
/** Tasks by row, in the order of their numbers. */
const tasks = recording.tasks.map(([id, name, site]) => ({ id, name: recording.texts[name], site }));
const rowOf = new Map(tasks.map((task, row) => [task.id, row]));
for (let e = 0; e < events.count; e++) events.row[e] = rowOf.get(events.task[e]);
const ofRow = groupByRow();
const spans = buildSpans();
const history = buildHistory();

function decodeEvents(flat, start) {
  const count = flat.length / FIELDS;
  const list = {
    count,
    time: new Float64Array(count), task: new Float64Array(count), row: new Int32Array(count),
    kind: new Uint8Array(count), wait: new Uint8Array(count),
    detail: new Float64Array(count), site: new Int32Array(count),
  };
  let time = start;
  for (let e = 0, at = 0; e < count; e++, at += FIELDS) {
    time += flat[at];
    list.time[e] = time;
    list.task[e] = flat[at + 1];
    list.kind[e] = flat[at + 2] >> 3;
    list.wait[e] = flat[at + 2] & 7;
    list.detail[e] = flat[at + 3];
    list.site[e] = flat[at + 4];
  }
  recording.events = null;
  return list;
}

/** The events of each row: those of row r are list[start[r]] to list[start[r + 1] - 1]. */
function groupByRow() {
  const start = new Int32Array(tasks.length + 1);
  for (let e = 0; e < events.count; e++) start[events.row[e] + 1]++;
  for (let row = 0; row < tasks.length; row++) start[row + 1] += start[row];
  const list = new Int32Array(events.count), next = start.slice();
  for (let e = 0; e < events.count; e++) list[next[events.row[e]]++] = e;
  return { start, list };
}

/** What each row did from which event (-1: from the beginning) to which (count: to the end). */
function buildSpans() {
  const size = events.count + tasks.length;
  const built = {
    start: new Int32Array(tasks.length + 1),
    from: new Int32Array(size), to: new Int32Array(size), state: new Uint8Array(size),
    blocked: new Map(),
  };
  let used = 0;
  const open = (from, state) => {
    [built.from[used], built.to[used], built.state[used]] = [from, events.count, state];
    used++;
  };
  for (let row = 0; row < tasks.length; row++) {
    built.start[row] = used;
    let isOpen = false;
    for (let at = ofRow.start[row]; at < ofRow.start[row + 1]; at++) {
      const e = ofRow.list[at], kind = events.kind[e], state = AFTER.get(kind);
      if (at === ofRow.start[row] && kind !== KIND.created && kind !== KIND.started) {
        open(-1, BEFORE.get(kind) ?? RUNNING);
        isOpen = true;
      }
      if (kind === KIND.blocked && isOpen) built.blocked.set(used - 1, e);
      if (state === undefined) continue;
      if (isOpen) built.to[used - 1] = e;
      isOpen = state !== ABSENT;
      if (isOpen) open(e, state);
    }
  }
  built.start[tasks.length] = used;
  return built;
}

/** After each event: how many tasks are in which state, which row runs; and the turns in the order of time. */
function buildHistory() {
  const { count } = events;
  const built = {
    ready: new Int32Array(count), waiting: new Int32Array(count), runner: new Int32Array(count),
    finished: new Int32Array(count), failed: new Int32Array(count), cancelled: new Int32Array(count),
    turnFrom: [], turnTo: [], turnRow: [], prints: [], notable: [],
  };
  const state = new Uint8Array(tasks.length), numbers = [0, 0, 0, 0], ends = new Map();
  let runner = -1;
  for (let row = 0; row < tasks.length; row++) {
    const first = spans.start[row];
    if (first === spans.start[row + 1] || spans.from[first] >= 0) continue;
    state[row] = spans.state[first];
    numbers[state[row]]++;
    if (state[row] === RUNNING) runner = row;
  }
  if (runner >= 0) beginTurn(built, -1, runner);
  for (let e = 0; e < count; e++) {
    const row = events.row[e], kind = events.kind[e], next = AFTER.get(kind);
    if (kind === KIND.printed) built.prints.push(e);
    if (kind === KIND.failed || kind === KIND.blocked || kind === KIND.cancelled) built.notable.push(e);
    if (next !== undefined) {
      numbers[state[row]]--;
      numbers[next]++;
      state[row] = next;
      if (next === ABSENT) ends.set(kind, (ends.get(kind) ?? 0) + 1);
      if (next === RUNNING || runner === row) {
        if (runner >= 0) built.turnTo[built.turnTo.length - 1] = e;
        runner = next === RUNNING ? row : -1;
        if (runner >= 0) beginTurn(built, e, runner);
      }
    }
    built.runner[e] = runner;
    [built.ready[e], built.waiting[e]] = [numbers[READY], numbers[WAITING]];
    built.finished[e] = ends.get(KIND.finished) ?? 0;
    built.failed[e] = ends.get(KIND.failed) ?? 0;
    built.cancelled[e] = ends.get(KIND.cancelled) ?? 0;
  }
  return built;
}

function beginTurn(built, from, row) {
  built.turnFrom.push(from);
  built.turnTo.push(events.count);
  built.turnRow.push(row);
}

/** The last index in low..high (exclusive) for which `holds`, which is true up to some point; low - 1 if none. */
function lastWhere(low, high, holds) {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1; else high = middle;
  }
  return low - 1;
}

/** The span in which a row is after event e; -1 if it is not there yet or has ended. */
function spanAt(row, e) {
  const span = lastSpanUpTo(row, e);
  return span >= 0 && spans.to[span] > e ? span : -1;
}

/** The last span of a row that has begun after event e, ended or not; -1 if none has. */
function lastSpanUpTo(row, e) {
  const first = spans.start[row];
  const span = lastWhere(first, spans.start[row + 1], (s) => spans.from[s] <= e);
  return span >= first ? span : -1;
}

/** The event of a row's end, or -1. */
function endOf(row) {
  for (let at = ofRow.start[row + 1] - 1; at >= ofRow.start[row]; at--) {
    const state = AFTER.get(events.kind[ofRow.list[at]]);
    if (state !== undefined) return state === ABSENT ? ofRow.list[at] : -1;
  }
  return -1;
}

/** The event with which a row begins: its creation, or its first one here. */
function beginOf(row) {
  return ofRow.list[ofRow.start[row]];
}

/** Where in the source a row is in a span: a site, or -1. */
function siteOf(row, span) {
  const state = spans.state[span];
  if (spans.blocked.has(span)) return events.site[spans.blocked.get(span)];
  if (state === WAITING) return spans.from[span] >= 0 ? events.site[spans.from[span]] : -1;
  const isWait = (s) => spans.state[s] === WAITING && spans.from[s] >= 0;
  for (let s = span - 1; s >= Math.max(spans.start[row], span - 2); s--) {
    if (isWait(s)) return events.site[spans.from[s]];
  }
  const next = span + 1;
  if (state === RUNNING && next < spans.start[row + 1] && isWait(next)) return events.site[spans.from[next]];
  return tasks[row].site;
}

/** The event about what a wait is for: the one with which the span begins, or -1. */
function waitOf(span) {
  const from = spans.from[span];
  return from >= 0 && events.kind[from] === KIND.suspended ? from : -1;
}

/** The text of an event: what is waited for, printed, or the error's message; "" if there is none. */
function textOf(e) {
  const kind = events.kind[e];
  const has = kind === KIND.suspended || kind === KIND.printed || kind === KIND.failed;
  return has && events.detail[e] >= 0 ? recording.texts[events.detail[e]] : "";
}

/** The same in one line. */
function lineOf(e) {
  return textOf(e).replaceAll("\n", "⏎");
}

/** The number of the task that caused an event (it spawned or woke), or -1. */
function causeOf(e) {
  const kind = events.kind[e];
  return kind === KIND.created || kind === KIND.woken ? events.detail[e] : -1;
}

/** Positions along time, in nanoseconds, or along steps, one an event. */
const timeAxis = {
  byTime: true,
  start: events.count ? events.time[0] : 0,
  end: events.count ? events.time[events.count - 1] : 0,
  at(e) {
    return e < 0 ? this.start : e >= events.count ? this.end : events.time[e];
  },
  /** The last event at or before a position. */
  eventAt(position) {
    return Math.max(0, lastWhere(0, events.count, (e) => events.time[e] <= position));
  },
  /** Where the playhead stands when event e is the last that has happened. */
  headAt(e) {
    return this.at(e);
  },
};
const stepAxis = {
  byTime: false,
  start: 0,
  end: events.count,
  at(e) {
    return Math.min(Math.max(e, 0), events.count);
  },
  eventAt(position) {
    return Math.min(Math.max(Math.floor(position), 0), events.count - 1);
  },
  headAt(e) {
    return e + 0.5;
  },
};
