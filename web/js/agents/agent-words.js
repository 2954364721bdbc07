/** An agent's rights in words: groups, levels, profiles; and what became of its calls and approvals. */
export const GROUPS = {
  pages: ["Pages", "Pages and blog posts, their comments and labels"],
  spaces: ["Spaces", "Spaces and their settings"],
  search: ["Search", "Read only, whatever is set"],
  attachments: ["Attachments", "Files on pages"],
  users: ["Users", "Read only, whatever is set"],
};
export const READ_ONLY_BY_DESIGN = new Set(["search", "users"]);
export const LEVELS = { disabled: "Disabled", read: "Read only", read_write: "Read and write" };
export const PROFILES = {
  read_only: "Read Only",
  search_only: "Search Only",
  documentation_manager: "Documentation Manager",
  full_access: "Full Access",
};

export const profileName = (profile) => PROFILES[profile] ?? "Customised";

/** [words, tone] */
export const APPROVAL_STATES = {
  pending: ["Waiting", "warn"],
  approved: ["Approved, being sent", "accent"],
  executing: ["Being sent", "accent"],
  executed: ["Done", "good"],
  failed: ["Failed", "bad"],
  outcome_unknown: ["Outcome unknown", "warn"],
  rejected: ["Rejected", ""],
  expired: ["Expired", ""],
};
export const VERDICTS = {
  allowed: ["Allowed", "good"],
  needs_approval: ["Waits for approval", "warn"],
  refused: ["Refused", "bad"],
};
