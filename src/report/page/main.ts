/** The script of a report's page: it brings the timeline to life. Everything else on the page needs no script. */
import { type EmbeddedRun, RUNS_ELEMENT } from "../timeline/embedded.js";
import { wirePicture, wireToolbar } from "./controls.js";
import { Details } from "./details.js";
import { found, make } from "./dom.js";
import { loadRun } from "./load.js";
import { Timeline, titleOf } from "./timeline.js";

async function start(): Promise<void> {
	const list = document.getElementById(RUNS_ELEMENT);
	if (list === null) return;
	const runs = await Promise.all((JSON.parse(list.textContent!) as readonly EmbeddedRun[]).map(loadRun));
	const there = runs.filter(({ layers }) => layers.length > 0);
	say(runs.flatMap((run) => run.notes.map((note) => `${titleOf(run)}: ${note}`)));
	if (there.length === 0) {
		found("timeline-status", HTMLElement).textContent = "No run has anything to draw.";
		return;
	}
	const timeline = new Timeline(there);
	const details = new Details(timeline);
	timeline.onPlace = (place, run) => details.show(place, run);
	for (const number of timeline.shown.keys()) {
		wirePicture(timeline, number, (x, y, event) =>
			hint(event, event === null ? "" : details.line(number, timeline.placeAt(x, y))),
		);
	}
	wireToolbar(timeline);
	found("timeline-body", HTMLElement).hidden = false;
	found("timeline-status", HTMLElement).textContent = "";
	// Told when it is on the screen, for whoever measures.
	requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("timeline-drawn")));
}

function say(notes: readonly string[]): void {
	const lines = [...new Set(notes)].map((note) => make("li", {}, [note]));
	found("timeline-notes", HTMLElement).replaceChildren(...lines);
}

/** A line beside the pointer. */
function hint(event: PointerEvent | null, text: string): void {
	const box = found("timeline-hint", HTMLElement);
	box.hidden = event === null;
	if (event === null) return;
	box.textContent = text;
	const left = Math.min(event.clientX + 14, document.documentElement.clientWidth - box.offsetWidth - 8);
	box.style.transform = `translate(${left}px, ${event.clientY + 18}px)`;
}

start().catch((error: unknown) => {
	found("timeline-status", HTMLElement).textContent = `The timeline cannot be shown: ${(error as Error).message}`;
});
