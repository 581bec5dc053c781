import { CreateKeyCommand, DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeyGateway, openKeyGateway } from './support/key-gateway.ts';

let gateway: KeyGateway;
let kms: KMSClient;
beforeAll(async () => {
  gateway = await openKeyGateway();
  kms = gateway.client();
});
afterAll(() => gateway.close());

describe('Encrypt and Decrypt', () => {
  it('round trip', async () => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata!.KeyId!;
    const sealed = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('hello') }));
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob }));
    expect(Buffer.from(opened.Plaintext!).toString()).toBe('hello');
    expect(opened).toMatchObject({ KeyId: KeyMetadata!.Arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });
  });
});
