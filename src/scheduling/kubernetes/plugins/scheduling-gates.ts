import type { PlainPlugin } from "../plugin-definition.js";

export const SchedulingGates: PlainPlugin = {
	name: "SchedulingGates",
	summary: "A pod with `spec.schedulingGates` waits until somebody has removed them all.",
	looksAt: "node",
	admits: ({ spec: { facts } }) => {
		const gates = facts.demands?.gates ?? [];
		if (gates.length === 0) return null;
		const reason = `waiting for scheduling gates: [${gates.join(" ")}]`;
		return { plugin: "SchedulingGates", reasons: [reason], unresolvable: true };
	},
	wakes: ({ kind }, _pod, own) => kind === "pod-gates" && own,
};
