/** The style of a report's page: light or dark as the reader's system is, contrasts of at least 4.5 to 1 for text, 3 to 1 for what is drawn. */

/** Colours by name, as custom properties of the page. */
export const PAGE_COLORS = {
	light: { paper: "#ffffff", panel: "#f6f7f9", ink: "#1f2328", soft: "#57606a", line: "#8c959f", accent: "#0550ae" },
	dark: { paper: "#0d1117", panel: "#161b22", ink: "#e6edf3", soft: "#9da7b3", line: "#6e7681", accent: "#79c0ff" },
} as const;

/** Colours of figures, which are drawn for white paper, as they are on the page: those that would be too faint are another. */
export const FIGURE_COLORS = {
	light: { "#cc79a7": "#b3548a", "#e69f00": "#a87400", "#56b4e9": "#1f87c4" },
	dark: { "#0072b2": "#4aa8e0", "#d55e00": "#f07f2e", "#009e73": "#19bf90", "#000000": "#e6edf3" },
} as const;

/** The whole style sheet. */
export function style(): string {
	return `:root{color-scheme:light dark;${properties(PAGE_COLORS.light)}}
@media (prefers-color-scheme:dark){:root{${properties(PAGE_COLORS.dark)}}}
${RULES}${figureRules("light")}@media (prefers-color-scheme:dark){.scale.light{display:none}.scale.dark{display:flex}${figureRules("dark")}}
@media (prefers-reduced-motion:reduce){*{transition:none!important;animation:none!important;scroll-behavior:auto!important}}
@media print{#timeline,nav{display:none}}`;
}

function properties(colors: Readonly<Record<string, string>>): string {
	return Object.entries(colors)
		.map(([name, value]) => `--${name}:${value};`)
		.join("");
}

/** Rules win over attributes: figures keep their bytes, and their ink, grid and paper become the page's. */
function figureRules(scheme: "light" | "dark"): string {
	const swap = (from: string, to: string) =>
		`.drawn [fill="${from}"]{fill:${to}}.drawn [stroke="${from}"]{stroke:${to}}`;
	const { paper, panel, ink, soft } = PAGE_COLORS[scheme];
	const grid = scheme === "light" ? "#e4e7eb" : "#30363d";
	return [
		`.drawn svg{fill:${ink}}`,
		swap("#ffffff", paper),
		swap("#1f2328", ink),
		swap("#57606a", soft),
		swap("#e4e7eb", grid),
		swap("#f6f7f9", panel),
		...Object.entries(FIGURE_COLORS[scheme]).map(([from, to]) => swap(from, to)),
	].join("");
}

const RULES = `*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
header,main,nav,footer{max-width:1180px;margin:0 auto;padding:0 24px}
header{padding-top:24px}h1{font-size:26px;margin:0 0 4px}h2{font-size:20px;margin:40px 0 8px}h3{font-size:16px;margin:24px 0 8px}h4{font-size:15px;margin:16px 0 4px}
p,dl,ul{margin:6px 0}a{color:var(--accent)}code{font:13px ui-monospace,Menlo,Consolas,monospace;background:var(--panel);padding:1px 4px;border-radius:4px;overflow-wrap:anywhere}
nav ul{display:flex;flex-wrap:wrap;gap:4px 18px;padding:8px 0;list-style:none}
.soft,figcaption,caption{color:var(--soft)}
.skip{position:absolute;left:-9999px}.skip:focus{left:24px;top:8px;background:var(--paper);padding:8px;z-index:3}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.scroll{overflow:auto;max-height:460px;margin:8px 0}
table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:4px 0}
th,td{padding:4px 10px;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
thead th{position:sticky;top:0;background:var(--panel);white-space:nowrap}
td.number{text-align:right;white-space:nowrap}td small{display:block;color:var(--soft);font-size:12px}
.drawn{margin:12px 0}.drawn svg{max-width:100%;height:auto;display:block}
.toolbar{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;margin:8px 0}
button,select,input{font:inherit;color:var(--ink);background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:4px 10px;min-height:32px}
button{cursor:pointer}button:hover{border-color:var(--accent)}
.run{margin:6px 0}.run canvas{display:block;width:100%;height:230px;border:1px solid var(--line);border-radius:4px;cursor:crosshair;touch-action:pan-y}
.run figcaption{font-size:13.5px}
.axis{position:relative;height:22px;font-size:12px;color:var(--soft);overflow:hidden}
.axis span{position:absolute;padding-left:4px;border-left:1px solid var(--line);white-space:nowrap}
.scale{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:center;font-size:13px;color:var(--soft)}
.scale i{display:inline-block;width:14px;height:14px;border:1px solid var(--line);vertical-align:-2px;margin-right:4px}
.scale i.ramp{width:140px}.scale.dark{display:none}
#timeline-hint{position:fixed;left:0;top:0;z-index:2;max-width:420px;pointer-events:none;background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:4px 8px;font-size:13px}
#timeline-hint[hidden]{display:none}
.notes{border-left:4px solid var(--line);padding-left:16px;color:var(--soft)}
.details{margin:10px 0;border-top:1px solid var(--line);padding-top:6px}summary{cursor:pointer}.details td:first-child{white-space:nowrap}
footer{margin:40px auto 24px;color:var(--soft);font-size:13px}
`;
