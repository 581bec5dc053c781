/** The frame of every operation: its call, the check of its shape, its end in the audit trail, errors in the words of the wire. */
import { AwsError, type Call, type OperationRow } from '@hypergate/kit';
import { isControlOperation } from '../engine/control/index.ts';
import { KmsError, kmsError } from '../engine/errors.ts';
import type { Input } from '../engine/input.ts';
import { bytesOf, textOf } from '../engine/input.ts';
import { factsOf, type Operation } from '../engine/operations.ts';
import { validate } from '../engine/validate.ts';
import { resolveKey } from '../engine/view.ts';
import { gatewayLimits } from '../limits.ts';
import { finished } from '../store/audit.ts';
import { KmsCall } from '../store/call.ts';
import type { KmsContext } from '../store/context.ts';
import { CustodiansRefused } from '../store/use-key.ts';
import { replyOf } from './secret-reply.ts';

/** Members of the answer; undefined ones are not sent. @throws KmsError */
export type Operate = (context: KmsContext, call: KmsCall) => Promise<Readonly<Record<string, unknown>>>;

export interface KmsOperation {
  readonly name: Operation;
  readonly operate: Operate;
}

export const operation = (name: Operation, operate: Operate): KmsOperation => ({ name, operate });

/** Runs an operation with the service's context, and knows that it is under way. @throws AwsError when there is none */
export type Run = <Result>(work: (context: KmsContext) => Promise<Result>) => Promise<Result>;

/**
 * Who may do what is decided by key policies and grants as well as by identity policies, the same way at every custodian: so the port
 * asks for credentials only, and the engine decides (`permissionless`).
 */
export function rowOf({ name, operate }: KmsOperation, run: Run): OperationRow<Input> {
  return {
    name,
    action: `kms:${name}`,
    access: 'permissionless',
    keepsSignature: true,
    bodyBytesMax: gatewayLimits.bodyBytesMax,
    resources: () => [],
    undecoded: (call, error) => run((context) => recordUndecoded(context, call as Call<Input>, error)),
    handle: (call) => run((context) => handle(operate, context, call)),
  };
}

async function recordUndecoded(context: KmsContext, sent: Call<Input>, error: unknown): Promise<void> {
  const call = new KmsCall(sent, context.clock.now());
  await finished(context, call, error instanceof AwsError ? error.code : 'SerializationException');
}

async function handle(operate: Operate, context: KmsContext, sent: Call<Input>) {
  return replyOf(await answer(operate, context, new KmsCall(sent, context.clock.now())));
}

/** Performs a call; its record comes before its answer. @throws AwsError */
export async function answer(operate: Operate, context: KmsContext, call: KmsCall) {
  try {
    if (call.region !== context.region) throw wrongRegion(call.region, context.region);
    validate(call.operation, call.input);
    const output = await performed(operate, context, call);
    await finished(context, call, 'ok');
    return output;
  } catch (error) {
    throw await refused(context, call, error);
  }
}

/**
 * Custodians hear of a control call before other calls see it here. Who used a key meanwhile is refused by them, and is judged once more on
 * what then holds.
 */
async function performed(
  operate: Operate,
  context: KmsContext,
  call: KmsCall,
): Promise<Awaited<ReturnType<Operate>>> {
  const { line } = context;
  const { changes } = line;
  try {
    return await operate(context, call);
  } catch (error) {
    if (!(error instanceof CustodiansRefused)) throw error;
    // Those under way are over then.
    await line.exclusively(async () => undefined);
    if (line.changes === changes || isControlOperation(call.operation))
      throw unexplained(context, call, error);
  }
  try {
    return await operate(context, call);
  } catch (error) {
    throw error instanceof CustodiansRefused ? unexplained(context, call, error) : error;
  }
}

function unexplained(
  { logger }: KmsContext,
  { input }: KmsCall,
  { cause, facts, message }: CustodiansRefused,
) {
  const plaintext = bytesOf(input, 'Plaintext');
  plaintext?.fill(0);
  logger.error({ err: cause, ...facts }, message);
  return kmsError('KMSInternalException');
}

/** Its record first, then the answer. */
async function refused(context: KmsContext, call: KmsCall, error: unknown): Promise<unknown> {
  const told = answerOf(error);
  if (call.keyIds.size === 0) await findSubject(context, call);
  await finished(context, call, told?.code ?? (call.signal.aborted ? 'ClientLeft' : 'KMSInternalException'));
  if (told !== undefined) return told;
  // Work that was cut short because nobody waits for it: the port knows.
  if (call.signal.aborted) return error;
  const { operation: name, requestId } = call;
  context.logger.error({ err: error, operation: name, requestId }, 'a call failed for a reason of our own');
  return answerOf(kmsError('KMSInternalException'));
}

function answerOf(error: unknown): AwsError | undefined {
  if (error instanceof AwsError) return error;
  if (!(error instanceof KmsError)) return undefined;
  return new AwsError(error.code, error.status, error.message);
}

/** For the trail: which key a refused call meant. */
async function findSubject({ view }: KmsContext, call: KmsCall): Promise<void> {
  const { operation: name, input, region, principal } = call;
  const { key: member } = factsOf(name);
  if (member === undefined || typeof input[member] !== 'string') return;
  try {
    const account = principal.accountId;
    const { key } = await resolveKey(view, textOf(input, member) ?? '', { account, region }, name);
    call.keyIds.add(key.keyId);
  } catch (error) {
    // It meant none that there is.
    if (!(error instanceof KmsError)) throw error;
  }
}

function wrongRegion(sent: string, own: string): AwsError {
  return new AwsError(
    'InvalidSignatureException',
    400,
    `Credential should be scoped to a valid region: this is ${own}, not ${sent}.`,
  );
}
