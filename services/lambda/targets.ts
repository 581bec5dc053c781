/**
 * Functions and queues as targets of other services' events. A service may use them only where their policies say so, also within one account,
 * as on AWS; asked when it is configured and again for each event.
 */
import { createHash } from 'node:crypto';
import {
  AwsError,
  type EventTargets,
  evaluate,
  PolicyError,
  type Principal,
  type ResourceRef,
  type TargetEvent,
} from '@hypergate/kit';
import type { EventQueue } from './events/api.ts';
import type { Queues } from './queues/api.ts';
import type { Functions } from './store/api.ts';
import type { LambdaBase } from './store/context.ts';
import { randomUuid } from './store/random-ids.ts';

export interface TargetModules {
  readonly base: LambdaBase;
  readonly functions: Functions;
  readonly events: EventQueue;
  readonly queues: Queues;
}

type From = Omit<TargetEvent, 'id' | 'traceId' | 'body'>;

const functionForm =
  /^arn:aws:lambda:([a-z0-9-]+):(\d{12}):function:([a-zA-Z0-9-_]{1,64})(?::([$a-zA-Z0-9-_]{1,128}))?$/;
const queueForm = /^arn:aws:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9-_]{1,80}$/;

export function createTargets({ base, functions, events, queues }: TargetModules): EventTargets {
  async function check(arn: string, from: From): Promise<'ok' | 'absent' | 'forbidden'> {
    const named = functionOf(arn);
    if (named === undefined && !queueForm.test(arn)) return 'absent';
    const access =
      named === undefined
        ? await queues.accessOf(arn)
        : await functions.access(named.name, named.qualifier, named.scope);
    if (access.ownerAccountId === undefined) return 'absent';
    const action = named === undefined ? 'sqs:SendMessage' : 'lambda:InvokeFunction';
    return allows(access, action, from) ? 'ok' : 'forbidden';
  }

  async function hand(arn: string, event: TargetEvent): Promise<void> {
    const { sourceArn, sourceAccount, id, body, traceId } = event;
    const once = createHash('sha256')
      .update(JSON.stringify([sourceArn, id]))
      .digest('hex');
    const named = functionOf(arn);
    if (named === undefined) {
      const text = Buffer.from(body).toString('utf8');
      await queues.send(arn, [
        {
          body: text,
          senderId: sourceAccount,
          onceKey: once,
          ...(traceId === undefined ? {} : { traceHeader: traceId }),
        },
      ]);
      return;
    }
    const { name, qualifier, scope } = named;
    // A qualifier that is gone is heard of now, not by whoever runs it.
    await functions.resolve(name, qualifier, scope);
    await events.put({
      scope,
      functionName: name,
      qualifier,
      requestId: randomUuid(base.random),
      payload: body,
      traceId: traceId ?? newTrace(base),
      idempotencyKey: once,
    });
  }

  return {
    check,
    async deliver(arn, event) {
      if ((await check(arn, event)) !== 'ok') return 'gone';
      try {
        await hand(arn, event);
        return 'delivered';
      } catch (error) {
        // It would be refused again, however often it is sent.
        const isRefused = error instanceof AwsError && error.status < 500 && error.status !== 429;
        if (!isRefused) throw error;
        base.logger.warn({ target: arn, code: error.code }, 'an event of another service was refused');
        return 'gone';
      }
    },
  };
}

function functionOf(arn: string) {
  const [, region, account, name, qualifier] = functionForm.exec(arn) ?? [];
  if (region === undefined || account === undefined || name === undefined) return undefined;
  return { name, qualifier, scope: { account, region } };
}

/** A service has no identity that policies know by an account: it is asked for as anybody, among the statements that speak of it. */
function allows({ arn, policy, ownerAccountId }: ResourceRef, action: string, from: From): boolean {
  if (policy === undefined) return false;
  const request = {
    principal: anybody,
    action,
    resource: { arn, ...(ownerAccountId === undefined ? {} : { ownerAccountId }) },
    identityPolicies: [],
    context: { 'aws:SourceArn': from.sourceArn, 'aws:SourceAccount': from.sourceAccount },
  };
  try {
    return evaluate({ ...request, resourcePolicies: [asSeenBy(from.principal, policy)] }) === 'allow';
  } catch (error) {
    // Nothing is allowed on half a policy.
    if (error instanceof PolicyError) return false;
    throw error;
  }
}

type Statement = Readonly<Record<string, unknown>>;

/** The policy with `*` where it names the service. @throws PolicyError */
function asSeenBy(service: string, policy: unknown): unknown {
  const document = (typeof policy === 'string' ? parsed(policy) : policy) as Statement;
  const given = document.Statement;
  const statements = (Array.isArray(given) ? given : [given]) as Statement[];
  return {
    ...document,
    Statement: statements.flatMap((statement): Statement[] => {
      if (names(statement.NotPrincipal, service)) return [];
      return [names(statement.Principal, service) ? { ...statement, Principal: '*' } : statement];
    }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new PolicyError('A policy is not JSON.');
    throw error;
  }
}

function names(principal: unknown, service: string): boolean {
  const listed = (principal as { Service?: unknown } | null | undefined)?.Service;
  return Array.isArray(listed) ? listed.includes(service) : listed === service;
}

const anybody: Principal = {
  kind: 'anonymous',
  accountId: '',
  userId: '',
  arn: '',
  displayName: '',
  accessKeyId: '',
};

function newTrace({ clock, random }: LambdaBase): string {
  const seconds = Math.floor(clock.now() / 1000);
  const id = Buffer.from(random.bytes(20)).toString('hex');
  return `Root=1-${seconds.toString(16).padStart(8, '0')}-${id.slice(0, 24)};Parent=${id.slice(24)};Sampled=0`;
}
