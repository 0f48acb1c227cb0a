/** The claims of the papers, experiment by experiment. */
import { e01 } from "./e01.mjs";
import { e02 } from "./e02.mjs";
import { e03 } from "./e03.mjs";
import { e04 } from "./e04.mjs";
import { e05 } from "./e05.mjs";
import { e06 } from "./e06.mjs";
import { e07 } from "./e07.mjs";
import { e08 } from "./e08.mjs";
import { e09 } from "./e09.mjs";
import { e10 } from "./e10.mjs";
import { e11 } from "./e11.mjs";
import { e24 } from "./e24.mjs";
import { e25Hawk } from "./e25-hawk.mjs";
import { e25Sparrow } from "./e25-sparrow.mjs";
import { e33 } from "./e33.mjs";
import { e34 } from "./e34.mjs";

export const EXPERIMENTS = [e01, e02, e03, e04, e05, e06, e07, e08, e09, e10, e11, e24, e25Sparrow, e25Hawk, e33, e34];
