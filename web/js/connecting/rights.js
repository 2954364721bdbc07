/** What the member may do with a connection. For the look of things only: the API decides. */
import { session } from "../api/session.js";

const READS = new Set(["connected", "limited"]);

export const isMine = ({ owner, owner_id: of }) => owner === "user" && of === session.person?.sub;

/** Find, import and refresh with it: one's own, or the workspace's; never somebody else's, admin or not. */
export const mayUse = (connection) => READS.has(connection.status) && (connection.owner === "workspace" || isMine(connection));

/** Find pages and import them with it. */
export const importsWith = (connection) => mayUse(connection) && connection.site !== null && connection.purposes.includes("link");

/** Reconnect it and choose its site. */
export const mayManage = (connection) => (connection.owner === "workspace" ? isAdmin() : isMine(connection));

export const mayDisconnect = (connection) => isAdmin() || isMine(connection);

const isAdmin = () => session.person?.isAdmin ?? false;
