/** The claims about Borg, experiment by experiment. */
import { e12 } from "./e12.mjs";
import { e13 } from "./e13.mjs";
import { e14 } from "./e14.mjs";
import { e15 } from "./e15.mjs";
import { e16 } from "./e16.mjs";
import { e19 } from "./e19.mjs";
import { e20, e20Packing } from "./e20.mjs";
import { e22 } from "./e22.mjs";
import { e30 } from "./e30.mjs";

export const EXPERIMENTS = [e12, e13, e14, e15, e16, e19, e20, e20Packing, e22, e30];
