/**
 * "Did you mean": the known name nearest to what was typed.
 */

/**
 * The candidate that differs from `word` by the fewest edits, if they are few enough to be a slip (a third of the word, at
 * least one, at most three); null when nothing is near. Case does not count. Of equally near ones, the first listed wins.
 */
export function nearest(word: string, candidates: Iterable<string>): string | null {
	const allowed = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
	let best: string | null = null;
	let bestDistance = allowed + 1;
	for (const candidate of candidates) {
		const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
		if (distance < bestDistance) {
			best = candidate;
			bestDistance = distance;
		}
	}
	return best;
}

/** `did you mean 'x'?`, or else `<label>: a, b, c`; undefined when there are no candidates. */
export function suggest(word: string, candidates: Iterable<string>, label: string): string | undefined {
	const known = [...candidates];
	const near = nearest(word, known);
	if (near !== null) return `did you mean '${near}'?`;
	return known.length === 0 ? undefined : `${label}: ${known.join(", ")}`;
}

/**
 * Edits that turn `a` into `b`: insert, delete, replace, or swap two neighbours, each character edited at most once ("optimal
 * string alignment").
 */
export function editDistance(a: string, b: string): number {
	let beforePrevious: number[] = [];
	let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const current = [i];
		for (let j = 1; j <= b.length; j++) {
			const replace = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
			let distance = Math.min(previous[j]! + 1, current[j - 1]! + 1, replace);
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
				distance = Math.min(distance, beforePrevious[j - 2]! + 1);
			}
			current.push(distance);
		}
		beforePrevious = previous;
		previous = current;
	}
	return previous[b.length]!;
}
