/** What both peers are started with: `--locations N`, and `--db FILE` to keep a journal. */

import { parseArgs } from "node:util";
import { Hunt } from "./hunt.js";

/** The hunt that the command line asks for, with its journal. */
export async function hunt() {
  const { values } = parseArgs({
    options: { locations: { type: "string" }, db: { type: "string" } },
  });
  let journal = null;
  if (values.db !== undefined) {
    const { Journal } = await import("./journal.js");
    journal = new Journal(values.db);
  }
  const end = () => {
    journal?.close();
    process.exit(0);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  return new Hunt(Number(values.locations), journal);
}

/** Say where the server listens, as the benchmark expects it. */
export function announce(name, port) {
  console.log(`${name} listens on http://127.0.0.1:${port}/`);
}
