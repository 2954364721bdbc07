/** What a connection can be for, as the API names it and as people say it. */
export const PURPOSES = {
  link: ["Finding and importing pages", "Reads spaces and pages. Writes nothing."],
  sync: ["Space sync", "Reads labels, attachments' names, authors and search as well. Writes nothing."],
  agent_read: ["Agents that read", "Reads all that agents may be allowed to read."],
  agent_write: ["Agents that write", "Changes pages, comments, labels, files and spaces, as far as each agent's rights go."],
  jira: ["Jira", "Reads and writes issues in Jira, for the pages that synchronizers look after."],
};

/** What an account of the workspace is asked to consent to for each use, and what a member's own may be. */
export const FOR_LINKS = ["link"];
export const FOR_SYNC = ["link", "sync"];
export const FOR_READING_AGENTS = ["agent_read"];
export const FOR_WRITING_AGENTS = ["agent_read", "agent_write"];
export const FOR_JIRA = ["link", "jira"];

export const servesAgents = ({ purposes }) => purposes.includes("agent_read") || purposes.includes("agent_write");

export const purposeWords = (purposes) => Object.keys(PURPOSES).filter((each) => purposes.includes(each)).map((each) => PURPOSES[each][0]);
