/** Times as people say them; the exact one is always there as well. */
const DAY = new Intl.DateTimeFormat("en", { dateStyle: "medium" });
const EXACT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

export const dayOf = (text) => DAY.format(new Date(text));

/** Whole days from now until `text`; negative when it has passed. */
export const daysUntil = (text) => Math.floor((new Date(text) - Date.now()) / 86400000);

/** "3 minutes ago", "just now", "in 2 days". */
export function relative(text) {
  const seconds = (new Date(text) - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? [];
  return unit ? RELATIVE.format(Math.trunc(seconds / size), unit) : "just now";
}

/** <time-ago datetime="…">: a relative time that stays true while it is on the page. */
class TimeAgo extends HTMLElement {
  connectedCallback() {
    this.title = EXACT.format(new Date(this.getAttribute("datetime")));
    this.say();
    this.timer = setInterval(() => this.say(), 20_000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  say() {
    this.textContent = relative(this.getAttribute("datetime"));
  }
}

customElements.define("time-ago", TimeAgo);
