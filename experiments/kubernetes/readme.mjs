// Runs the experiments of this folder that make claims and writes into README.md what came of them; on built code:
//
//     node experiments/kubernetes/readme.mjs [--results DIR] [--only node-failure]... [--workers N]
//     node experiments/kubernetes/readme.mjs --ci [--only node-failure]...
//
// The options are those of ../lib/readme.mjs.
import { writeReadme } from "../lib/readme.mjs";
import { EXPERIMENTS } from "./claims/index.mjs";

await writeReadme(new URL(".", import.meta.url), EXPERIMENTS);
