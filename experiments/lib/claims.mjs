/** How a claim is judged. Types and meanings are in claims.d.mts. */

/** What the runs say of a claim. A figure that is known from memory only is measured, if it can be, and never asserted. */
export function evaluate({ measure, notAsserted }, context) {
	const { measured, holds, why = "" } = measure?.(context) ?? { measured: "-", holds: null };
	if (notAsserted !== undefined)
		return { measured, verdict: "not asserted", why: [notAsserted, why].filter(Boolean).join("; ") };
	if (holds === null) return { measured, verdict: "not asserted", why: why || "these runs cannot tell" };
	return { measured, verdict: holds ? "holds" : "fails", why };
}
