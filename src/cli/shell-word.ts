/** A word of a command as one types it: in quotes where a shell would take it apart. */
export function shellWord(text: string): string {
	return /^[\w./=,:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
