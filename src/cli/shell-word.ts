/** A word of a command as one types it: in quotes where a shell would take it apart. */
export function shellWord(text: string): string {
	return /^[\w./=,:@+-]+$/.test(text) ? text : quotedWord(text);
}

/** A word in quotes, one in bash, zsh and fish alike. */
export function quotedWord(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}
