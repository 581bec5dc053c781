/** NotificationConfiguration as clients send it and get it: checked rule by rule, then the rules against one another. */
import { invalidArgument, s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import {
  configurableEvents,
  findOverlap,
  type NotificationRule,
  type Notifications,
} from './notification.ts';

export interface RuleMember {
  readonly Id?: string;
  readonly Events?: readonly string[];
  readonly Filter?: {
    readonly Key?: { readonly FilterRules?: readonly { readonly Name?: string; readonly Value?: string }[] };
  };
}

export interface NotificationMembers {
  readonly QueueConfigurations?: readonly (RuleMember & { readonly QueueArn?: string })[];
  readonly LambdaFunctionConfigurations?: readonly (RuleMember & { readonly LambdaFunctionArn?: string })[];
  readonly TopicConfigurations?: readonly (RuleMember & { readonly TopicArn?: string })[];
  readonly EventBridgeConfiguration?: object;
}

/**
 * @param newId for rules without one
 * @throws InvalidArgument, MalformedXML, NotImplemented
 */
export function notificationRules(members: NotificationMembers, newId: () => string): Notifications {
  if (members.EventBridgeConfiguration !== undefined) {
    throw s3Error('NotImplemented', {}, 'EventBridgeConfiguration is not implemented.');
  }
  const topic = members.TopicConfigurations?.[0];
  if (topic !== undefined)
    throw invalidDestination(topic.TopicArn ?? '', 'The destination topic does not exist');
  const rules: NotificationRule[] = [];
  const queues = members.QueueConfigurations ?? [];
  const functions = members.LambdaFunctionConfigurations ?? [];
  if (queues.length + functions.length > s3Limits.notificationRulesMax) {
    throw s3Error(
      'InvalidRequest',
      {},
      `A bucket can have at most ${s3Limits.notificationRulesMax} event notification configurations`,
    );
  }
  for (const member of queues) rules.push(rule('queue', member.QueueArn, member, newId));
  for (const member of functions) rules.push(rule('function', member.LambdaFunctionArn, member, newId));
  checkTogether(rules);
  return rules;
}

/** As GetBucketNotificationConfiguration shows them. */
export function notificationMembers(rules: Notifications): NotificationMembers {
  const queues = rules.filter(({ destination }) => destination === 'queue');
  const functions = rules.filter(({ destination }) => destination === 'function');
  return {
    ...(queues.length === 0
      ? {}
      : { QueueConfigurations: queues.map((each) => ({ QueueArn: each.arn, ...shown(each) })) }),
    ...(functions.length === 0
      ? {}
      : {
          LambdaFunctionConfigurations: functions.map((each) => ({
            LambdaFunctionArn: each.arn,
            ...shown(each),
          })),
        }),
  };
}

/** Each destination that does not do has its ARN and why not. */
export function invalidDestination(arn: string, reason: string): Error {
  return invalidArgument('Unable to validate the following destination configurations', arn, reason);
}

const arns = {
  queue: /^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]{1,80}(?:\.fifo)?$/,
  function: /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,140}(?::[\w$-]{1,129})?$/,
} as const;
/** What their elements are called. */
const arnNames = { queue: 'Queue', function: 'CloudFunction' } as const;

function rule(
  destination: NotificationRule['destination'],
  arn: string | undefined,
  member: RuleMember,
  newId: () => string,
): NotificationRule {
  const { Events: events = [], Id: id = '' } = member;
  if (arn === undefined || events.length === 0) throw s3Error('MalformedXML');
  if (arn.length > s3Limits.notificationArnLengthMax || !arns[destination].test(arn)) {
    throw invalidArgument('The ARN is not well formed', arnNames[destination], arn);
  }
  if (arn.endsWith('.fifo')) throw invalidDestination(arn, 'FIFO queues cannot be destinations');
  if (events.length > s3Limits.notificationEventsMax) throw s3Error('MalformedXML');
  for (const event of events) {
    if (configurableEvents.has(event)) continue;
    throw invalidArgument(`The event '${event}' is not supported for notifications`, 'Event', event);
  }
  if (id.length > s3Limits.notificationIdLengthMax) {
    throw invalidArgument(
      `The ID of a configuration cannot be longer than ${s3Limits.notificationIdLengthMax} characters`,
      'Id',
      id,
    );
  }
  return { id: id === '' ? newId() : id, destination, arn, events, ...filter(member.Filter) };
}

function filter(given: RuleMember['Filter']): Pick<NotificationRule, 'prefix' | 'suffix'> {
  const found: { prefix: string | undefined; suffix: string | undefined } = {
    prefix: undefined,
    suffix: undefined,
  };
  for (const { Name: name, Value: value } of given?.Key?.FilterRules ?? []) {
    if (name === undefined || value === undefined) throw s3Error('MalformedXML');
    const kind = name.toLowerCase();
    if (kind !== 'prefix' && kind !== 'suffix') {
      throw invalidArgument('filter rule name must be either prefix or suffix', 'FilterRule.Name', name);
    }
    if (found[kind] !== undefined) {
      throw invalidArgument(
        `Cannot specify more than one ${kind} rule in a filter.`,
        'FilterRule.Name',
        kind,
      );
    }
    if (Buffer.byteLength(value) > s3Limits.notificationFilterBytesMax) {
      throw invalidArgument(
        `Size of filter rule value cannot exceed ${s3Limits.notificationFilterBytesMax} bytes in UTF-8 representation`,
        'FilterRule.Value',
        value,
      );
    }
    found[kind] = value;
  }
  return found;
}

/** @throws InvalidArgument */
function checkTogether(rules: Notifications): void {
  const ids = new Set<string>();
  for (const { id } of rules) {
    if (ids.has(id)) {
      throw invalidArgument(
        'Same ID used for multiple configurations. IDs must be unique on configurations',
        'Id',
        id,
      );
    }
    ids.add(id);
  }
  const overlap = findOverlap(rules);
  if (overlap === undefined) return;
  throw invalidArgument(
    overlap.filtered
      ? 'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.'
      : 'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
    'Event',
    overlap.events.join(', '),
  );
}

function shown({ id, events, prefix, suffix }: NotificationRule): RuleMember {
  const rules: { readonly Name: string; readonly Value: string }[] = [];
  if (prefix !== undefined) rules.push({ Name: 'Prefix', Value: prefix });
  if (suffix !== undefined) rules.push({ Name: 'Suffix', Value: suffix });
  return {
    Id: id,
    Events: events,
    ...(rules.length === 0 ? {} : { Filter: { Key: { FilterRules: rules } } }),
  };
}
