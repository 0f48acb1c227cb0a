/** Kubernetes' letters for generated names: no vowels, nothing that looks like another. */
const LETTERS = "bcdfghjklmnpqrstvwxz2456789";
const LENGTH = 5;
const ALL = LETTERS.length ** LENGTH;
/** Prime to `ALL`: numbers in a row give names that look nothing like each other, and all of them once. */
const STRIDE = 5_242_889;

/** Five letters for the `index`-th name; no two the same for 14 million of them. */
export function nameSuffix(index: number): string {
	let rest = (index * STRIDE) % ALL;
	let text = "";
	for (let i = 0; i < LENGTH; i++) {
		text += LETTERS[rest % LETTERS.length]!;
		rest = Math.floor(rest / LETTERS.length);
	}
	return text;
}
