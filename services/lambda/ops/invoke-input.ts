/** What the operations that invoke functions take: kind of invocation, payload, client context, trace. */
import { AwsError } from '@hypergate/kit';
import { constraintError, lambdaError } from '../engine/errors.ts';
import { invokeLimits } from '../invoke/limits.ts';
import { lambdaLimits } from '../limits.ts';
import { type LambdaCall, type LambdaOperation, textOf } from './operation.ts';

export type InvocationType = 'Event' | 'RequestResponse' | 'DryRun';

export const invokedFunction: LambdaOperation['resources'] = async ({ context, scope, input }) => [
  await context.functions.access(String(input.FunctionName), textOf(input, 'Qualifier'), scope),
];

/** The body may be so long before its size is refused in Lambda's own words. */
export const invokeBodyBytesMax = lambdaLimits.payloadMax + 1024 * 1024;

/** @throws AwsError ValidationException */
export function invocationTypeOf(
  { input }: LambdaCall,
  allowed: readonly InvocationType[] = ['Event', 'RequestResponse', 'DryRun'],
): InvocationType {
  const given = textOf(input, 'InvocationType') ?? 'RequestResponse';
  const found = allowed.find((one) => one === given);
  if (found === undefined)
    throw constraintError(given, 'invocationType', `enum value set: [${allowed.join(', ')}]`);
  return found;
}

/** @throws AwsError ValidationException */
export function wantsLog({ input }: LambdaCall): boolean {
  const given = textOf(input, 'LogType') ?? 'None';
  if (given !== 'None' && given !== 'Tail')
    throw constraintError(given, 'logType', 'enum value set: [None, Tail]');
  return given === 'Tail';
}

const emptyObject = Buffer.from('{}');
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * JSON; an event without one is an empty object.
 * @throws AwsError RequestTooLargeException, InvalidRequestContentException
 */
export function payloadOf({ input }: LambdaCall, member: string, type: InvocationType): Uint8Array {
  const given = input[member];
  if (!(given instanceof Uint8Array) || given.length === 0) return emptyObject;
  const max = type === 'Event' ? lambdaLimits.asyncPayloadMax : lambdaLimits.payloadMax;
  if (given.length > max)
    throw lambdaError(
      'RequestTooLargeException',
      `Request must be smaller than ${max} bytes for the InvokeFunction operation`,
    );
  const fault = jsonFault(given);
  if (fault !== undefined)
    throw lambdaError(
      'InvalidRequestContentException',
      `Could not parse request body into json: Could not parse payload into json: ${fault}`,
    );
  return given;
}

/** Base64 of JSON. @throws AwsError InvalidRequestContentException, RequestTooLargeException */
export function clientContextOf({ input }: LambdaCall): string | undefined {
  const given = textOf(input, 'ClientContext');
  if (given === undefined || given === '') return undefined;
  const bytes = Buffer.from(given, 'base64');
  if (bytes.length > invokeLimits.clientContextBytesMax)
    throw lambdaError(
      'RequestTooLargeException',
      `Client context must be at most ${invokeLimits.clientContextBytesMax} bytes`,
    );
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(given) || jsonFault(bytes) !== undefined)
    throw lambdaError(
      'InvalidRequestContentException',
      'Client context must be a valid Base64-encoded JSON object.',
    );
  return bytes.toString('utf8');
}

/** As the caller sent it, or a new one. */
export function traceIdOf({
  context,
  sent,
}: {
  readonly context: LambdaCall['context'];
  readonly sent: Pick<LambdaCall['sent'], 'header'>;
}): string {
  const given = sent.header('x-amzn-trace-id');
  if (given !== undefined && given.length <= invokeLimits.traceIdCharsMax && /^[\x21-\x7e]+$/.test(given))
    return given;
  const random = Buffer.from(context.random.bytes(20)).toString('hex');
  const time = Math.floor(context.clock.now() / 1000)
    .toString(16)
    .padStart(8, '0');
  return `Root=1-${time}-${random.slice(0, 24)};Parent=${random.slice(24)};Sampled=0`;
}

/** @throws AwsError for what is not offered and would be misunderstood without it */
export function refuseUnsupported({ input }: LambdaCall): void {
  for (const member of ['DurableExecutionName', 'TenantId'])
    if (input[member] !== undefined)
      throw new AwsError(
        'InvalidParameterValueException',
        400,
        `The function is not configured for ${member}.`,
        { Type: 'User' },
      );
}

/** What is wrong with it, without a piece of it. */
function jsonFault(bytes: Uint8Array): string | undefined {
  try {
    JSON.parse(utf8.decode(bytes));
    return undefined;
  } catch (error) {
    if (error instanceof TypeError) return 'Invalid UTF-8';
    if (!(error instanceof SyntaxError)) throw error;
    const position = /at position ([0-9]+)/.exec(error.message)?.[1];
    if (position !== undefined) return `Unexpected character at offset ${position}`;
    return /end of JSON/.test(error.message) ? 'Unexpected end-of-input' : 'Unexpected character';
  }
}
