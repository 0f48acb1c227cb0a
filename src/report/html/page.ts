/** The page of a report as one HTML document that needs nothing else. */
import { readFileSync } from "node:fs";
import { escapeText } from "../svg.js";
import { paletteOf } from "../timeline/colors.js";
import { type EmbeddedRun, RUNS_ELEMENT } from "../timeline/embedded.js";
import { FULL, MOST, NOT_READY } from "../timeline/level.js";
import { codeInScript, dataInScript, notes } from "./markup.js";
import { style } from "./style.js";

export interface ReportPage {
	readonly title: string;
	/** What stands below the title. */
	readonly facts: readonly string[];
	readonly sections: readonly Section[];
	readonly timeline: readonly EmbeddedRun[];
	/** By element id, what the page holds of runs. */
	readonly data: readonly { readonly element: string; readonly text: string }[];
	/** Where scripts may fetch from: nowhere, or where the page came from. */
	readonly fetches: "none" | "self";
}

export interface Section {
	readonly id: string;
	readonly title: string;
	/** Markup. */
	readonly body: string;
	readonly notes: readonly string[];
}

/** The document. `</script` in a label or a name ends nothing. */
export function pageHtml({ title, facts, sections, timeline, data, fetches }: ReportPage): string {
	const connect = fetches === "none" ? "'none'" : "'self'";
	// Whatever a page of results came to hold, nothing of it could go out.
	const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src ${connect}; base-uri 'none'; form-action 'none'`;
	const links = [...sections, TIMELINE].map(
		({ id, title: name }) => `<li><a href="#${id}">${escapeText(name)}</a></li>`,
	);
	const bodies = sections.map(
		({ id, title: name, body, notes: lines }) =>
			`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${escapeText(name)}</h2>\n${body}\n${notes(lines)}</section>`,
	);
	return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="icon" href="data:,"><title>${escapeText(title)}</title><style>${style()}</style></head><body>
<a class="skip" href="#main">To the content</a>
<header><h1>${escapeText(title)}</h1>${facts.map((fact) => `<p class="soft">${escapeText(fact)}</p>`).join("")}</header>
<nav aria-label="Sections"><ul>${links.join("")}</ul></nav>
<main id="main">
${bodies.join("\n")}
${timelineSection()}
</main>
<footer>Made by cellsim. This page needs no network.</footer>
<script type="application/json" id="${RUNS_ELEMENT}">${dataInScript(timeline)}</script>
${data.map(({ element, text }) => `<script type="application/octet-stream" id="${element}">${text}</script>`).join("\n")}
<script>${codeInScript(pageScript())}</script>
</body></html>
`;
}

const TIMELINE = { id: "timeline", title: "Timeline of the cell" } as const;

function timelineSection(): string {
	return `<section id="${TIMELINE.id}" aria-labelledby="timeline-title"><h2 id="timeline-title">${TIMELINE.title}</h2>
<p>A row a node, from left to right the time of the run, all runs on one time axis. Point at a place to see the node; choose one to see its pods, and why they were there or waited.</p>
<p id="timeline-keys" class="soft">Drag to move. Wheel to zoom, once a picture is chosen: with Shift in time only, with Alt in nodes only. Keys: arrows move the cursor (with Shift by ten), Page Up and Page Down by a hundred nodes, Home and End to the begin and end, + and - zoom, 0 shows everything, Enter chooses, Escape lets go.</p>
<p id="timeline-status" role="status">Reading the runs.</p>
<div id="timeline-body" hidden>
<div class="toolbar" role="group" aria-label="Timeline">
<label>Show <select id="timeline-layer"></select></label>
<label>Order of nodes <select id="timeline-order"><option value="cell">as in the cell</option><option value="busiest">fullest first</option></select></label>
<label>Find a node <input id="timeline-find" size="14" autocomplete="off"></label>
<button type="button" id="timeline-in" aria-label="Zoom in">+</button><button type="button" id="timeline-out" aria-label="Zoom out">-</button><button type="button" id="timeline-whole">Everything</button>
</div>
${scale("light")}${scale("dark")}
<p id="timeline-range" class="soft"></p>
<div id="timeline-runs-shown"></div>
<p id="timeline-place" role="status" aria-live="polite"></p>
<div id="timeline-details"></div>
<ul id="timeline-notes" class="notes"></ul>
</div>
<div id="timeline-hint" aria-hidden="true" hidden></div>
</section>`;
}

/** What the colours mean, one for light and one for dark pages; the style shows one of them. */
function scale(scheme: "light" | "dark"): string {
	const palette = paletteOf(scheme);
	const color = (byte: number) => `rgb(${[...palette.subarray(4 * byte, 4 * byte + 3)].join(",")})`;
	const ramp = Array.from({ length: 9 }, (_, i) => color(Math.round((i * FULL) / 8)));
	return `<div class="scale ${scheme}"><span>empty <i class="ramp" style="background:linear-gradient(90deg,${ramp.join(",")})"></i> full</span><span><i style="background:${color(MOST)}"></i>more than there is</span><span><i style="background:${color(NOT_READY)}"></i>not ready</span><span><i style="background:${color(255)}"></i>not there</span></div>`;
}

/** The script of the page, which the build bundled. */
function pageScript(): string {
	return readFileSync(new URL("../page.js", import.meta.url), "utf8");
}
