/**
 * Keys from a dealer: made by it, or brought to it. The private key is whole in the dealer's process alone, for as long as that takes;
 * imported material also with whoever brings it.
 */
import type { Bytes } from '../../../api/index.ts';
import type { AuthorisedTask, Custodians, KeyCommon } from '../party.ts';
import { askAll, tooFewAnswers } from './ask-all.ts';
import { checkDealtStatement, dealKind, encodeDeal, encodeLateDeal, lateDealKind } from './deal-handlers.ts';
import { dealInProcess } from './dealer-process.ts';
import type { Dealing } from './dealing.ts';
import { rsaKeyOf } from './key.ts';
import { rsaLimits } from './limits.ts';
import { modulusBitsOf } from './parameters.ts';

/** @throws ThresholdAbort; RangeError for a scheme that is not RSA */
export async function createRsaKey(
  custodians: Custodians,
  authorised: AuthorisedTask,
  signal?: AbortSignal,
): Promise<KeyCommon> {
  const { task } = authorised;
  if (task.kind !== 'create') throw new RangeError('the task makes no key');
  return distribute(custodians, authorised, await dealFor(custodians, task, undefined, signal), signal);
}

/**
 * @param material PKCS #8 in DER; overwritten
 * @throws ThresholdAbort; RangeError when it is no key of the scheme
 */
export async function importRsaKey(
  custodians: Custodians,
  authorised: AuthorisedTask,
  material: Bytes,
  signal?: AbortSignal,
): Promise<KeyCommon> {
  const { task } = authorised;
  if (task.kind !== 'import') throw new RangeError('the task imports no key');
  let dealing: Dealing;
  try {
    if (material.length === 0 || material.length > rsaLimits.materialBytesMax)
      throw new RangeError('the key material has another length');
    dealing = await dealFor(custodians, task, material, signal);
  } finally {
    material.fill(0);
  }
  return distribute(custodians, authorised, dealing, signal);
}

async function dealFor(
  { committee }: Custodians,
  { handle, scheme }: { readonly handle: Bytes; readonly scheme: string },
  material: Bytes | undefined,
  signal: AbortSignal | undefined,
): Promise<Dealing> {
  modulusBitsOf(scheme);
  const sealingKeys = committee.members.map(({ sealingKey }) => sealingKey);
  const request = { handle, scheme, threshold: committee.threshold, sealingKeys };
  return dealInProcess(material === undefined ? request : { ...request, material }, signal);
}

/** Ends when n - t custodians have their shares on their disks; what the others must get waits for them. */
export async function distribute(
  custodians: Custodians,
  authorised: AuthorisedTask,
  dealing: Dealing,
  signal?: AbortSignal,
): Promise<KeyCommon> {
  const { committee } = custodians;
  const key = rsaKeyOf(dealing.key);
  const options = signal === undefined ? { authorised } : { authorised, signal };
  const { answers, failures } = await askAll(custodians, custodians.available(), async (custodian) => {
    const signature = await custodians.ask(custodian, dealKind, encodeDeal(dealing, custodian), options);
    return checkDealtStatement(custodians.verify.bind(custodians), custodian, key, signature);
  });
  if (answers.size < committee.members.length - committee.threshold)
    throw tooFewAnswers(failures, custodians);
  const absent = committee.members.filter(({ index }) => !answers.has(index));
  await askAll(
    custodians,
    absent.map(({ index }) => index),
    (custodian) => custodians.deliver(custodian, lateDealKind, encodeLateDeal(dealing, custodian, answers)),
  );
  return dealing.key;
}
