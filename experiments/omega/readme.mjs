// Runs the experiments of this folder and writes into README.md what came of the papers' claims; on built code:
//
//     node experiments/omega/readme.mjs [--results DIR] [--only e04]... [--workers N]
//     node experiments/omega/readme.mjs --ci [--only e04]...
//
// The options are those of ../lib/readme.mjs.
import { writeReadme } from "../lib/readme.mjs";
import { EXPERIMENTS } from "./claims/index.mjs";

await writeReadme(new URL(".", import.meta.url), EXPERIMENTS);
