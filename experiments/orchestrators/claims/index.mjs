import { declarativeImperative } from "./declarative-imperative.mjs";
import { field2016 } from "./field-2016.mjs";
import { blueGreen, chronos, mesos } from "./mesos.mjs";
import { rollingLoad } from "./rolling-load.mjs";
import { scale } from "./scale.mjs";

export const EXPERIMENTS = [field2016, declarativeImperative, scale, mesos, chronos, blueGreen, rollingLoad];
