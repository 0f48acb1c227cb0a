/** What mouse, touch and keys do with the timeline. */
import { LAYER_TITLES, type LayerId } from "../timeline/layers.js";
import { found, make } from "./dom.js";
import type { Timeline } from "./timeline.js";

const STEP = 1.5;

/** The controls above the timeline: what is shown, in which order, how large. */
export function wireToolbar(timeline: Timeline): void {
	const layer = found("timeline-layer", HTMLSelectElement);
	const order = found("timeline-order", HTMLSelectElement);
	const ids = [...new Set(timeline.shown.flatMap(({ run }) => run.layers))];
	layer.replaceChildren(...ids.map((id) => make("option", { value: id }, [LAYER_TITLES[id]])));
	const show = () => timeline.show(layer.value as LayerId, order.value === "busiest" ? "busiest" : "cell");
	layer.addEventListener("change", show);
	order.addEventListener("change", show);
	on("timeline-in", () => timeline.zoomAtPlace(STEP));
	on("timeline-out", () => timeline.zoomAtPlace(1 / STEP));
	on("timeline-whole", () => timeline.whole());
	const find = found("timeline-find", HTMLInputElement);
	find.addEventListener("change", () => {
		const row = find.value === "" ? -1 : timeline.rowOf(find.value);
		find.setCustomValidity(row < 0 && find.value !== "" ? `no node is called '${find.value}'` : "");
		find.reportValidity();
		if (row >= 0) timeline.choose({ step: timeline.place?.step ?? 0, row });
	});
	if (ids.length > 0) show();
}

function on(id: string, act: () => void): void {
	found(id, HTMLButtonElement).addEventListener("click", act);
}

/** What happens over the picture of a run, by its number. */
export function wirePicture(
	timeline: Timeline,
	run: number,
	hover: (x: number, y: number, at: PointerEvent | null) => void,
): void {
	const { canvas } = timeline.shown[run]!.picture;
	const share = ({ offsetX, offsetY }: MouseEvent) =>
		[offsetX / canvas.clientWidth, offsetY / canvas.clientHeight] as const;
	let dragged: { x: number; y: number; far: boolean } | null = null;
	canvas.addEventListener("pointerdown", (event) => {
		hover(0, 0, null);
		dragged = { x: event.offsetX, y: event.offsetY, far: false };
		canvas.setPointerCapture(event.pointerId);
	});
	canvas.addEventListener("pointermove", (event) => {
		if (dragged === null) return hover(...share(event), event);
		const [dx, dy] = [event.offsetX - dragged.x, event.offsetY - dragged.y];
		if (!dragged.far && Math.hypot(dx, dy) < 4) return;
		timeline.pan(-dx / canvas.clientWidth, -dy / canvas.clientHeight);
		dragged = { x: event.offsetX, y: event.offsetY, far: true };
	});
	canvas.addEventListener("pointerup", (event) => {
		if (dragged !== null && !dragged.far) timeline.choose(timeline.placeAt(...share(event)), run);
		dragged = null;
	});
	canvas.addEventListener("pointercancel", () => {
		dragged = null;
	});
	canvas.addEventListener("pointerleave", () => hover(0, 0, null));
	canvas.addEventListener("dblclick", (event) => timeline.zoom({ time: 2, nodes: 2 }, ...share(event)));
	canvas.addEventListener(
		"wheel",
		(event) => {
			// A page that is scrolled past should not be caught by its timeline.
			if (document.activeElement !== canvas && !event.ctrlKey && !event.metaKey) return;
			event.preventDefault();
			const factor = 1.0015 ** -(event.deltaY || event.deltaX);
			timeline.zoom({ time: event.altKey ? 1 : factor, nodes: event.shiftKey ? 1 : factor }, ...share(event));
		},
		{ passive: false },
	);
	canvas.addEventListener("keydown", (event) => {
		if (event.ctrlKey || event.metaKey || event.altKey || !press(timeline, run, event.key, event.shiftKey ? 10 : 1))
			return;
		event.preventDefault();
	});
}

/** Whether the key, pressed on the picture of a run, means something. */
function press(timeline: Timeline, run: number, key: string, by: number): boolean {
	const { grid } = timeline;
	const place = timeline.place ?? timeline.placeAt(0.5, 0.5);
	const steps: Readonly<Record<string, readonly [step: number, row: number]>> = {
		ArrowLeft: [-by, 0],
		ArrowRight: [by, 0],
		ArrowUp: [0, -by],
		ArrowDown: [0, by],
		PageUp: [0, -100],
		PageDown: [0, 100],
		Home: [-grid.steps, 0],
		End: [grid.steps, 0],
		Enter: [0, 0],
	};
	const step = steps[key];
	if (step !== undefined) timeline.choose({ step: place.step + step[0], row: place.row + step[1] }, run);
	else if (key === "+" || key === "=") timeline.zoomAtPlace(STEP);
	else if (key === "-") timeline.zoomAtPlace(1 / STEP);
	else if (key === "0") timeline.whole();
	else if (key === "Escape") timeline.choose(null);
	else return false;
	return true;
}
