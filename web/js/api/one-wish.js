/** Idempotency keys: one for one wish, however often it is sent. */

/** Trying the same again repeats the key, so that nothing is made twice; a change is a new one. */
export function keyFor(draft, body) {
  const text = JSON.stringify(body);
  if (draft.sent?.text !== text) draft.sent = { text, key: crypto.randomUUID() };
  return draft.sent.key;
}
