/**
 * Who is killed on a machine that is out of memory by Borg's rules: first who uses more than its own limit, whatever its priority,
 * then from the lowest priority up, so that production dies only when nothing else is left (its band is the highest but for
 * monitoring: `objects/priority-band.ts`). The counterpart of `oom-kill.ts`, the kernel's rule.
 *
 * Source: Verma et al., "Large-scale cluster management at Google with Borg", EuroSys 2015, sections 5.5 and 6.2.
 *
 * Divergence from Borg: tasks are killed when memory is full, not before, "until the remaining reservations can be met"; of equals the
 * one goes that is farthest above (or nearest below) its limit, for which the paper has no rule. Page cache is reclaimed before
 * anybody dies, and what a kubelet evicts is another matter (`evictionHard: {}` turns it off). CPU is divided by the weights of
 * requests, as on any other machine: that latency-sensitive production goes before batch within microseconds, that
 * batch is throttled for it to a small share, and that nobody else runs on its CPUs, is left out.
 */
import type { ChooseVictim } from "./settle-memory.js";

/** A running container, as far as the rules look at it. */
export interface BorgTask {
	readonly priority: number;
	/** What it was promised, bytes: its limit, or its request where it has no limit; 0 without either. */
	readonly limitBytes: number;
}

const NONE = -1;

/** The rule as `settleMemory` takes it. */
export function borgVictims(taskOf: (leaf: number) => BorgTask): ChooseVictim {
	return ({ anonymousBytes }, from, to) => {
		let first = NONE;
		for (let leaf = from; leaf < to; leaf++) {
			// The dead among them: who has nothing need not die for it.
			if (anonymousBytes[leaf] === 0) continue;
			if (first === NONE || goesBefore(leaf, first)) first = leaf;
		}
		return first;

		/** Of equals the one that comes first stays. */
		function goesBefore(leaf: number, other: number): boolean {
			const [a, b] = [taskOf(leaf), taskOf(other)];
			const aboveA = anonymousBytes[leaf]! - a.limitBytes;
			const aboveB = anonymousBytes[other]! - b.limitBytes;
			if (aboveA > 0 !== aboveB > 0) return aboveA > 0;
			return a.priority < b.priority || (a.priority === b.priority && aboveA > aboveB);
		}
	};
}
