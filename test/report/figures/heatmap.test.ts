import { expect, test } from "vitest";
import { drawHeatmap } from "../../../src/report/figures/heatmap.js";
import { figureOf, panelsOf, runOf } from "../../support/figures.js";
import { elements, tags, texts } from "../../support/svg.js";

const FIGURE = figureOf("heatmap", {
	x: { key: "tJob", unit: "s" },
	y: { key: "tTask", unit: "ms" },
	color: { metric: "busyness", min: 0, max: 1 },
	mark: { metric: "pods_unscheduled", label: "unscheduled" },
	panels: "scheme",
});
const run = (scheme: string, tJob: string, tTask: string, busyness: number, unscheduled: number, seed = 1) =>
	runOf({ scheme, tJob, tTask }, { busyness, pods_unscheduled: unscheduled }, seed);
const RUNS = [
	// The file need not be in order.
	run("mesos", "10s", "5ms", 1, 7),
	run("mesos", "1s", "5ms", 0, 0),
	run("mesos", "1s", "1s", 0.2, 0),
	run("mesos", "1s", "1s", 0.4, 1, 2),
	run("omega", "10s", "1s", 0.5, 0),
];

test("cells in columns and rows by value, the least at the bottom left; means over seeds; crosses", () => {
	const { svg, notes } = drawHeatmap(FIGURE, RUNS);
	expect(notes).toEqual([]);
	expect(tags(svg!)[0]).toBe("svg");
	const [mesos, omega] = panelsOf(svg!);
	const [width, height] = [mesos!.width / 2, mesos!.height / 2];
	const cells = (panel: string) =>
		elements(panel, "rect")
			.filter(({ fill }) => fill !== "none")
			.map(({ x, y, fill }) => [Number(x), Number(y), fill]);
	const right = Math.round(100 * width) / 100;
	expect(cells(mesos!.svg)).toEqual([
		// Viridis from its first colour to its last.
		[right, height, "#fde725"],
		[0, height, "#440154"],
		[0, 0, expect.stringMatching(/^#/)],
	]);
	expect(cells(omega!.svg)).toEqual([[right, 0, expect.stringMatching(/^#/)]]);
	expect(texts(mesos!.svg, "title")).toEqual(["10, 5: 1, marked", "1, 5: 0", "1, 1,000: 0.3, marked"]);
	expect(mesos!.svg.match(/class="mark"/g)).toHaveLength(2);
	expect(omega!.svg).not.toContain('class="mark"');
	expect(texts(svg!, "text")).toEqual(
		expect.arrayContaining(["unscheduled", "tJob (s)", "tTask (ms)", "mesos", "omega"]),
	);
});
