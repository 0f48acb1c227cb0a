/** What is said of the place that was chosen: per run its level, the pods that were there and those that waited, and the node's row as text. */
import { formatInstant } from "../../experiment/results/instant.js";
import { levelWords, rowSpans, StayIndex, stayWords, waitingAt, waitingWords } from "../timeline/words.js";
import { found, make, makeTable } from "./dom.js";
import type { TimelineRun } from "./load.js";
import type { Place } from "./picture.js";
import { type Timeline, titleOf } from "./timeline.js";

/** Most rows of a table; what is more is counted. */
const MOST = 40;

export class Details {
	readonly #timeline: Timeline;
	readonly #stays = new Map<TimelineRun, StayIndex>();

	constructor(timeline: Timeline) {
		this.#timeline = timeline;
	}

	/** The place in one line, for one run. */
	line(run: number, place: Place): string {
		const { grid } = this.#timeline;
		const { run: shown, layer } = this.#timeline.shown[run]!;
		const node = this.#timeline.nodeOf(run, place.row);
		const time = formatInstant(place.step * grid.stepUs);
		const at = `${this.#timeline.nodeName(place.row)} at ${time}`;
		if (layer === null || node < 0) return `${at}: nothing is known of it in this run`;
		const level = levelWords(layer, layer.bytes[node * layer.steps + place.step]!);
		if (shown.history === null) return `${at}. ${level}`;
		const pods = this.#staysAt(shown, node, place.step).length;
		return `${at}. ${level}. ${pods === 1 ? "1 pod" : `${pods} pods`}`;
	}

	/** `chosen`: the run whose picture was meant, which is told first and in full; the others open on demand. */
	show(place: Place | null, chosen: number): void {
		const box = found("timeline-details", HTMLElement);
		const live = found("timeline-place", HTMLElement);
		if (place === null) {
			box.replaceChildren();
			live.textContent = "";
			return;
		}
		const all = [...this.#timeline.shown.keys()];
		live.textContent = `${titleOf(this.#timeline.shown[chosen]!.run)}: ${this.line(chosen, place)}`;
		const order = [chosen, ...all.filter((run) => run !== chosen)];
		box.replaceChildren(...order.map((run) => this.#ofRun(run, place, run === chosen)));
	}

	#ofRun(number: number, place: Place, open: boolean): HTMLElement {
		const { run, layer } = this.#timeline.shown[number]!;
		const node = this.#timeline.nodeOf(number, place.row);
		const name = this.#timeline.nodeName(place.row);
		const parts: HTMLElement[] = [];
		if (node >= 0 && run.history !== null) parts.push(...this.#pods(run, node, place.step));
		if (run.history === null)
			parts.push(commandLine("Which pods were there", `cellsim explore ${run.embedded.folder}`));
		if (layer !== null && node >= 0) {
			const { stepUs } = this.#timeline.grid;
			const spans = rowSpans(layer, node);
			const rows = spans
				.slice(0, 10 * MOST)
				.map(({ from, to, byte }) => [
					formatInstant(from * stepUs),
					formatInstant(to * stepUs),
					levelWords(layer, byte),
				]);
			parts.push(
				make("details", {}, [
					make("summary", {}, [`${name} over the whole run, as text (${spans.length} spans)`]),
					makeTable(`${name}, ${titleOf(run)}`, ["from", "to", "level"], rows),
				]),
			);
		}
		const title = make("summary", {}, [make("strong", {}, [titleOf(run)]), `: ${this.line(number, place)}`]);
		return make("details", { class: "details", ...(open ? { open: "" } : {}) }, [title, ...parts]);
	}

	#pods(run: TimelineRun, node: number, step: number): readonly HTMLElement[] {
		const { history } = run;
		const stays = this.#staysAt(run, node, step);
		const there = stays.slice(0, MOST).map((row) => {
			const { pod, asksFor, from, until, why } = stayWords(history!, row);
			return [pod, asksFor, from, until, why];
		});
		const us = step * this.#timeline.grid.stepUs;
		const waiting = waitingAt(history!, us);
		const waited = waiting.slice(0, MOST).map((pod) => {
			const { pod: name, asksFor, since, until, why } = waitingWords(history!, pod);
			return [name, asksFor, since, until, why];
		});
		const example = there[0]?.[0] ?? waited[0]?.[0];
		return [
			stays.length === 0
				? make("p", {}, ["No pod was on the node then."])
				: makeTable(counted("Pods on the node", stays.length), ["pod", "asks for", "from", "until", "why here"], there),
			...(waiting.length === 0
				? []
				: [
						makeTable(
							counted("Pods that waited for a node", waiting.length),
							["pod", "asks for", "since", "until", "why"],
							waited,
						),
					]),
			...(example === undefined
				? []
				: [commandLine("The whole story of a pod", `cellsim explain ${run.embedded.folder} ${example}`)]),
		];
	}

	#staysAt(run: TimelineRun, node: number, step: number): readonly number[] {
		let index = this.#stays.get(run);
		if (index === undefined) this.#stays.set(run, (index = new StayIndex(run.history!)));
		const { stepUs } = this.#timeline.grid;
		// A pod has a row only where the table of pods was written.
		return index.between(node, step * stepUs, (step + 1) * stepUs).filter((row) => run.history!.stays.pod[row]! >= 0);
	}
}

function counted(what: string, count: number): string {
	return count > MOST ? `${what}: the first ${MOST} of ${count}` : `${what}: ${count}`;
}

function commandLine(what: string, command: string): HTMLElement {
	return make("p", {}, [`${what}: `, make("code", {}, [command])]);
}
