/** Title search within the chosen space: any part of the title. */
import { path } from "../api/api.js";
import { element, fill } from "../elements/element.js";
import { searchBox } from "../elements/search-box.js";

export function pageSearch(room, { connection, memory, onChoose, isChosen, signal }) {
  fill(
    room,
    searchBox({
      label: "Find a page",
      hint: "Any part of the title.",
      path: path`/connections/${connection.id}/spaces/${memory.space.key}/pages`,
      parameter: "title",
      row: (page) => [
        element("strong", {}, page.title),
        element("small", {}, `Version ${page.version}, changed `, element("time-ago", { datetime: page.updated_at })),
      ],
      onPick: onChoose,
      nothing: "No page of this space has that in its title.",
      group: "page",
      signal,
      isChosen,
    }),
  );
}
