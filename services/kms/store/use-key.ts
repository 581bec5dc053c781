/** Calls that use keys: recorded first, then asked of custodians with the record as evidence. */
import type { CustodyPort, KeyTask } from '@hypergate/node/api';
import { type Bytes, type CallEvidence, CustodyError } from '@hypergate/node/api';
import { kmsError } from '../engine/errors.ts';
import { gatewayLimits } from '../limits.ts';
import { type AuditFacts, audited } from './audit.ts';
import type { KmsCall } from './call.ts';
import type { KmsContext } from './context.ts';
import { within } from './within.ts';

export interface KeyUse {
  readonly output: Bytes;
  /** Of the audit record: part of what an encrypting evaluation is of. */
  readonly revision: number;
}

/**
 * Custodians refuse what the gateway allowed: one of the two sides is wrong about who may do what, or they know of a change that the gateway
 * is about to see.
 */
export class CustodiansRefused extends Error {
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(cause: CustodyError, facts: Readonly<Record<string, unknown>>) {
    super('custodians refuse what the gateway allowed', { cause });
    this.name = 'CustodiansRefused';
    this.facts = facts;
  }
}

/** One task of a recorded call. @throws KmsError, CustodiansRefused */
export type Perform = (task: KeyTask) => Promise<Bytes>;

/**
 * @param task made when the record's revision is known
 * @throws KmsError KMSInternalException, DependencyTimeoutException
 */
export function useKey(
  context: KmsContext,
  call: KmsCall,
  facts: AuditFacts,
  task: (revision: number) => KeyTask,
): Promise<KeyUse> {
  return useKeys(context, call, facts, async (perform, revision) => ({
    output: await perform(task(revision)),
    revision,
  }));
}

/** Several tasks under one audit record, as of ReEncrypt. @throws KmsError */
export async function useKeys<Result>(
  context: KmsContext,
  call: KmsCall,
  facts: AuditFacts,
  work: (perform: Perform, revision: number) => Promise<Result>,
): Promise<Result> {
  call.usesKeys = true;
  const { revision, evidence } = await audited(context, call, facts);
  return within(gatewayLimits.useMs, call.signal, (signal) => {
    const options = { signal, reference: call.requestId, isJudgedAgain: true };
    return work((task) => perform(context, task, evidence, options), revision);
  });
}

export interface PerformOptions extends NonNullable<Parameters<CustodyPort['perform']>[2]> {
  /** Of the call, for the log. */
  readonly reference: string;
  /** Who calls deals with `CustodiansRefused`. */
  readonly isJudgedAgain?: boolean;
}

/** @throws KmsError */
export async function perform(
  { custody, metrics, logger }: Pick<KmsContext, 'custody' | 'metrics' | 'logger'>,
  task: KeyTask,
  evidence: CallEvidence,
  { reference, isJudgedAgain = false, ...options }: PerformOptions,
): Promise<Bytes> {
  const ended = metrics.custodySeconds.startTimer({ task: task.kind });
  try {
    const { output } = await custody.perform(task, evidence, options);
    ended({ outcome: 'ok' });
    return output;
  } catch (error) {
    ended({ outcome: error instanceof CustodyError ? error.reason : 'error' });
    if (isJudgedAgain && error instanceof CustodyError && error.reason === 'refused')
      throw new CustodiansRefused(error, { task: task.kind, reference });
    throw explained(error, { task: task.kind, reference, signal: options.signal }, logger);
  }
}

interface ExplainedFacts {
  readonly task: string;
  readonly reference: string;
  readonly signal?: AbortSignal | undefined;
}

/** What the caller is told; what happened is in the log. Errors that are none of custody's are passed on. */
export function explained(
  error: unknown,
  { signal, ...facts }: ExplainedFacts,
  logger: KmsContext['logger'],
): unknown {
  const isTimeout = signal?.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
  if (isTimeout) return kmsError('DependencyTimeoutException');
  if (!(error instanceof CustodyError)) return error;
  switch (error.reason) {
    case 'unavailable':
      logger.warn({ err: error, ...facts }, 'too few custodians answer');
      return kmsError(
        'KMSInternalException',
        'Too few custodians are available. The request can be retried.',
      );
    case 'refused':
      // The gateway had allowed it: one of the two sides is wrong about who may do what.
      logger.error({ err: error, ...facts }, 'custodians refuse what the gateway allowed');
      return kmsError('KMSInternalException');
    case 'unknown-key':
    case 'invalid':
      logger.error({ err: error, ...facts }, 'custodians cannot perform a task of an allowed call');
      return kmsError('KMSInternalException');
  }
}
