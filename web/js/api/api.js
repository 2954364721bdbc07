/** The connector's API: one way to call it, one error for everything that goes wrong. */
import { session } from "./session.js";

const BASE = document.querySelector('meta[name="connector-api"]').content.replace(/\/$/, "");

/** An answer that is not a success. `problem` has the API's members: title, detail, remedy, code, request_id, … */
export class ApiError extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }

  get code() {
    return this.problem.code;
  }
}

/**
 * Calls the API. Answers `{data, etag, next}`; raises ApiError. `next`: the cursor that the answer's `Link` leads on with.
 *
 * An aborted call raises the signal's AbortError: its view is gone and nobody wants to hear of it.
 */
export async function call(method, path, { body, headers = {}, query = {}, signal } = {}) {
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null && value !== ""));
  const address = BASE + path + (search.size ? `?${search}` : "");
  const sent = { accept: "application/json", ...headers };
  if (session.token) sent.authorization = `Bearer ${session.token}`;
  if (body !== undefined) sent["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(address, {
      method,
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      credentials: "omit",
      cache: "no-store",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(UNREACHABLE);
  }
  const data = await readBody(response);
  signal?.throwIfAborted();
  if (!response.ok) throw new ApiError(problemOf(response, data));
  return { data, etag: response.headers.get("etag"), next: cursorOf(response.headers.get("link")) };
}

export const get = async (path, options) => (await call("GET", path, options)).data;
export const post = async (path, body, options) => (await call("POST", path, { ...options, body })).data;
export const put = async (path, body, options) => (await call("PUT", path, { ...options, body })).data;
export const patch = async (path, body, options) => (await call("PATCH", path, { ...options, body })).data;
export const remove = async (path, options) => (await call("DELETE", path, options)).data;

/** All items of a list, cursor by cursor. `onMore(count)` is told how many there are so far. */
export async function getAll(path, { query = {}, onMore, ...options } = {}) {
  const items = [];
  let cursor = null;
  do {
    const answer = await get(path, { ...options, query: { limit: 200, ...query, cursor } });
    items.push(...answer.items);
    cursor = answer.next;
    onMore?.(items.length);
  } while (cursor);
  return items;
}

/** An export in JSON lines, to its end, as one text. `onMore(count)` is told how many lines there are so far. */
export async function getLines(path, { query = {}, onMore, ...options } = {}) {
  let text = "";
  let cursor = null;
  let count = 0;
  do {
    const answer = await call("GET", path, { ...options, query: { format: "jsonl", ...query, cursor } });
    text += answer.data;
    count += answer.data.split("\n").length - 1;
    cursor = answer.next;
    onMore?.(count);
  } while (cursor);
  return { text, count };
}

/** The whole address of a path, for people to copy. */
export const addressOf = (path) => new URL(BASE + path, location.origin).href;

/** A path with its ids escaped, the API's or the console's: path`/connections/${id}`, path`#/agents/${id}`. */
export function path(strings, ...values) {
  return String.raw({ raw: strings }, ...values.map(encodeURIComponent));
}

const LINES = "application/x-ndjson";

async function readBody(response) {
  try {
    const lines = response.ok && response.headers.get("content-type")?.startsWith(LINES);
    return await (lines ? response.text() : response.json());
  } catch {
    return null;
  }
}

/** Of `<…?cursor=…>; rel="next"`; null without one. */
function cursorOf(link) {
  const address = /<([^>]*)>;\s*rel="next"/.exec(link ?? "")?.[1];
  return address ? new URL(address, location.origin).searchParams.get("cursor") : null;
}

/** The problem of a refusal; also where something before the API answered, in another shape. */
function problemOf(response, data) {
  if (data && typeof data.code === "string") return data;
  const known = response.status === 401 ? UNAUTHENTICATED : { ...UNCLEAR, status: response.status };
  return { ...known, request_id: response.headers.get("apigw-requestid") };
}

const UNREACHABLE = {
  code: "unreachable",
  status: 0,
  title: "No answer",
  detail: "The connector could not be reached.",
  remedy: "Check your network and try again.",
};
const UNAUTHENTICATED = {
  code: "unauthenticated",
  status: 401,
  title: "Not signed in",
  detail: "Your sign-in is missing, has expired, or is not accepted here.",
  remedy: "Sign in again.",
};
const UNCLEAR = {
  code: "unclear_answer",
  title: "Unexpected answer",
  detail: "The connector answered something that the console does not understand.",
  remedy: "Try again; if it persists, give your admin the request id.",
};
