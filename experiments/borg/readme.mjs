// Runs the experiments of this folder and writes into README.md what came of the claims; on built code:
//
//     node experiments/borg/readme.mjs [--results DIR] [--only e13]... [--workers N]
//     node experiments/borg/readme.mjs --ci [--only e13]...
//
// The options are those of ../lib/readme.mjs.
import { writeReadme } from "../lib/readme.mjs";
import { EXPERIMENTS } from "./claims/index.mjs";

await writeReadme(new URL(".", import.meta.url), EXPERIMENTS);
