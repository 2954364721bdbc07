/** Looking again while something is under way, for as long as somebody looks at it. */
const LOOK_MS = 2000;

/**
 * Answers a function that looks now. `look()` draws what there is and answers whether it is to be looked at again: then
 * it is, every two seconds. A tab in the background asks for nothing; an abort of `signal` ends it.
 */
export function watch(signal, look) {
  let timer = null;
  const now = async () => {
    clearTimeout(timer);
    const again = await look();
    clearTimeout(timer);
    if (again && !signal.aborted) timer = setTimeout(later, LOOK_MS);
  };
  const later = () => {
    if (document.visibilityState === "visible") now();
    else document.addEventListener("visibilitychange", () => signal.aborted || now(), { once: true });
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  return now;
}
