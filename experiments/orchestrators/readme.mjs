// Runs the experiments of this folder and writes into README.md what came of the claims, and the table of field-2016; on built code:
//
//     node experiments/orchestrators/readme.mjs [--results DIR] [--only field-2016]... [--workers N]
//     node experiments/orchestrators/readme.mjs --ci [--only field-2016]...
//
// The options are those of ../lib/readme.mjs.
import { writeReadme } from "../lib/readme.mjs";
import { EXPERIMENTS } from "./claims/index.mjs";

await writeReadme(new URL(".", import.meta.url), EXPERIMENTS);
