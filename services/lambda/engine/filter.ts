/**
 * Patterns of event filtering (developer guide, "Control which events Lambda sends to your function"). A pattern is an object whose leaves are
 * lists of rules; all members must match, and of each list one rule. An event's list matches when one of its elements does.
 */
type Json = Readonly<Record<string, unknown>>;
/** @param value undefined: there is none */
type Rule = (value: unknown) => boolean;
type Matcher = (event: unknown) => boolean;

/** A pattern that cannot be meant. */
export class FilterInvalid extends Error {
  constructor() {
    super('The filter pattern is not valid.');
    this.name = 'FilterInvalid';
  }
}

/** Pattern for a message of a queue: `body` is looked into when the pattern does so. */
export interface MessageFilter {
  matches(record: Json): boolean;
}

/** @param patterns JSON; one of them has to match. @throws FilterInvalid */
export function compileMessageFilter(patterns: readonly string[]): MessageFilter {
  const matchers = patterns.map((text) => messageMatcher(parsed(text)));
  return { matches: (record) => matchers.some((matcher) => matcher(record)) };
}

/** @param pattern JSON. @throws FilterInvalid */
export function compilePattern(pattern: string): Matcher {
  return objectMatcher(parsed(pattern));
}

function parsed(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new FilterInvalid();
}

/** Text does not match a pattern for JSON, nor JSON one for text. */
function messageMatcher(pattern: Json): (record: Json) => boolean {
  const matcher = objectMatcher(pattern);
  const wantsText = Array.isArray(pattern.body);
  return (record) => {
    if (pattern.body === undefined) return matcher(record);
    const body = structured(String(record.body));
    if (wantsText) return body === undefined && matcher(record);
    return body !== undefined && matcher({ ...record, body });
  };
}

/** JSON with members or elements. */
function structured(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function objectMatcher(pattern: Json): Matcher {
  const members = Object.entries(pattern).map(([name, part]): Matcher => {
    if (name === '$or') return orMatcher(part);
    if (Array.isArray(part)) return leafMatcher(name, part);
    if (!isObject(part)) throw new FilterInvalid();
    const inner = objectMatcher(part);
    return (event) => inner(memberOf(event, name));
  });
  const all: Matcher = (event) => members.every((matcher) => matcher(event));
  return (event) => (Array.isArray(event) ? event.some(all) : all(event));
}

function orMatcher(part: unknown): Matcher {
  if (!Array.isArray(part) || part.length === 0 || !part.every(isObject)) throw new FilterInvalid();
  const choices = part.map(objectMatcher);
  return (event) => choices.some((matcher) => matcher(event));
}

function leafMatcher(name: string, list: readonly unknown[]): Matcher {
  if (list.length === 0) throw new FilterInvalid();
  const rules = list.map(ruleOf);
  return (event) => {
    const value = memberOf(event, name);
    const values = Array.isArray(value) && value.length > 0 ? value : [value];
    return rules.some((rule) => values.some(rule));
  };
}

function memberOf(event: unknown, name: string): unknown {
  return isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function ruleOf(given: unknown): Rule {
  if (given === null || ['string', 'number', 'boolean'].includes(typeof given))
    return (value) => value === given;
  if (!isObject(given)) throw new FilterInvalid();
  const [name, argument] = only(given);
  if (name === 'exists') {
    if (typeof argument !== 'boolean') throw new FilterInvalid();
    // Of leaves alone.
    return (value) => (value !== undefined && !isObject(value)) === argument;
  }
  if (name === 'numeric') return numericRule(argument);
  if (name === 'anything-but') return butRule(argument);
  return textRule(name, argument);
}

/** Of an object with one member. @throws FilterInvalid */
function only(object: Json): readonly [name: string, value: unknown] {
  const [first, ...others] = Object.entries(object);
  if (first === undefined || others.length > 0) throw new FilterInvalid();
  return first;
}

function textRule(name: string, argument: unknown): Rule {
  if (isObject(argument) && (name === 'prefix' || name === 'suffix')) {
    const folded = argument['equals-ignore-case'];
    if (typeof folded !== 'string' || Object.keys(argument).length > 1) throw new FilterInvalid();
    const rule = textRule(name, folded.toLowerCase());
    return (value) => typeof value === 'string' && rule(value.toLowerCase());
  }
  if (typeof argument !== 'string') throw new FilterInvalid();
  const folded = argument.toLowerCase();
  switch (name) {
    case 'prefix':
      return (value) => typeof value === 'string' && value.startsWith(argument);
    case 'suffix':
      return (value) => typeof value === 'string' && value.endsWith(argument);
    case 'equals-ignore-case':
      return (value) => typeof value === 'string' && value.toLowerCase() === folded;
    default:
      throw new FilterInvalid();
  }
}

/** What is not there is not anything. */
function butRule(argument: unknown): Rule {
  const isThere = (value: unknown) => value !== undefined && !isObject(value);
  if (isObject(argument)) {
    const [name, inner] = only(argument);
    const rules = (Array.isArray(inner) ? inner : [inner]).map((one) => textRule(name, one));
    return (value) => isThere(value) && !rules.some((rule) => rule(value));
  }
  const list: unknown[] = Array.isArray(argument) ? argument : [argument];
  if (list.length === 0 || !list.every((one) => typeof one === 'string' || typeof one === 'number'))
    throw new FilterInvalid();
  return (value) => isThere(value) && !(list as unknown[]).includes(value);
}

const comparisons: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '=': (left, right) => left === right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

function numericRule(argument: unknown): Rule {
  if (!Array.isArray(argument) || (argument.length !== 2 && argument.length !== 4)) throw new FilterInvalid();
  const tests: ((value: number) => boolean)[] = [];
  for (let at = 0; at < argument.length; at += 2) {
    const sign = String(argument[at]);
    const limit: unknown = argument[at + 1];
    if (!Object.hasOwn(comparisons, sign) || typeof limit !== 'number') throw new FilterInvalid();
    tests.push((value) => comparisons[sign]!(value, limit));
  }
  return (value) => typeof value === 'number' && tests.every((one) => one(value));
}
