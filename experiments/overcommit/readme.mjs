// Runs the experiments of this folder and writes into README.md what came of the claims; on built code:
//
//     node experiments/overcommit/readme.mjs [--results DIR] [--only e17]... [--workers N]
//     node experiments/overcommit/readme.mjs --ci [--only e17]...
//
// The options are those of ../lib/readme.mjs.
import { writeReadme } from "../lib/readme.mjs";
import { EXPERIMENTS } from "./claims/index.mjs";

await writeReadme(new URL(".", import.meta.url), EXPERIMENTS);
