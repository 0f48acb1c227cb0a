/** The claims about the FGD study, experiment by experiment. */
import { e27 } from "./e27.mjs";
import { e27Lists } from "./e27-lists.mjs";

export const EXPERIMENTS = [e27, e27Lists];
