/**
 * `${{ ... }}` inside the scalars of an experiment file: a small, pure expression language over the values of one run.
 *
 * Literals, `a.b` and `a[0]`, `+ - * / %`, comparisons, `&& || !`, `?:`, and calls of `min max round floor ceil format`.
 * There is nothing else: no assignment, no code, and only own properties of plain data can be read.
 */
import jsep from "jsep";
import { isMap, kindOf, type PlainMap } from "../../objects/plain-data.js";
import { suggest } from "../../objects/suggest.js";
import { asText, ExpressionError, FUNCTIONS, finite, needNumber, needTruth, OPERATORS } from "./operators.js";

/** What expressions may name: `matrix`, `params`, `run`, and `item` while a node group is expanded. */
export type Scope = ReadonlyMap<string, PlainMap>;

/** Whether a text holds an expression. */
export function hasExpression(text: string): boolean {
	return text.includes("${{");
}

/** Whether an expression in the text names one of `wanted`: a context, or a field of one as `params.load`. Throws `ExpressionError`. */
export function namesAny(text: string, wanted: ReadonlySet<string>): boolean {
	return splitText(text).some((part) => typeof part !== "string" && names(parse(part.source), wanted));
}

/**
 * The value of a scalar. A text that is wholly one expression takes the value of the expression, with its type (maps and
 * lists too); otherwise each expression is replaced by its text. Expressions that name a context listed in `later` are kept,
 * with everything else in them replaced by its value, so that they can be evaluated with that context alone.
 * `used` collects the contexts that were read. Throws `ExpressionError`.
 */
export function evaluateText(
	text: string,
	scope: Scope,
	later: ReadonlySet<string> = new Set(),
	used: Set<string> = new Set(),
): unknown {
	const parts = splitText(text);
	const values = parts.map((part) => {
		if (typeof part === "string") return part;
		const evaluator = new Evaluator(scope, used);
		const tree = parse(part.source);
		if (!names(tree, later)) return evaluator.value(tree);
		return new Kept(`\${{ ${evaluator.rest(tree, later)} }}`);
	});
	const [only] = values;
	if (values.length === 1) return only instanceof Kept ? only.text : only;
	return values
		.map((value, i) => {
			const part = parts[i]!;
			return value instanceof Kept ? value.text : asText(value, typeof part === "string" ? part : part.source);
		})
		.join("");
}

type Tree = jsep.Expression;

interface Source {
	readonly source: string;
}

const MAX_LENGTH = 1000;

/** Cuts a text into plain stretches and the sources of its expressions. `}}` inside a quoted literal does not end one. */
function splitText(text: string): readonly (string | Source)[] {
	const parts: (string | Source)[] = [];
	let from = 0;
	for (let open = text.indexOf("${{"); open >= 0; open = text.indexOf("${{", from)) {
		if (open > from) parts.push(text.slice(from, open));
		const close = closing(text, open + 3);
		if (close < 0) throw new ExpressionError("an expression that starts with '${{' has no closing '}}'");
		parts.push({ source: text.slice(open + 3, close).trim() });
		from = close + 2;
	}
	if (from < text.length) parts.push(text.slice(from));
	return parts;
}

function closing(text: string, from: number): number {
	let quote = "";
	for (let i = from; i < text.length; i++) {
		const character = text[i]!;
		if (quote !== "") {
			if (character === "\\") i++;
			else if (character === quote) quote = "";
		} else if (character === "'" || character === '"') quote = character;
		else if (character === "}" && text[i + 1] === "}") return i;
	}
	return -1;
}

function parse(source: string): Tree {
	if (source.length > MAX_LENGTH) throw new ExpressionError(`an expression may have at most ${MAX_LENGTH} characters`);
	let tree: Tree;
	try {
		tree = jsep(source);
	} catch (error) {
		// jsep appends "at character N", counted inside the expression; the caller shows the line instead.
		const reason = (error as Error).message.replace(/ at character \d+$/, "").trim();
		throw new ExpressionError(`'${source}' is not an expression: ${reason}`);
	}
	if (tree.type === "Compound") {
		throw new ExpressionError(source === "" ? "an expression is empty" : `'${source}' is not one expression`);
	}
	return tree;
}

/** Whether a tree names one of `wanted` at the root of a member chain. */
function names(tree: Tree, wanted: ReadonlySet<string>): boolean {
	if (tree.type === "Identifier") return wanted.has((tree as jsep.Identifier).name);
	return wanted.has(fieldName(tree)) || children(tree).some((child) => names(child, wanted));
}

/** `params.load` for a field of a context, "" for anything else. */
function fieldName(tree: Tree): string {
	const { object, property } = tree as Partial<jsep.MemberExpression>;
	if (tree.type !== "MemberExpression" || object?.type !== "Identifier") return "";
	const key = property?.type === "Literal" ? (property as jsep.Literal).value : (property as jsep.Identifier).name;
	return `${(object as jsep.Identifier).name}.${String(key)}`;
}

function children(tree: Tree): readonly Tree[] {
	const node = tree as jsep.CoreExpression;
	switch (node.type) {
		case "MemberExpression":
			return node.computed ? [node.object, node.property] : [node.object];
		case "UnaryExpression":
			return [node.argument];
		case "BinaryExpression":
			return [node.left, node.right];
		case "ConditionalExpression":
			return [node.test, node.consequent, node.alternate];
		case "CallExpression":
			return node.arguments;
		default:
			return [];
	}
}

/** An expression left for later, as text. */
class Kept {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}
}

/** Walks trees; one for each expression. */
class Evaluator {
	readonly #scope: Scope;
	readonly #used: Set<string>;

	constructor(scope: Scope, used: Set<string>) {
		this.#scope = scope;
		this.#used = used;
	}

	/** The value of a tree. */
	value(tree: Tree): unknown {
		const node = tree as jsep.CoreExpression;
		switch (node.type) {
			case "Literal":
				return finite(node.value, node.raw);
			case "Identifier":
				return this.#context(node.name);
			case "MemberExpression":
				return this.#member(node);
			case "UnaryExpression":
				return this.#unary(node);
			case "BinaryExpression":
				return this.#binary(node);
			case "ConditionalExpression":
				return this.value(needTruth(this.value(node.test), "?:") ? node.consequent : node.alternate);
			case "CallExpression":
				return this.#call(node);
			default:
				throw new ExpressionError(`${describe(node)} cannot be written in an expression`);
		}
	}

	/** The text of a tree in which all that does not name a `later` context is replaced by its value. */
	rest(tree: Tree, later: ReadonlySet<string>): string {
		if (!names(tree, later)) return literal(this.value(tree));
		const node = tree as jsep.CoreExpression;
		const text = (child: Tree): string => this.rest(child, later);
		switch (node.type) {
			case "Identifier":
				return node.name;
			case "MemberExpression":
				if (node.computed) return `${text(node.object)}[${text(node.property)}]`;
				return `${text(node.object)}.${(node.property as jsep.Identifier).name}`;
			case "UnaryExpression":
				return `${node.operator}(${text(node.argument)})`;
			case "BinaryExpression":
				return `(${text(node.left)} ${node.operator} ${text(node.right)})`;
			case "ConditionalExpression":
				return `(${text(node.test)} ? ${text(node.consequent)} : ${text(node.alternate)})`;
			case "CallExpression":
				return `${functionName(node)}(${node.arguments.map(text).join(", ")})`;
			default:
				throw new ExpressionError(`${describe(node)} cannot be written in an expression`);
		}
	}

	#context(name: string): PlainMap {
		const found = this.#scope.get(name);
		if (found === undefined) {
			if (name === "item") {
				throw new ExpressionError("'item' is only known in the names and metadata of node groups");
			}
			if (FUNCTIONS.has(name)) throw new ExpressionError(`'${name}' is a function: write ${name}(...)`);
			throw new ExpressionError(`unknown name '${name}'`, suggest(name, this.#scope.keys(), "known"));
		}
		this.#used.add(name);
		return found;
	}

	#member(node: jsep.MemberExpression): unknown {
		if (node.optional) throw new ExpressionError("'?.' is not supported; use '.'");
		const owner = this.value(node.object);
		const key = node.computed ? this.value(node.property) : (node.property as jsep.Identifier).name;
		const ownerText = describe(node.object);
		if (Array.isArray(owner)) {
			if (typeof key === "number" && Number.isInteger(key) && key >= 0 && key < owner.length) return owner[key];
			throw new ExpressionError(`'${ownerText}' has items 0 to ${owner.length - 1}, not '${String(key)}'`);
		}
		if (!isMap(owner)) throw new ExpressionError(`'${ownerText}' is ${kindOf(owner)} and has no '${String(key)}'`);
		if (typeof key === "string" && Object.hasOwn(owner, key)) return owner[key];
		const known = Object.keys(owner);
		const hint = suggest(String(key), known, "it has");
		throw new ExpressionError(`'${ownerText}' has no '${String(key)}'`, hint ?? "it is empty");
	}

	#unary(node: jsep.UnaryExpression): unknown {
		const value = this.value(node.argument);
		if (node.operator === "!") return !needTruth(value, "!");
		if (node.operator === "-") return -needNumber(value, "-");
		throw new ExpressionError(`operator '${node.operator}' is not supported`);
	}

	#binary(node: jsep.BinaryExpression): unknown {
		const { operator } = node;
		if (operator === "&&") return needTruth(this.value(node.left), "&&") && needTruth(this.value(node.right), "&&");
		if (operator === "||") return needTruth(this.value(node.left), "||") || needTruth(this.value(node.right), "||");
		const operate = OPERATORS.get(operator);
		if (operate === undefined) {
			const instead = operator === "===" ? "use '=='" : operator === "!==" ? "use '!='" : undefined;
			throw new ExpressionError(`operator '${operator}' is not supported`, instead);
		}
		return finite(operate(this.value(node.left), this.value(node.right)), describe(node));
	}

	#call(node: jsep.CallExpression): unknown {
		const call = FUNCTIONS.get(functionName(node))!;
		return finite(call(node.arguments.map((argument) => this.value(argument))), describe(node));
	}
}

function functionName(node: jsep.CallExpression): string {
	const name = node.callee.type === "Identifier" ? (node.callee as jsep.Identifier).name : describe(node.callee);
	if (FUNCTIONS.has(name)) return name;
	throw new ExpressionError(`unknown function '${name}'`, suggest(name, FUNCTIONS.keys(), "known"));
}

/** The text of a literal with this value. */
function literal(value: unknown): string {
	if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
		return JSON.stringify(value);
	if (value === null) return "null";
	throw new ExpressionError(`${kindOf(value)} cannot be combined with 'item'`);
}

function describe(tree: Tree): string {
	const node = tree as jsep.CoreExpression;
	switch (node.type) {
		case "Identifier":
			return node.name;
		case "Literal":
			return node.raw;
		case "MemberExpression":
			if (node.computed) return `${describe(node.object)}[${describe(node.property)}]`;
			return `${describe(node.object)}.${(node.property as jsep.Identifier).name}`;
		case "UnaryExpression":
			return `${node.operator}${describe(node.argument)}`;
		case "BinaryExpression":
			return `${describe(node.left)} ${node.operator} ${describe(node.right)}`;
		case "ConditionalExpression":
			return `${describe(node.test)} ? ${describe(node.consequent)} : ${describe(node.alternate)}`;
		case "CallExpression":
			return `${describe(node.callee)}(${node.arguments.map(describe).join(", ")})`;
		case "ThisExpression":
			return "'this'";
		case "ArrayExpression":
			return "a list";
		default:
			return "a sequence";
	}
}
