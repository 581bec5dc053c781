/** GenerateMac and VerifyMac. That codes equal those of node:crypto under the same key is seen with imported keys (import.test.ts). */
import { randomBytes } from 'node:crypto';
import {
  GenerateMacCommand,
  type KeySpec,
  type KMSClient,
  type MacAlgorithmSpec,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arnOf, codeOf, flipped, type KeyGateway, newKey, openKeyGateway } from './support/key-gateway.ts';

let gateway: KeyGateway;
let kms: KMSClient;
beforeAll(async () => {
  gateway = await openKeyGateway();
  kms = gateway.client();
});
afterAll(() => gateway.close());

const cases: readonly (readonly [KeySpec, MacAlgorithmSpec, number])[] = [
  ['HMAC_224', 'HMAC_SHA_224', 28],
  ['HMAC_256', 'HMAC_SHA_256', 32],
  ['HMAC_384', 'HMAC_SHA_384', 48],
  ['HMAC_512', 'HMAC_SHA_512', 64],
];

describe.each(cases)('%s', (KeySpec, MacAlgorithm, length) => {
  it('makes codes that verify, and finds every other', async () => {
    const KeyId = await newKey(kms, { KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' });
    for (const Message of [randomBytes(1), randomBytes(4096)]) {
      const input = { KeyId, Message, MacAlgorithm };
      const made = await kms.send(new GenerateMacCommand(input));
      expect(made).toMatchObject({ KeyId: arnOf(KeyId), MacAlgorithm });
      const Mac = made.Mac!;
      expect(Mac).toHaveLength(length);
      const checked = await kms.send(new VerifyMacCommand({ ...input, Mac }));
      expect(checked).toMatchObject({ KeyId: arnOf(KeyId), MacAlgorithm, MacValid: true });
      const wrong = [
        ...Array.from({ length }, (_, byte) => flipped(Mac, 8 * byte + (byte % 8))),
        Mac.subarray(1),
        Mac.subarray(0, -1),
        Mac.subarray(0, 1),
        Buffer.concat([Mac, Buffer.of(0)]),
        Buffer.alloc(length),
        Buffer.alloc(length, 0xff),
        Buffer.from(Mac).reverse(),
        Buffer.concat([Mac, Mac]),
        Buffer.concat([Buffer.of(0), Mac]),
        Buffer.from(Buffer.from(Mac).toString('hex')),
        // As long as others are.
        ...cases.map(([, , other]) => Buffer.concat([Mac, Buffer.alloc(64)]).subarray(0, other)),
      ].filter((other) => Buffer.compare(other, Mac) !== 0);
      expect(wrong.length).toBeGreaterThan(length + 10);
      for (const other of wrong)
        expect(await codeOf(kms.send(new VerifyMacCommand({ ...input, Mac: other })))).toBe(
          'KMSInvalidMacException',
        );
      for (const other of [new Uint8Array(0), randomBytes(6145)])
        expect(await codeOf(kms.send(new VerifyMacCommand({ ...input, Mac: other })))).toBe(
          'ValidationException',
        );
      const another = { KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' } as const;
      const otherKey = { ...input, KeyId: await newKey(kms, another), Mac };
      expect(await codeOf(kms.send(new VerifyMacCommand(otherKey)))).toBe('KMSInvalidMacException');
      const otherMessage = { ...input, Message: flipped(Message, 3), Mac };
      expect(await codeOf(kms.send(new VerifyMacCommand(otherMessage)))).toBe('KMSInvalidMacException');
    }
  });

  it('refuses other algorithms, longer messages and dry runs', async () => {
    const KeyId = await newKey(kms, { KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' });
    const code = (input: object) =>
      codeOf(kms.send(new GenerateMacCommand({ KeyId, Message: Buffer.from('m'), MacAlgorithm, ...input })));
    for (const [, other] of cases)
      expect(await code({ MacAlgorithm: other })).toBe(
        other === MacAlgorithm ? 'ok' : 'InvalidKeyUsageException',
      );
    expect(await code({ Message: randomBytes(4097) })).toBe('ValidationException');
    expect(await code({ Message: new Uint8Array(0) })).toBe('ValidationException');
    const before = gateway.custody.tasks.length;
    expect(await code({ DryRun: true })).toBe('DryRunOperationException');
    const claim = { KeyId, Message: Buffer.from('m'), MacAlgorithm, Mac: randomBytes(length), DryRun: true };
    expect(await codeOf(kms.send(new VerifyMacCommand(claim)))).toBe('DryRunOperationException');
    expect(gateway.custody.tasks.length).toBe(before);
    expect(await code({ KeyId: await newKey(kms) })).toBe('InvalidKeyUsageException');
  });
});
