/** The rules that change a selector: `+get`, `-@admin`, `~cache:*`, `%R~*`, `&news`, `allkeys` and the like. */
import type { CommandRow } from '../command.ts';
import type { CommandTable } from '../command-table.ts';
import { aclCategories, commandsIn } from './categories.ts';
import { reads, type Selector, writes } from './selector.ts';

/** Why a rule is refused. */
export class RuleError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

export const ruleSyntax = new RuleError('Syntax error');
const unknownName = new RuleError('Unknown command or category name in ACL');
const afterAllKeys = new RuleError(
  "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns",
);
const afterAllChannels = new RuleError(
  "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels",
);
const firstArgOfSubcommand = new RuleError('Allowing first-arg of a subcommand is not supported');

/** @throws RuleError */
export function applySelectorRule(selector: Selector, rule: string, table: CommandTable): void {
  switch (rule.toLowerCase()) {
    case 'allkeys':
    case '~*':
      selector.allKeys = true;
      selector.keys = [];
      return;
    case 'resetkeys':
      selector.allKeys = false;
      selector.keys = [];
      return;
    case 'allchannels':
    case '&*':
      selector.allChannels = true;
      selector.channels = [];
      return;
    case 'resetchannels':
      selector.allChannels = false;
      selector.channels = [];
      return;
    case 'allcommands':
    case '+@all':
      setAllCommands(selector, table, true);
      return;
    case 'nocommands':
    case '-@all':
      setAllCommands(selector, table, false);
      return;
  }
  const rest = rule.slice(1);
  switch (rule[0]) {
    case '~':
      addKeyPattern(selector, rest, reads | writes);
      return;
    case '%':
      addPermittedPattern(selector, rule);
      return;
    case '&':
      addChannel(selector, rest);
      return;
    case '+':
    case '-':
      if (rest[0] === '@') changeCategory(selector, rest.slice(1), rule[0] === '+', table);
      else changeCommand(selector, rest, rule[0] === '+', table);
      return;
  }
  throw ruleSyntax;
}

function setAllCommands(selector: Selector, table: CommandTable, allow: boolean): void {
  selector.allCommands = allow;
  selector.futureCommands = allow;
  selector.rules = [];
  selector.firstArgs.clear();
  selector.allowed.clear();
  if (!allow) return;
  for (const row of table.fullNames.keys()) selector.allowed.add(row);
}

/** `%R~pattern`, `%W~`, `%RW~`. */
function addPermittedPattern(selector: Selector, rule: string): void {
  let permissions = 0;
  let at = 1;
  for (; at < rule.length && rule[at] !== '~'; at++) {
    const permission = rule[at]!.toLowerCase() === 'r' ? reads : rule[at]!.toLowerCase() === 'w' ? writes : 0;
    if (permission === 0 || (permissions & permission) !== 0) throw ruleSyntax;
    permissions |= permission;
  }
  if (permissions === 0) throw ruleSyntax;
  addKeyPattern(selector, rule.slice(at + 1), permissions);
}

function addKeyPattern(selector: Selector, pattern: string, permissions: number): void {
  if (selector.allKeys) throw afterAllKeys;
  if (hasSpaces(pattern)) throw ruleSyntax;
  const known = selector.keys.find((key) => key.pattern === pattern);
  if (known === undefined) selector.keys.push({ pattern, permissions });
  else known.permissions |= permissions;
}

function addChannel(selector: Selector, pattern: string): void {
  if (selector.allChannels) throw afterAllChannels;
  if (hasSpaces(pattern)) throw ruleSyntax;
  if (!selector.channels.includes(pattern)) selector.channels.push(pattern);
}

function changeCategory(selector: Selector, name: string, allow: boolean, table: CommandTable): void {
  const category = name.toLowerCase();
  if (!aclCategories.includes(category)) throw unknownName;
  for (const row of commandsIn(table, category)) setCommand(selector, row, allow);
  noteRule(selector, `@${category}`, allow);
}

function changeCommand(selector: Selector, name: string, allow: boolean, table: CommandTable): void {
  const lower = name.toLowerCase();
  const bar = lower.lastIndexOf('|');
  const row = findRow(table, lower);
  if (row !== undefined) {
    setCommand(selector, row, allow);
  } else {
    const owner = bar < 0 || !allow ? undefined : findRow(table, lower.slice(0, bar));
    if (owner === undefined) throw unknownName;
    if (!table.rows.includes(owner)) throw firstArgOfSubcommand;
    const firstArg = lower.slice(bar + 1);
    if (firstArg === '') throw ruleSyntax;
    if (owner.subcommands !== undefined) throw unknownName;
    const args = selector.firstArgs.get(owner);
    if (args === undefined) selector.firstArgs.set(owner, [firstArg]);
    else if (!args.includes(firstArg)) args.push(firstArg);
  }
  noteRule(selector, lower, allow);
}

/** By `name` or `container|name`. */
function findRow(table: CommandTable, name: string): CommandRow | undefined {
  const bar = name.indexOf('|');
  if (bar < 0) return table.lookup(name);
  const row = table.lookup(name.slice(0, bar));
  return row?.subcommands?.find((sub) => sub.name === name.slice(bar + 1));
}

/** With all subcommands. */
function setCommand(selector: Selector, row: CommandRow, allow: boolean): void {
  if (allow) selector.allowed.add(row);
  else {
    selector.allowed.delete(row);
    selector.allCommands = false;
  }
  selector.firstArgs.delete(row);
  for (const sub of row.subcommands ?? []) setCommand(selector, sub, allow);
}

/** A later rule takes the place of earlier ones on the same command or category, or on a part of it. */
function noteRule(selector: Selector, text: string, allow: boolean): void {
  selector.rules = selector.rules.filter((rule) => rule.text !== text && !rule.text.startsWith(`${text}|`));
  selector.rules.push({ allow, text });
}

export function hasSpaces(text: string): boolean {
  return /[\t\n\v\f\r \0]/.test(text);
}
