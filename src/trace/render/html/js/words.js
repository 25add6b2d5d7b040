// What is seen, said in words for someone who is learning.

const US = 1e3, MS = 1e6, S = 1e9;

/** A duration of so many nanoseconds in few characters: `85 us`, `12.3 ms`, `0.30 s`, `2 min 05 s`. */
function duration(nanos) {
  if (nanos <= 0) return "0 s";
  if (nanos < US) return `${Math.round(nanos)} ns`;
  if (nanos < 9.95 * US) return `${(nanos / US).toFixed(1)} us`;
  if (nanos < 999.5 * US) return `${(nanos / US).toFixed(0)} us`;
  if (nanos < 99.95 * MS) return `${(nanos / MS).toFixed(1)} ms`;
  if (nanos < 59.995 * S) return `${(nanos / S).toFixed(2)} s`;
  const seconds = Math.round(nanos / S), two = (n) => String(n).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds % 3600 / 60))} min`;
}

/** A moment of the run: `0.120 s`, with as many digits as a run of that length needs. */
function moment(nanos) {
  const length = timeAxis.end - timeAxis.start;
  const digits = length >= 100 * S ? 2 : length <= 0 ? 3 : length >= 100 * MS ? 3 : length >= 100 * US ? 6 : 9;
  return `${(nanos / S).toFixed(digits)} s`;
}

const COMMAS = new Intl.NumberFormat("en-US");

function count(number) {
  return COMMAS.format(number);
}

function plural(number, one, many) {
  return number === 1 ? `1 ${one}` : `${count(number)} ${many}`;
}

/** `main`, or `task 2 "bob"`. */
function title(row) {
  return row === undefined || row < 0 ? "the loop" : tasks[row].id === 0 ? "main" : `task ${tasks[row].id} "${tasks[row].name}"`;
}

/** The same for a task's number, which may be of a task that is not here. */
function titleOf(id) {
  return rowOf.has(id) ? title(rowOf.get(id)) : `task ${id}`;
}

function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** ` at line 4`, with the file's name where there are several; "" for no place. */
function place(site, word = " at") {
  if (site < 0) return "";
  const [source, line] = recording.sites[site];
  const file = recording.sources.length > 1 ? ` of ${recording.files[source]}` : "";
  return `${word} line ${line}${file}`;
}

/** What sort of thing is waited for, by the class of the wait. */
const WAITS_ON = {
  timer: "the clock", io: "the world outside", task: "another task", sync: "up to other tasks",
};

/** What a task waits for in a span: `sleep(0.1)`. */
function waitedFor(span) {
  const e = waitOf(span);
  if (e < 0) return "something that began before this recording";
  return lineOf(e) || "something";
}

/** What sort of thing that is, in brackets. */
function sortOfWait(span) {
  const e = waitOf(span), sort = e < 0 ? "" : recording.classes[events.wait[e]];
  if (sort === "yield") return ", which lets all that are ready go first";
  return WAITS_ON[sort] ? ` (${WAITS_ON[sort]})` : "";
}

/** For how long: ` for 0.30 s`; "" where no time goes by. */
function forTime(from, to) {
  const time = timeAxis.at(to) - timeAxis.at(from);
  return time > 0 ? ` for ${duration(time)}` : "";
}

/** Who has the loop just now, and since when, seen from a row that wants it. */
function busyWith(row, e) {
  const runner = e >= 0 ? history.runner[e] : -1;
  if (runner < 0 || runner === row) return "";
  const since = timeAxis.at(spans.from[lastSpanUpTo(runner, e)]);
  return `the loop is busy with ${title(runner)} since ${moment(since)}`;
}

/** What a row does after event e. */
function explainRow(row, e) {
  const who = sentence(title(row)), span = spanAt(row, e);
  if (span < 0) return explainAbsence(row, e);
  const [from, to, state] = [spans.from[span], spans.to[span], spans.state[span]];
  const since = from < 0 ? "from before this recording" : `since ${moment(timeAxis.at(from))}`;
  if (state === RUNNING) return explainRunning(row, span, since);
  if (state === READY) {
    const first = from < 0 || events.kind[from] === KIND.created ? "has not run yet; it is ready" : "is ready";
    const busy = busyWith(row, e) || `its turn comes with the next step of the loop`;
    const waited = forTime(from, to);
    return `${who} ${first} ${since}: ${busy}.${waited ? ` It is kept waiting${waited}.` : ""}`;
  }
  return `${who} waits for ${waitedFor(span)}${sortOfWait(span)}${place(siteOf(row, span))}, ${since}${forTime(from, to)}.`
    + (to < events.count ? ` ${explainWake(to, row)}` : " It still waits when the recording ends.");
}

function explainRunning(row, span, since) {
  const block = spans.blocked.get(span), length = forTime(spans.from[span], spans.to[span]);
  const start = `${sentence(title(row))} runs ${since}${length}.`;
  if (block === undefined) return start;
  const others = history.ready[block];
  const victims = others ? ` ${plural(others, "task was", "tasks were")} ready and had to wait.` : "";
  return `${start} It blocks the loop${place(events.site[block])}: until it awaits, nobody else can run.${victims}`;
}

/** How a wait ends. */
function explainWake(e, row) {
  const at = `at ${moment(events.time[e])}`;
  if (events.kind[e] !== KIND.woken) return `${sentence(kindName(e))} ${at}.`;
  const cause = causeOf(e);
  return cause >= 0 && rowOf.get(cause) !== row ? `It is woken ${at} by ${titleOf(cause)}.` : `It is woken ${at}.`;
}

/** Why a row has no state: it is not there yet, or has ended. */
function explainAbsence(row, e) {
  const who = sentence(title(row)), begin = beginOf(row), end = endOf(row);
  if (begin > e) {
    const by = events.kind[begin] === KIND.created ? causeOf(begin) : -1;
    const spawner = by >= 0 && by !== tasks[row].id ? `: ${titleOf(by)} spawns it` : "";
    return `${who} does not exist yet${spawner} at ${moment(events.time[begin])}${place(events.site[begin], ", in")}.`;
  }
  if (end < 0) return `${who} did not run here.`;
  const at = `at ${moment(events.time[end])}`;
  if (events.kind[end] === KIND.failed) return `${who} failed ${at}: ${lineOf(end)}`;
  return `${who} ${events.kind[end] === KIND.cancelled ? "was cancelled" : "has finished"} ${at}.`;
}

function kindName(e) {
  return recording.kinds[events.kind[e]];
}

/** What an event means. */
function explainEvent(e) {
  const explain = EXPLAIN[kindName(e)];
  const row = events.row[e], who = sentence(title(row));
  return explain ? explain(e, row, who) : `${who}: ${kindName(e)}.`;
}

const EXPLAIN = {
  created(e, row, who) {
    const by = causeOf(e);
    if (by < 0 || by === tasks[row].id) return `The run begins with ${title(row)}.`;
    return `${sentence(titleOf(by))} spawns ${title(row)}${place(events.site[e], " in")}. It is ready, and first runs when its turn comes.`;
  },
  started(e, row, who) {
    return `${who} gets the loop, and runs for the first time.`;
  },
  resumed(e, row, who) {
    const span = lastSpanUpTo(row, e), ready = span - 1, wait = span - 2;
    const late = ready >= spans.start[row] && spans.state[ready] === READY ? forTime(spans.from[ready], e) : "";
    const from = wait >= spans.start[row] && spans.state[wait] === WAITING ? place(siteOf(row, wait), " in") : "";
    return `${who} has the loop again, and goes on after its await${from}.${late ? ` It was ready${late} before it got it.` : ""}`;
  },
  suspended(e, row, who) {
    const span = lastSpanUpTo(row, e);
    return `${who} awaits ${waitedFor(span)}${sortOfWait(span)}${place(events.site[e], " in")}, and gives the loop back.`;
  },
  woken(e, row, who) {
    const by = causeOf(e), busy = busyWith(row, e);
    const wait = lastSpanUpTo(row, e - 1);
    const what = wait >= 0 && spans.state[wait] === WAITING && waitOf(wait) >= 0 ? `, ${waitedFor(wait)},` : "";
    const came = by >= 0 && by !== tasks[row].id ? `${sentence(titleOf(by))} wakes ${title(row)}` : `What ${title(row)} waited for${what} has come`;
    return `${came}: it is ready${busy ? `, but ${busy}` : ""}.`;
  },
  finished(e, row, who) {
    return `${who} is done${lifeOf(row, e)}.`;
  },
  failed(e, row, who) {
    return `${who} fails: ${lineOf(e)}`;
  },
  cancelled(e, row, who) {
    return `${who} is cancelled${lifeOf(row, e)}.`;
  },
  printed(e, row, who) {
    return `${who} prints: ${lineOf(e)}`;
  },
  blocked(e, row, who) {
    const others = history.ready[e], time = duration(events.detail[e] * MS);
    const victims = others ? `${plural(others, "task was", "tasks were")} ready and had to wait` : "nobody else could run";
    return `${who} kept the loop for ${time} without an await${place(events.site[e], " in")}: ${victims}.`;
  },
};

/** How long a task lived: `, 0.30 s after it was spawned`. */
function lifeOf(row, e) {
  const begin = beginOf(row), time = events.time[e] - events.time[begin];
  return events.kind[begin] === KIND.created && time > 0 && tasks[row].id !== 0 ? `, ${duration(time)} after it was spawned` : "";
}

/** What a list says of an event beside its kind. */
function aboutEvent(e) {
  const cause = causeOf(e);
  switch (kindName(e)) {
    case "blocked": return `${duration(events.detail[e] * MS)}${place(events.site[e])}`;
    case "created": return cause >= 0 && cause !== events.task[e] ? `by ${titleOf(cause)}` : "";
    case "woken": return cause >= 0 && cause !== events.task[e] ? `by ${titleOf(cause)}` : "";
    default: return lineOf(e);
  }
}
