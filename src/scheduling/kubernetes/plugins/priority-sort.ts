import type { PlainPlugin } from "../plugin-definition.js";
import { priorityOf } from "../priority.js";

export const PrioritySort = {
	name: "PrioritySort",
	summary: "The pod of higher priority is tried first, then the one that came, or came back, first.",
	looksAt: "node",
	sorts: (a, b) => priorityOf(b.pod) - priorityOf(a.pod) || a.sinceUs - b.sinceUs,
} satisfies PlainPlugin;
