// The moment that is shown, and how it moves.

/** A replay takes about so many seconds at speed 1: half of them for the events, half for the time between. */
const REPLAY_SECONDS = 24;
const MAX_DWELL = 0.45;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");

const player = {
  axis: timeAxis.end > timeAxis.start ? timeAxis : stepAxis,
  /** The last event that has happened. */
  event: 0,
  /** Where the playhead stands on the axis. */
  position: 0,
  playing: false,
  speed: 1,
  /** Seconds for which it still rests at its event. */
  rest: 0,
  listeners: [],

  /** Seconds that a unit of the axis takes at speed 1. */
  secondsPerUnit() {
    const length = this.axis.end - this.axis.start;
    return length > 0 && this.axis.byTime ? REPLAY_SECONDS / 2 / length : 0;
  },

  /** Seconds that the replay rests at each event at speed 1. */
  dwell() {
    return Math.min(MAX_DWELL, REPLAY_SECONDS / (this.axis.byTime ? 2 : 1) / Math.max(1, events.count));
  },

  /** Shows the moment just after event e. */
  toEvent(e) {
    const event = Math.min(Math.max(e, 0), events.count - 1);
    this.show(event, this.axis.headAt(event));
  },

  /** Shows what there was at a position. */
  toPosition(position) {
    const at = Math.min(Math.max(position, this.axis.start), this.axis.end);
    this.show(this.axis.eventAt(at), at);
  },

  show(event, position) {
    const moved = event !== this.event;
    [this.event, this.position] = [event, position];
    for (const listener of this.listeners) listener(moved);
  },

  setAxis(axis) {
    this.axis = axis;
    this.rest = 0;
    this.toEvent(this.event);
  },

  isAtEnd() {
    return this.event >= events.count - 1;
  },

  play() {
    if (events.count === 0) return;
    if (this.isAtEnd()) this.toEvent(0);
    this.playing = true;
    this.rest = this.dwell();
    let last = performance.now();
    const frame = (now) => {
      if (!this.playing) return;
      // A page that was in the background goes on where it was.
      this.advance(Math.min(Math.max(0, now - last), 250) / 1000);
      last = now;
      if (this.isAtEnd()) this.pause(); else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    this.show(this.event, this.position);
  },

  pause() {
    this.playing = false;
    this.show(this.event, this.position);
  },

  toggle() {
    if (this.playing) this.pause(); else this.play();
  },

  /** Goes on by so many seconds of the replay: it rests at each event, and crosses the time between them. */
  advance(seconds) {
    let left = seconds * this.speed, { event, position } = this;
    const perUnit = this.secondsPerUnit(), dwell = this.dwell();
    while (left > 0 && event < events.count - 1) {
      const rested = Math.min(left, this.rest);
      this.rest -= rested;
      left -= rested;
      if (this.rest > 1e-9) break;
      const next = this.axis.headAt(event + 1), way = Math.max(0, next - position) * perUnit;
      if (way > left) {
        position += left / perUnit;
        break;
      }
      left -= way;
      event++;
      [position, this.rest] = [next, dwell];
    }
    const jumps = stillness.matches && event === this.event;
    if (jumps) this.position = position; else this.show(event, position);
  },

  /** How much of the run goes by in a second of the replay, in words. */
  pace() {
    const perUnit = this.secondsPerUnit();
    if (perUnit === 0) return `${count(Number((this.speed / this.dwell()).toPrecision(2)))} events/s`;
    return `${duration(this.speed / perUnit)} per second`;
  },
};
