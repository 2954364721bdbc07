/** Consents that ended without a grant, each told apart, each with its way on. Words: the callback's status. */
const AGAIN = "Connect again.";
const OTHERWISE = [
  "Connecting did not finish",
  "Atlassian's answer did not lead to a usable connection. Nothing of yours was changed.",
  "Connect again; if it persists, tell your admin what it says below.",
];
const KNOWN = {
  access_denied: [
    "Consent was not given",
    "Access was not allowed on Atlassian's page. Nothing was connected.",
    "Connect again and allow access, if you want to go on.",
  ],
  consent_blocked: [
    "Consent is not possible",
    "Atlassian ended the consent without granting access. Nothing was connected.",
    "Ask your Atlassian admin whether this app may be used on your site.",
  ],
  no_site: [
    "No Confluence site",
    "That Atlassian account can use no Confluence site with this app. Nothing was connected.",
    "Connect with another account, or ask the site's admin for access.",
  ],
  offline_access_missing: [
    "No lasting access",
    "Atlassian gave access for one hour only, without the right to renew it. Nothing was stored.",
    "Connect again; if it persists, ask your admin to check the Atlassian app's permissions.",
  ],
  scopes_missing: [
    "Too few permissions",
    "Fewer permissions were given than a connection needs at least. Nothing was connected.",
    "Connect again and allow all permissions that are asked for.",
  ],
  other_browser: [
    "Another browser",
    "The consent was begun in another browser, or this one keeps no cookies.",
    "Connect again in one browser, with cookies allowed for this address.",
  ],
  reconnect_required: ["Too late", "Atlassian did not take the consent's code: it was used already or is too old.", AGAIN],
  confluence_unavailable: ["Atlassian does not answer", "Nothing was connected.", "Connect again in a minute."],
  rate_limited: ["Atlassian asks us to slow down", "Nothing was connected.", "Connect again a little later."],
};

export class ConsentFailed extends Error {
  constructor(word) {
    const [title, detail, remedy] = KNOWN[word] ?? OTHERWISE;
    super(detail);
    this.problem = { code: word, title, detail, remedy, status_word: word in KNOWN ? null : word };
  }
}
