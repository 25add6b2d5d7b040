// The source, with the tasks beside the lines that they are at.

const WORDS = new Set(("async await break case catch const continue do else export false fn for global if import in let "
  + "loop private return spawn switch this throw true try until while").split(" "));
const TOKEN = /(\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|("(?:[^"\\\n]|\\.)*"?|`[^`]*`?|'(?:[^'\\\n]|\\.)*'?)|(\b\d[\w.]*)|([A-Za-z_]\w*)(?=(\s*\()?)|[\s\S]/g;
/** Tasks named at a line; the others are counted. */
const MOST_NAMES = 2;

const source = {
  shown: -1,
  /** For each source, its lines as lists of [class, text]. */
  lines: recording.sources.map(() => null),
  /** Sites by the number of their text: which source, if it is here. */
  indexOf: new Map(recording.sources.map(({ name }, index) => [name, index])),
  /** The tasks at each line of the source that is shown. */
  here: new Map(),

  linesOf(index) {
    this.lines[index] ??= highlighted(recording.sources[index].text);
    return this.lines[index];
  },

  /** Which source a site is in, or -1. */
  of(site) {
    return site < 0 ? -1 : this.indexOf.get(recording.files[recording.sites[site][0]]) ?? -1;
  },

  open(index) {
    if (index === this.shown || index < 0) return;
    this.shown = index;
    $("source-pick").value = String(index);
    sourceList.reset(this.linesOf(index).length);
  },
};

/** A text as lines of pieces with classes, roughly as Rhai sees them. */
function highlighted(text) {
  const lines = [[]];
  const add = (name, piece) => {
    piece.split("\n").forEach((part, n) => {
      if (n > 0) lines.push([]);
      const line = lines[lines.length - 1], last = line[line.length - 1];
      if (!part) return;
      if (last && last[0] === name) last[1] += part; else line.push([name, part]);
    });
  };
  for (const [whole, comment, string, number, word, call] of text.matchAll(TOKEN)) {
    const isStep = word === "await" || word === "async" || word === "spawn";
    if (comment) add("comment", whole);
    else if (string) add("string", whole);
    else if (number) add("number", whole);
    else if (word) add(isStep ? "step" : WORDS.has(word) ? "word" : call ? "call" : "", whole);
    else add("", whole);
  }
  if (lines.length > 1 && lines[lines.length - 1].length === 0) lines.pop();
  return lines;
}

const sourceList = new List($("source"), (row, n) => {
  row.append(element("span", "line-number", String(n + 1)));
  const code = element("code");
  for (const [name, text] of source.linesOf(source.shown)[n]) code.append(element("span", name, text));
  row.append(code, element("span", "at-line"));
  markLine(row, n);
});

/** Puts the tasks at a line beside it. */
function markLine(row, n) {
  const at = source.here.get(n + 1) ?? [], marks = row.lastChild;
  row.classList.toggle("running", at.some(({ state }) => state === RUNNING));
  row.classList.toggle("occupied", at.length > 0);
  const key = at.map(({ row: task, state }) => `${task}:${state}`).join(" ");
  if (marks.dataset.key === key) return;
  marks.dataset.key = key;
  marks.replaceChildren();
  for (const { row: task, state } of at.slice(0, MOST_NAMES)) {
    const pill = chip(task);
    pill.classList.add(STATES[state]);
    pill.title = explainRow(task, player.event);
    pill.addEventListener("click", () => select(task));
    marks.append(pill);
  }
  if (at.length > MOST_NAMES) marks.append(element("span", "more", `+${count(at.length - MOST_NAMES)}`));
  const running = at.find(({ state }) => state === RUNNING) ?? at[0];
  row.style.setProperty("--task", running ? taskColour(running.row) : "transparent");
}

/** Where each task is at this moment, and the line of the event in view. */
function drawSource() {
  if (recording.sources.length === 0) return;
  const e = player.event, row = events.row[e];
  const focus = lanes.selected >= 0 ? lanes.selected : row;
  const span = spanAt(focus, e);
  const site = events.site[e] >= 0 && focus === row ? events.site[e] : span >= 0 ? siteOf(focus, span) : -1;
  source.open(source.of(site) >= 0 ? source.of(site) : Math.max(source.shown, 0));
  source.here = tasksByLine(e);
  sourceList.each(markLine);
  if (source.of(site) === source.shown) sourceList.reveal(recording.sites[site][1] - 1);
}

/** The tasks at each line of the source that is shown; those that run first. */
function tasksByLine(e) {
  const lines = new Map(), known = new Map();
  for (let row = 0; row < tasks.length; row++) {
    const span = spanAt(row, e);
    if (span < 0) continue;
    const site = siteOf(row, span);
    if (!known.has(site)) known.set(site, source.of(site) === source.shown ? recording.sites[site][1] : 0);
    const line = known.get(site);
    if (line === 0) continue;
    if (!lines.has(line)) lines.set(line, []);
    lines.get(line).push({ row, state: spans.state[span] });
  }
  const order = { [RUNNING]: 0, [READY]: 1, [WAITING]: 2 };
  for (const at of lines.values()) at.sort((a, b) => order[a.state] - order[b.state]);
  return lines;
}
