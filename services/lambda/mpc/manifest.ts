/**
 * `mpc.json` of a package: who takes part in the circuit of its source, where inputs come from, what each party learns, at which level.
 *
 *   { "parties": ["alice", "bob"], "inputs": { "alice": { "s3": "arn:aws:s3:::bucket/key" }, "bob": "caller" },
 *     "outputs": { "alice": ["sum"] }, "level": "malicious", "self": "alice", "meetMs": 30000, "totalMs": 60000 }
 */
import { z } from 'zod';
import { lambdaError } from '../engine/errors.ts';
import { mpcLimits as l } from './limits.ts';

export const manifestFile = 'mpc.json';

const name = z
  .string()
  .max(l.nameCharsMax)
  .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'a name is a letter, and then letters, digits and _')
  // By their names they are looked up in objects, which have members of their own.
  .refine((one) => !(one in Object.prototype), 'a name is none that every object has');

const source = z
  .string()
  .max(l.sourcePathCharsMax)
  .regex(/^(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*\/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*\.mpc\.ts$/, {
    error: 'a source is a file of the package whose name ends in .mpc.ts',
  });

const object = z.strictObject({
  s3: z
    .string()
    .regex(/^arn:aws:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/./su, 'an object is arn:aws:s3:::bucket/key')
    .refine((arn) => Buffer.byteLength(objectOf(arn).key) <= l.objectKeyBytesMax, 'the key is too long'),
  versionId: z.string().min(1).max(l.versionIdCharsMax).optional(),
});

const inputForm = 'inputs come from "caller" or from {"s3": "arn:aws:s3:::bucket/key"}';

const time = z.number().int().min(1).max(l.timeMsMax);

const schema = z
  .strictObject({
    source: source.default('function.mpc.ts'),
    parties: z.array(name).min(l.partiesMin).max(l.partiesMax),
    self: name.optional(),
    inputs: z.record(name, z.union([z.literal('caller'), object], { error: inputForm })).default({}),
    outputs: z.record(name, z.array(name).max(l.outputsMax)),
    level: z.enum(['semi-honest', 'malicious', 'three-party']),
    keys: z.boolean().default(false),
    meetMs: time.default(l.meetMsDefault),
    totalMs: time.default(l.totalMsDefault),
  })
  .superRefine(({ parties, self, inputs, outputs, level, keys, meetMs, totalMs }, context) => {
    const refuse = (path: string[], message: string) =>
      context.addIssue({ code: 'custom', path, message, continue: false });
    const isParty = (one: string) => parties.includes(one);
    if (new Set(parties).size !== parties.length) refuse(['parties'], 'two parties have one name');
    if (self !== undefined && !isParty(self)) refuse(['self'], `${self} is no party`);
    for (const [member, given] of Object.entries({ inputs, outputs }))
      for (const one of Object.keys(given)) if (!isParty(one)) refuse([member], `${one} is no party`);
    for (const [one, learned] of Object.entries(outputs))
      if (new Set(learned).size !== learned.length) refuse(['outputs', one], 'an output is named twice');
    const count = level === 'three-party' ? 3 : 2;
    if (parties.length !== count) refuse(['level'], `${level} is for ${count} parties`);
    if (keys && level === 'semi-honest') refuse(['keys'], 'semi-honest may give keys away');
    if (meetMs > totalMs) refuse(['meetMs'], 'it is longer than totalMs');
  });

export type Manifest = z.output<typeof schema>;

/** @throws AwsError InvalidParameterValueException that names the member */
export function readManifest(bytes: Uint8Array): Manifest {
  if (bytes.length > l.manifestBytesMax) throw refusal(`it has more than ${l.manifestBytesMax} bytes`);
  const parsed = schema.safeParse(jsonOf(bytes));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw refusal(`${where === '' ? '' : `${where}: `}${issue?.message}`);
}

/** One text for all manifests that mean the same: members in the order of the schema, parties in theirs, names sorted. */
export function manifestText(manifest: Manifest): string {
  const { parties, inputs, outputs, ...rest } = manifest;
  const inOrder = parties.toSorted();
  return JSON.stringify({
    ...rest,
    parties,
    inputs: Object.fromEntries(inOrder.map((party) => [party, inputs[party] ?? 'caller'])),
    outputs: Object.fromEntries(inOrder.map((party) => [party, (outputs[party] ?? []).toSorted()])),
  });
}

export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
}

/** @param arn of the form that the schema checks */
export function objectOf(arn: string): ObjectName {
  const path = arn.slice('arn:aws:s3:::'.length);
  const slash = path.indexOf('/');
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw refusal('it is not JSON', { cause: error });
  }
}

function refusal(sentence: string, { cause }: ErrorOptions = {}): Error {
  const error = lambdaError('InvalidParameterValueException', `${manifestFile}: ${sentence}`);
  if (cause !== undefined) error.cause = cause;
  return error;
}
