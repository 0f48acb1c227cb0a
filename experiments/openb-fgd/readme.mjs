// Runs the experiments of this folder and writes into README.md what came of the claims; on built code:
//
//     node experiments/openb-fgd/readme.mjs --set spec.params.data=FOLDER [--results DIR] [--only e27-lists] [--workers N]
//     node experiments/openb-fgd/readme.mjs --set spec.params.data=FOLDER --ci
//
// FOLDER holds the CSV files of the openb trace. The options are those of ../lib/readme.mjs.
import { writeReadme } from "../lib/readme.mjs";
import { EXPERIMENTS } from "./claims/index.mjs";

await writeReadme(new URL(".", import.meta.url), EXPERIMENTS);
