/** The claims about overcommit, experiment by experiment. */
import { containersVms } from "./containers-vms.mjs";
import { e17 } from "./e17.mjs";
import { e18 } from "./e18.mjs";
import { e21 } from "./e21.mjs";
import { e23 } from "./e23.mjs";
import { e28 } from "./e28.mjs";
import { e29 } from "./e29.mjs";
import { requestsAgainstLimits } from "./requests-against-limits.mjs";
import { restartStorm } from "./restart-storm.mjs";

export const EXPERIMENTS = [e17, e18, e21, e23, e28, e29, requestsAgainstLimits, containersVms, restartStorm];
