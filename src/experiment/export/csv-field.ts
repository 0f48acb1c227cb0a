/** A field of comma-separated values (RFC 4180): in quotes where it holds what would end it. */
export function csvField(text: string): string {
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
