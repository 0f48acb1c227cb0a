import type { Command } from "commander";
export function addList(_program: Command): void {}
