/**
 * What of an answer is to be compared: some have no order, some tell of chance, some of time. Each rule turns an answer into
 * one that can be compared literally.
 */
import { isAggregate, type Reply, showReply } from './reply.ts';

export type Rule = (reply: Reply) => Reply;

export const exact: Rule = (reply) => reply;

function sorted(items: readonly Reply[]): Reply[] {
  return items
    .map((item) => ({ item, text: showReply(item) }))
    .sort((left, right) => (left.text < right.text ? -1 : left.text > right.text ? 1 : 0))
    .map(({ item }) => item);
}

/** A list or set in no order. */
export const unordered: Rule = (reply) =>
  isAggregate(reply) ? { kind: reply.kind, items: sorted(reply.items) } : reply;

/** Keys and values in turn, in no order: HGETALL. */
export const unorderedPairs: Rule = (reply) => {
  if (!isAggregate(reply)) return reply;
  const pairs: Reply[] = [];
  for (let i = 0; i < reply.items.length; i += 2) {
    pairs.push({ kind: '*', items: reply.items.slice(i, i + 2) });
  }
  return { kind: reply.kind, items: sorted(pairs) };
};

/** SCAN and its like, with a COUNT that takes all at once. */
export const scanned: Rule = (reply) => scannedBy(reply, unordered);
export const scannedPairs: Rule = (reply) => scannedBy(reply, unorderedPairs);

function scannedBy(reply: Reply, rule: Rule): Reply {
  if (!isAggregate(reply) || reply.items.length !== 2) return reply;
  return { kind: reply.kind, items: [reply.items[0]!, rule(reply.items[1]!)] };
}

/** How many there are, of elements picked at random. */
export const lengthOnly: Rule = (reply) =>
  isAggregate(reply)
    ? `${reply.kind}${reply.items.length} items`
    : reply.startsWith('$')
      ? kindOfText(reply)
      : reply;

function kindOfText(reply: string): string {
  return reply === '$null' ? reply : '$something';
}

/** Unix time, seconds. Moments are counted from here, so that none lies where one second more is another step. */
export const runBegin = Math.floor(Date.now() / 1000);

/** Far off, by whole steps of what `about` compares of the time that is left until then. */
export const farSeconds = [runBegin + 2_000_000_000, runBegin + 3_000_000_000] as const;

/** A time that passes, in seconds or milliseconds: to the nearest step of far more than a run takes. */
export function about(step: number, from = 0): Rule {
  return (reply) => {
    if (isAggregate(reply) || !/^:[0-9]+$/.test(reply)) return reply;
    return `:about ${from + Math.round((Number(reply.slice(1)) - from) / step) * step}`;
  };
}

/** A moment so long after the run's begin, in Unix time of seconds, or of milliseconds. */
export const aboutSecond = about(500, runBegin);
export const aboutMillisecond = about(500_000, runBegin * 1000);

/** Leaves out some names, and what stands behind them, of lists of names and values at any depth: XINFO. */
export function without(...names: readonly string[]): Rule {
  const isLeftOut = (item: Reply | undefined) => typeof item === 'string' && names.includes(item.slice(1));
  const rule: Rule = (reply) => {
    if (!isAggregate(reply)) return reply;
    const kept = reply.items.filter((item, i) => !isLeftOut(i % 2 === 0 ? item : reply.items[i - 1]));
    return { kind: reply.kind, items: kept.map(rule) };
  };
  return rule;
}

/** Replaces integers that are times of today in milliseconds, at any depth. */
export const withoutTimes: Rule = (reply) => {
  if (isAggregate(reply)) return { kind: reply.kind, items: reply.items.map(withoutTimes) };
  return /^:1[0-9]{12}$/.test(reply) ? ':time' : reply;
};

/** Replaces the item at a place of each list in a list: idle times of XPENDING. */
export function withoutItem(place: number): Rule {
  return (reply) => {
    if (!isAggregate(reply)) return reply;
    return {
      kind: reply.kind,
      items: reply.items.map((row) =>
        isAggregate(row) && row.items.length > place
          ? { kind: row.kind, items: row.items.map((item, i) => (i === place ? '?' : item)) }
          : row,
      ),
    };
  };
}

/** EXEC: each answer by the rule of its command. */
export function each(rules: readonly Rule[]): Rule {
  return (reply) => {
    if (!isAggregate(reply) || reply.items.length !== rules.length) return reply;
    return { kind: reply.kind, items: reply.items.map((item, i) => rules[i]!(item)) };
  };
}
