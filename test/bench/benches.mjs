/** The benches by name; each yields figures {name, value, unit} as they are measured. */
import { borg } from "./borg.mjs";
import { compaction } from "./compaction.mjs";
import { control } from "./control-week.mjs";
import { cycle } from "./cycle.mjs";
import { fgd } from "./fgd.mjs";
import { kube } from "./kube.mjs";
import { nodeDivision } from "./node-division.mjs";
import { nodeMachine } from "./node-machine.mjs";
import { omega } from "./omega.mjs";
import { peers } from "./peers.mjs";
import { queue } from "./queue.mjs";
import { help, memory, openb, simulation } from "./simulations.mjs";

function* node() {
	yield* nodeDivision();
	yield* nodeMachine();
}

export const BENCHES = {
	queue,
	cycle,
	simulation,
	openb,
	fgd,
	borg,
	compaction,
	memory,
	help,
	omega,
	kube,
	peers,
	node,
	control,
};
