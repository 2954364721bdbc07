/** All there is of something, read to its end before it is shown. */
import { getAll } from "../api/api.js";
import { busy } from "./busy.js";
import { fill } from "./element.js";
import { showProblem } from "./problem.js";

/** `draw(items)`: what shows them; `none()`: what stands there while there are none. `reading`: said meanwhile. */
export async function showAll(place, address, { reading, draw, none, signal }) {
  try {
    const items = await busy(place, reading, () => getAll(address, { signal }));
    fill(place, items.length > 0 ? draw(items) : none());
  } catch (error) {
    showProblem(place, error, { retry: () => showAll(fill(place), address, { reading, draw, none, signal }) });
  }
}
