/**
 * Event notifications of a bucket (Amazon S3 User Guide, "Amazon S3 Event Notifications"): which events go where, and whether
 * two rules get in one another's way. No event may fit two rules, so a change is told to one destination at most.
 */
import { formEncoded } from './event-record.ts';

/** What a rule may name. Of those with `*` the part before it is what their events begin with. */
export const configurableEvents: ReadonlySet<string> = new Set([
  's3:ObjectCreated:*',
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Post',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:*',
  's3:ObjectRemoved:Delete',
  's3:ObjectRemoved:DeleteMarkerCreated',
  's3:ObjectTagging:*',
  's3:ObjectTagging:Put',
  's3:ObjectTagging:Delete',
  // What follows never happens here, and a rule may name it as on AWS.
  's3:ObjectAcl:Put',
  's3:ObjectRestore:*',
  's3:ObjectRestore:Post',
  's3:ObjectRestore:Completed',
  's3:ObjectRestore:Delete',
  's3:ReducedRedundancyLostObject',
  's3:Replication:*',
  's3:Replication:OperationFailedReplication',
  's3:Replication:OperationNotTracked',
  's3:Replication:OperationMissedThreshold',
  's3:Replication:OperationReplicatedAfterThreshold',
  's3:LifecycleTransition',
  's3:LifecycleExpiration:*',
  's3:LifecycleExpiration:Delete',
  's3:LifecycleExpiration:DeleteMarkerCreated',
  's3:IntelligentTiering',
]);

/** What happens to versions of objects here, as records of events name it. */
export type EventName =
  | 'ObjectCreated:Put'
  | 'ObjectCreated:Copy'
  | 'ObjectCreated:CompleteMultipartUpload'
  | 'ObjectRemoved:Delete'
  | 'ObjectRemoved:DeleteMarkerCreated'
  | 'ObjectTagging:Put'
  | 'ObjectTagging:Delete';

/** Place in the list is the stored number: only ever append. */
export const destinationKinds = ['queue', 'function'] as const;

export interface NotificationRule {
  readonly id: string;
  readonly destination: (typeof destinationKinds)[number];
  readonly arn: string;
  /** Of `configurableEvents`. */
  readonly events: readonly string[];
  /** Undefined: any; an empty one was asked for and is shown. */
  readonly prefix: string | undefined;
  readonly suffix: string | undefined;
}

export type Notifications = readonly NotificationRule[];

/** @returns the rule that an event of an object belongs to, if any */
export function ruleFor(rules: Notifications, event: EventName, key: string): NotificationRule | undefined {
  const name = `s3:${event}`;
  return rules.find(
    (rule) =>
      rule.events.some((pattern) => eventsMeet(pattern, name)) &&
      (matches(rule, key) || matches(rule, formEncoded(key))),
  );
}

/** Values of filters are meant for the key as events show it; one that fits the key as it is, is taken as well. */
function matches({ prefix = '', suffix = '' }: NotificationRule, key: string): boolean {
  return key.startsWith(prefix) && key.endsWith(suffix);
}

export interface Overlap {
  /** The events that both rules name, one of each. */
  readonly events: readonly [string, string];
  readonly filtered: boolean;
}

/** @returns the first two rules that some event could fit both of */
export function findOverlap(rules: Notifications): Overlap | undefined {
  for (let i = 0; i < rules.length; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const [first, second] = [rules[j]!, rules[i]!];
      if (!filtersMeet(first, second)) continue;
      const events = commonEvents(first, second);
      if (events !== undefined) return { events, filtered: isFiltered(first) || isFiltered(second) };
    }
  }
  return undefined;
}

function commonEvents(
  first: NotificationRule,
  second: NotificationRule,
): readonly [string, string] | undefined {
  for (const one of first.events) {
    for (const other of second.events) if (eventsMeet(one, other)) return [one, other];
  }
  return undefined;
}

function eventsMeet(one: string, other: string): boolean {
  return one === other || covers(one, other) || covers(other, one);
}

function covers(pattern: string, name: string): boolean {
  return pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1));
}

function filtersMeet(first: NotificationRule, second: NotificationRule): boolean {
  const [a, b] = [first.prefix ?? '', second.prefix ?? ''];
  if (!a.startsWith(b) && !b.startsWith(a)) return false;
  const [c, d] = [first.suffix ?? '', second.suffix ?? ''];
  return c.endsWith(d) || d.endsWith(c);
}

function isFiltered({ prefix = '', suffix = '' }: NotificationRule): boolean {
  return prefix !== '' || suffix !== '';
}
