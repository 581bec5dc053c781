/** Uses of a key that a change of the same key overtakes: custodians have it, the gateway's other calls do not see it yet. */
import {
  CreateKeyCommand,
  DecryptCommand,
  DisableKeyCommand,
  EncryptCommand,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Gateway, openGateway } from './support/gateway.ts';
import { codeOf, newKey } from './support/key-gateway.ts';

let gateway: Gateway;
beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(() => gateway.close());

/** Custodians take in a control call, and whoever made it does not hear of that before `use` is refused. */
async function overtaken<Result>(
  change: () => Promise<unknown>,
  use: () => Promise<Result>,
): Promise<Result> {
  const { faults } = gateway.custody;
  const applied = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  faults.informed = async () => {
    applied.resolve();
    await release.promise;
  };
  const changing = change();
  await applied.promise;
  faults.informed = undefined;
  const before = gateway.custody.refusals.length;
  const using = use();
  // The custodians' refusal is what lets the change come to its end.
  while (gateway.custody.refusals.length === before) await new Promise((resolve) => setImmediate(resolve));
  release.resolve();
  await changing;
  return using;
}

it('an encryption that a rotation overtakes is made under the new version', async () => {
  const kms = gateway.client();
  const KeyId = await newKey(kms);
  const Plaintext = Buffer.from('overtaken');
  const sealed = await overtaken(
    () => kms.send(new RotateKeyOnDemandCommand({ KeyId })),
    () => gateway.client().send(new EncryptCommand({ KeyId, Plaintext })),
  );
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob }));
  expect(Buffer.from(opened.Plaintext!)).toEqual(Plaintext);
});

it('a use of a key that is being disabled says that it is disabled', async () => {
  const kms = gateway.client();
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata!.KeyId!;
  const code = await overtaken(
    () => kms.send(new DisableKeyCommand({ KeyId })),
    () => codeOf(gateway.client().send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))),
  );
  expect(code).toBe('DisabledException');
});
