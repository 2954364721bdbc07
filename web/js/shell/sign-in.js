/**
 * The sign-in strip. On one machine the local stack issues tokens; elsewhere the member brings one from their own
 * identity provider. The token is kept for this tab only.
 */
import { ApiError, post } from "../api/api.js";
import { claimsOf, session } from "../api/session.js";
import { announce } from "../elements/announce.js";
import { busy } from "../elements/busy.js";
import { element, field, fill } from "../elements/element.js";
import { showProblem } from "../elements/problem.js";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

export function showSignIn() {
  const strip = document.getElementById("sign-in");
  const who = document.getElementById("who");
  let form = LOOPBACK.has(location.hostname) ? localForm : tokenForm;
  const change = (next) => {
    form = next;
    draw();
    strip.querySelector("input")?.focus();
  };
  const draw = () => {
    const person = session.person;
    strip.hidden = person !== null;
    fill(strip, !person && form(change));
    fill(who, person && chip(person));
  };
  session.addEventListener("change", draw);
  if (session.token && !session.person) session.signOut();
  draw();
}

function chip(person) {
  const role = person.isAdmin ? "admin" : "member";
  return [
    element(
      "span",
      { class: "person" },
      element("span", { class: "initial", "aria-hidden": "true" }, person.label.slice(0, 1)),
      element("span", { class: "name" }, person.label, element("small", { title: person.workspace }, `${role} · ${person.workspace}`)),
    ),
    element("button", { type: "button", class: "quiet", click: () => session.signOut() }, "Sign out"),
  ];
}

function localForm(change) {
  const name = element("input", { type: "text", name: "sub", value: "ada", required: true, autocomplete: "username" });
  const workspace = element("input", {
    type: "text",
    name: "workspace",
    value: "demo",
    required: true,
    pattern: "[A-Za-z0-9_\\-]{1,64}",
    title: "Letters, digits, _ and -; at most 64",
  });
  const role = element(
    "select",
    { name: "role" },
    element("option", { value: "" }, "Member"),
    element("option", { value: "admin" }, "Admin"),
  );
  const outcome = element("div", {});
  const submit = async (event) => {
    event.preventDefault();
    fill(outcome);
    const wanted = { sub: name.value.trim(), workspace: workspace.value, roles: role.value ? [role.value] : [] };
    try {
      const answer = await busy(outcome, "Signing in…", () => post("/local/token", wanted));
      session.signIn(answer.access_token);
      announce(`Signed in as ${wanted.sub}.`);
    } catch (error) {
      if (error instanceof ApiError && [404, 405].includes(error.problem.status)) change(tokenForm);
      else showProblem(outcome, error);
    }
  };
  return [
    element(
      "form",
      { submit },
      field("Name", name),
      field("Workspace", workspace),
      field("Role", role),
      element("button", { class: "primary" }, "Sign in"),
      element("button", { type: "button", class: "quiet", click: () => change(tokenForm) }, "Use an access token"),
    ),
    outcome,
  ];
}

function tokenForm(change) {
  const token = element("input", { type: "password", name: "token", required: true, autocomplete: "off" });
  const submit = (event) => {
    event.preventDefault();
    const text = token.value.trim().replace(/^Bearer\s+/i, "");
    token.setCustomValidity(claimsOf(text) ? "" : "This is not an access token (JWT).");
    if (!token.reportValidity()) return;
    session.signIn(text);
    announce("Signed in.");
  };
  token.addEventListener("input", () => token.setCustomValidity(""));
  return element(
    "form",
    { submit },
    field("Access token", token, "From your identity provider. Kept in this tab only.", { class: "field wide" }),
    element("button", { class: "primary" }, "Sign in"),
    LOOPBACK.has(location.hostname) &&
      element("button", { type: "button", class: "quiet", click: () => change(localForm) }, "Local sign-in"),
  );
}
