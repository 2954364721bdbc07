/**
 * Who is signed in: an access token, kept for this tab only (sessionStorage; gone when the tab closes).
 *
 * Fires `change`. The token's claims are read for display only; the API verifies it and decides.
 */
const KEY = "connector.access-token";

class Session extends EventTarget {
  get token() {
    return sessionStorage.getItem(KEY);
  }

  /** {sub, workspace, isAdmin, label}, or null without a readable token. */
  get person() {
    const claims = claimsOf(this.token);
    if (!claims) return null;
    const roles = wordsOf(claims.roles);
    return {
      sub: String(claims.sub ?? ""),
      workspace: String(claims.workspace ?? ""),
      isAdmin: roles.includes("admin"),
      label: String(claims.name ?? claims.sub ?? ""),
    };
  }

  signIn(token) {
    sessionStorage.setItem(KEY, token);
    this.dispatchEvent(new Event("change"));
  }

  signOut() {
    sessionStorage.removeItem(KEY);
    this.dispatchEvent(new Event("change"));
  }
}

export const session = new Session();

/** The payload of a JWT, or null if the text is none. */
export function claimsOf(token) {
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return claims && typeof claims === "object" ? claims : null;
  } catch {
    return null;
  }
}

function wordsOf(claim) {
  return Array.isArray(claim) ? claim.map(String) : String(claim ?? "").replace(/^\[|\]$/g, "").split(/\s+/);
}
