/** Encrypt, Decrypt, ReEncrypt and data keys under symmetric keys: the AWS SDK over a socket, every task judged by an authority. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import {
  CreateAliasCommand,
  CreateGrantCommand,
  DecryptCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  type EncryptCommandInput,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GetKeyLastUsageCommand,
  type KMSClient,
  ReEncryptCommand,
  RevokeGrantCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { arnOf, codeOf, flipped, type KeyGateway, newKey, openKeyGateway } from './support/key-gateway.ts';
import { account, allowing, region } from './support/world.ts';

let gateway: KeyGateway;
let kms: KMSClient;
let KeyId: string;
beforeAll(async () => {
  gateway = await openKeyGateway();
  kms = gateway.client();
  KeyId = await newKey(kms);
});
afterAll(() => gateway.close());
beforeEach(() => {
  gateway.alicePolicies = [];
});

const Plaintext = Buffer.from('a secret of nobody');
const EncryptionContext = { bucket: 'films', 'aws:s3:arn': 'arn:aws:s3:::films/psycho' };

async function sealed(input: Partial<EncryptCommandInput> = {}, by = kms): Promise<Uint8Array> {
  const { CiphertextBlob } = await by.send(new EncryptCommand({ KeyId, Plaintext, ...input }));
  return CiphertextBlob!;
}

const refusal = (CiphertextBlob: Uint8Array | undefined, more: object = {}): Promise<string> =>
  codeOf(kms.send(new DecryptCommand({ CiphertextBlob, ...more })));

describe('Encrypt and Decrypt', () => {
  it('give back what was encrypted, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 4096 }),
        fc.dictionary(
          fc.string({ unit: 'grapheme', maxLength: 20 }),
          fc.string({ unit: 'grapheme', maxLength: 20 }),
          {
            maxKeys: 5,
            noNullPrototype: true,
          },
        ),
        async (bytes, context) => {
          const CiphertextBlob = await sealed({ Plaintext: bytes, EncryptionContext: context });
          const shuffled = Object.fromEntries(Object.entries(context).reverse());
          const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: shuffled }));
          expect(Buffer.from(opened.Plaintext!)).toEqual(Buffer.from(bytes));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('answer with the key, the algorithm and the material', async () => {
    const encrypted = await kms.send(new EncryptCommand({ KeyId, Plaintext }));
    expect(encrypted).toMatchObject({ KeyId: arnOf(KeyId), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });
    const decrypted = await kms.send(new DecryptCommand({ CiphertextBlob: encrypted.CiphertextBlob }));
    expect(decrypted).toMatchObject({ KeyId: arnOf(KeyId), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });
    expect(decrypted.KeyMaterialId).toMatch(/^[0-9a-f]{64}$/);
  });

  it('never give the same ciphertext twice', async () => {
    const blobs = await Promise.all([sealed(), sealed(), sealed()]);
    expect(new Set(blobs.map((blob) => Buffer.from(blob).toString('hex'))).size).toBe(3);
  });

  it('take the key by id, ARN, alias and ARN of the alias', async () => {
    const AliasName = 'alias/films';
    await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
    const alias = `arn:aws:kms:${region}:${account}:${AliasName}`;
    for (const name of [KeyId, arnOf(KeyId), AliasName, alias]) {
      const CiphertextBlob = await sealed({ KeyId: name });
      const opened = await kms.send(new DecryptCommand({ CiphertextBlob, KeyId: name }));
      expect(opened.KeyId).toBe(arnOf(KeyId));
    }
  });

  it('work with multi-Region keys', async () => {
    const multiRegion = await newKey(kms, { MultiRegion: true });
    expect(multiRegion).toMatch(/^mrk-/);
    const CiphertextBlob = await sealed({ KeyId: multiRegion });
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob }));
    expect([opened.KeyId, Buffer.from(opened.Plaintext!)]).toEqual([arnOf(multiRegion), Plaintext]);
  });

  it('refuse what is no key', async () => {
    const unknown = KeyId.replace(/./, (digit) => (digit === '0' ? '1' : '0'));
    for (const [name, code] of [
      [unknown, 'NotFoundException'],
      ['alias/nobody', 'NotFoundException'],
      [arnOf(KeyId).replace(region, 'eu-west-1'), 'NotFoundException'],
    ] as const) {
      expect(await codeOf(sealed({ KeyId: name }))).toBe(code);
    }
  });

  it('have the limits of KMS', async () => {
    expect(await codeOf(sealed({ Plaintext: randomBytes(4096) }))).toBe('ok');
    expect(await codeOf(sealed({ Plaintext: randomBytes(4097) }))).toBe('ValidationException');
    expect(await codeOf(sealed({ Plaintext: new Uint8Array(0) }))).toBe('ValidationException');
    expect(await codeOf(sealed({ EncryptionContext: { long: 'x'.repeat(8189) } }))).toBe(
      'ValidationException',
    );
    expect(await refusal(randomBytes(6145))).toBe('ValidationException');
    expect(await refusal(undefined)).toBe('ValidationException');
  });

  it('refuse another context, key or algorithm', async () => {
    const blob = await sealed({ EncryptionContext });
    expect(await refusal(blob, { EncryptionContext })).toBe('ok');
    for (const other of [
      {},
      { bucket: 'films' },
      { ...EncryptionContext, bucket: 'Films' },
      { ...EncryptionContext, x: '' },
    ])
      expect(await refusal(blob, { EncryptionContext: other })).toBe('InvalidCiphertextException');
    const another = await newKey(kms);
    expect(await refusal(blob, { EncryptionContext, KeyId: another })).toBe('IncorrectKeyException');
    expect(await refusal(blob, { EncryptionContext, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' })).toBe(
      'ValidationException',
    );
    const rsa = { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256', KeyId } as const;
    expect(await refusal(blob, rsa)).toBe('InvalidKeyUsageException');
    expect(await codeOf(sealed({ EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }))).toBe(
      'InvalidKeyUsageException',
    );
  });

  it('refuse every blob with a bit turned, and none is opened', async () => {
    const blob = await sealed();
    // Form, key id, handle, revision, alpha, ciphertext of message and rho, tag: a bit of each byte.
    const codes = new Map<string, number>();
    for (let byte = 0; byte < blob.length; byte += 1) {
      const code = await refusal(flipped(blob, 8 * byte + (byte % 8)), { KeyId });
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    // The form has two values; the second makes another key id of the same bytes.
    expect(codes.get('IncorrectKeyException')).toBe(16);
    expect(codes.get('InvalidCiphertextException')).toBe(blob.length - 16);
  });

  it('refuse blobs that are cut, grown, or of somebody else', async () => {
    const blob = await sealed();
    for (const length of [1, 72, 73, 104, 120, 121, blob.length - 17, blob.length - 1])
      expect(await refusal(blob.subarray(0, length), { KeyId })).toBe('InvalidCiphertextException');
    expect(await refusal(Buffer.concat([blob, Buffer.alloc(1)]))).toBe('InvalidCiphertextException');
    expect(await refusal(randomBytes(200))).toBe('InvalidCiphertextException');
    // A key that is not here: AWS does not say whether there is one.
    const elsewhere = Uint8Array.from(blob);
    elsewhere.set(randomBytes(16), 1);
    expect(await refusal(elsewhere)).toBe('AccessDeniedException');
  });

  it('refuse whatever else is sent as ciphertext, and never fail', async () => {
    const blob = await sealed();
    const spliced = fc
      .tuple(fc.nat(blob.length), fc.nat(blob.length), fc.uint8Array({ maxLength: 60 }))
      .map(([at, until, bytes]) => Buffer.concat([blob.subarray(0, at), bytes, blob.subarray(until)]))
      .filter((bytes) => bytes.length > 0 && !bytes.equals(blob));
    await fc.assert(
      fc.asyncProperty(fc.oneof(spliced, fc.uint8Array({ minLength: 1, maxLength: 300 })), async (bytes) => {
        const codes = ['InvalidCiphertextException', 'AccessDeniedException'];
        expect(codes).toContain(await refusal(bytes));
      }),
      { numRuns: 40 },
    );
  });

  it('do not open one key’s ciphertext under the handle of another', async () => {
    const blob = await sealed();
    const foreign = await sealed({ KeyId: await newKey(kms) });
    const mixed = Uint8Array.from(blob);
    mixed.set(foreign.subarray(17, 33), 17);
    expect(await refusal(mixed)).toBe('InvalidCiphertextException');
  });

  it('open no blob with a field of another', async () => {
    const [blob, twin] = [await sealed(), await sealed()];
    const rotated = await newKey(kms);
    const before = await sealed({ KeyId: rotated });
    await kms.send(new RotateKeyOnDemandCommand({ KeyId: rotated }));
    const later = await sealed({ KeyId: rotated });
    const message = Plaintext.length;
    const fields: Readonly<Record<string, readonly [from: number, to: number]>> = {
      handle: [17, 33],
      revision: [33, 41],
      alpha: [41, 73],
      'revision and alpha': [33, 73],
      'the sealed message': [73, 73 + message],
      'the sealed rho': [73 + message, 105 + message],
      tag: [105 + message, 121 + message],
      'all that is sealed': [73, 121 + message],
    };
    expect(blob).toHaveLength(121 + message);
    for (const [one, other] of [
      [blob, twin],
      [before, later],
      [later, before],
    ] as const)
      for (const [name, [from, to]] of Object.entries(fields)) {
        const mixed = Uint8Array.from(one);
        mixed.set(other.subarray(from, to), from);
        if (Buffer.compare(mixed, one) === 0) expect([name, one]).toEqual(['handle', blob]);
        else expect([name, await refusal(mixed)]).toEqual([name, 'InvalidCiphertextException']);
      }
  });

  it('open what was encrypted before rotations', async () => {
    const rotated = await newKey(kms);
    const blobs = [await sealed({ KeyId: rotated })];
    for (let i = 0; i < 3; i += 1) {
      await kms.send(new RotateKeyOnDemandCommand({ KeyId: rotated }));
      blobs.push(await sealed({ KeyId: rotated }));
    }
    const opened = await Promise.all(
      blobs.map((CiphertextBlob) => kms.send(new DecryptCommand({ CiphertextBlob }))),
    );
    expect(opened.map(({ Plaintext: one }) => Buffer.from(one!).equals(Plaintext))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(new Set(opened.map(({ KeyMaterialId }) => KeyMaterialId)).size).toBe(4);
  });

  it('leave nothing of the plaintext with custodians', async () => {
    const before = gateway.custody.tasks.length;
    await refusal(await sealed());
    const [evaluated, again, ...more] = gateway.custody.tasks.slice(before);
    expect(more).toEqual([]);
    // Sealing and opening are evaluations at one point, that names handle, record, commitment and context.
    expect(again).toEqual(evaluated);
  });

  it('fail closed when what custodians give is wrong', async () => {
    const blob = await sealed();
    gateway.custody.answer = () => randomBytes(32);
    expect(await refusal(blob)).toBe('InvalidCiphertextException');
    gateway.custody.answer = undefined;
    expect(await refusal(blob)).toBe('ok');
  });

  it('keep to the states of keys', async () => {
    const other = await newKey(kms);
    const blob = await sealed({ KeyId: other });
    await kms.send(new DisableKeyCommand({ KeyId: other }));
    expect([await codeOf(sealed({ KeyId: other })), await refusal(blob)]).toEqual([
      'DisabledException',
      'DisabledException',
    ]);
    await kms.send(new EnableKeyCommand({ KeyId: other }));
    expect(await refusal(blob)).toBe('ok');
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: other, PendingWindowInDays: 7 }));
    expect([await codeOf(sealed({ KeyId: other })), await refusal(blob)]).toEqual([
      'KMSInvalidStateException',
      'KMSInvalidStateException',
    ]);
  });

  it('are for those who may', async () => {
    const alice = gateway.client('alice');
    const blob = await sealed({ EncryptionContext });
    const decrypt = (context: Record<string, string>, tokens?: string[]) =>
      codeOf(
        alice.send(
          new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: context, GrantTokens: tokens }),
        ),
      );
    expect(await codeOf(sealed({}, alice))).toBe('AccessDeniedException');
    expect(await decrypt(EncryptionContext)).toBe('AccessDeniedException');
    const { GrantId, GrantToken } = await kms.send(
      new CreateGrantCommand({
        KeyId,
        GranteePrincipal: `arn:aws:iam::${account}:user/alice`,
        Operations: ['Decrypt'],
        Constraints: { EncryptionContextSubset: { bucket: 'films' } },
      }),
    );
    expect(await decrypt(EncryptionContext, [GrantToken!])).toBe('ok');
    expect(await decrypt(EncryptionContext, ['nonsense'])).toBe('InvalidGrantTokenException');
    expect(await decrypt({ bucket: 'books' })).toBe('AccessDeniedException');
    expect(await codeOf(sealed({ EncryptionContext }, alice))).toBe('AccessDeniedException');
    await kms.send(new RevokeGrantCommand({ KeyId, GrantId }));
    expect(await decrypt(EncryptionContext)).toBe('AccessDeniedException');
    gateway.alicePolicies = [allowing('kms:Decrypt')];
    expect(await decrypt(EncryptionContext)).toBe('ok');
    expect(await codeOf(sealed({ KeyId: arnOf(KeyId) }, gateway.client('stranger')))).toBe(
      'AccessDeniedException',
    );
  });

  it('say in a dry run whether they would, and use no key', async () => {
    const blob = await sealed();
    const before = gateway.custody.tasks.length;
    expect(await codeOf(sealed({ DryRun: true }))).toBe('DryRunOperationException');
    expect(await refusal(blob, { DryRun: true })).toBe('DryRunOperationException');
    expect(await codeOf(sealed({ DryRun: true }, gateway.client('alice')))).toBe('AccessDeniedException');
    expect(await codeOf(sealed({ DryRun: true, Plaintext: randomBytes(4097) }))).toBe('ValidationException');
    const context = { wrong: 'context' };
    expect(await refusal(blob, { DryRun: true, EncryptionContext: context })).toBe(
      'DryRunOperationException',
    );
    expect(gateway.custody.tasks.length).toBe(before);
  });

  it('take no attestation document', async () => {
    const Recipient = {
      KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256' as const,
      AttestationDocument: randomBytes(100),
    };
    expect(await refusal(await sealed(), { Recipient })).toBe('UnsupportedOperationException');
    expect(await codeOf(kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', Recipient })))).toBe(
      'UnsupportedOperationException',
    );
  });

  it('are remembered as the last use of the key', async () => {
    const used = await newKey(kms);
    await sealed({ KeyId: used });
    const { KeyLastUsage } = await kms.send(new GetKeyLastUsageCommand({ KeyId: used }));
    expect(KeyLastUsage).toMatchObject({ Operation: 'Encrypt' });
  });
});

describe('data keys', () => {
  it('have the length that was asked for, and open again', async () => {
    for (const [input, length] of [
      [{ KeySpec: 'AES_256' }, 32],
      [{ KeySpec: 'AES_128' }, 16],
      [{ NumberOfBytes: 1 }, 1],
      [{ NumberOfBytes: 1024 }, 1024],
    ] as const) {
      const made = await kms.send(new GenerateDataKeyCommand({ KeyId, ...input, EncryptionContext }));
      expect(made).toMatchObject({
        KeyId: arnOf(KeyId),
        KeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      expect(made.Plaintext!.length).toBe(length);
      const { CiphertextBlob } = made;
      const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
      expect(Buffer.from(opened.Plaintext!)).toEqual(Buffer.from(made.Plaintext!));
    }
  });

  it('come without their plaintext as well', async () => {
    const input = { KeyId, KeySpec: 'AES_256' } as const;
    const made = await kms.send(new GenerateDataKeyWithoutPlaintextCommand(input));
    expect(made).not.toHaveProperty('Plaintext');
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }));
    expect(opened.Plaintext!.length).toBe(32);
    expect(Buffer.from(opened.Plaintext!).equals(Buffer.alloc(32))).toBe(false);
  });

  it('refuse wishes that are none, or two', async () => {
    const make = (input: object) => codeOf(kms.send(new GenerateDataKeyCommand({ KeyId, ...input })));
    expect(await make({})).toBe('ValidationException');
    expect(await make({ KeySpec: 'AES_256', NumberOfBytes: 32 })).toBe('ValidationException');
    expect(await make({ NumberOfBytes: 1025 })).toBe('ValidationException');
    expect(await make({ NumberOfBytes: 32, DryRun: true })).toBe('DryRunOperationException');
    const hmac = await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    expect(await make({ KeyId: hmac, KeySpec: 'AES_256' })).toBe('InvalidKeyUsageException');
  });

  it('serve envelope encryption as the AWS Encryption SDK does it: sealed here, opened elsewhere by context', async () => {
    const context = { purpose: 'backup', 'aws-crypto-public-key': 'AoN' };
    const { CiphertextBlob, Plaintext: dataKey } = await kms.send(
      new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 32, EncryptionContext: context }),
    );
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', dataKey!, iv);
    const body = Buffer.concat([cipher.update('a long film'), cipher.final()]);
    // A second wrapping of the same data key, as for a second region or a rotation of key encryption keys.
    const second = await newKey(kms);
    const wrapped = await kms.send(
      new EncryptCommand({ KeyId: second, Plaintext: dataKey, EncryptionContext: context }),
    );
    await gateway.restart();
    const elsewhere = gateway.client();
    for (const blob of [CiphertextBlob, wrapped.CiphertextBlob]) {
      const opened = await elsewhere.send(
        new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: context }),
      );
      const decipher = createDecipheriv('aes-256-gcm', opened.Plaintext!, iv);
      decipher.setAuthTag(cipher.getAuthTag());
      expect(Buffer.concat([decipher.update(body), decipher.final()]).toString()).toBe('a long film');
    }
    kms = elsewhere;
  });
});

describe('ReEncrypt', () => {
  it('moves ciphertext to another key and context', async () => {
    const target = await newKey(kms);
    const CiphertextBlob = await sealed({ EncryptionContext });
    const moved = await kms.send(
      new ReEncryptCommand({
        CiphertextBlob,
        SourceEncryptionContext: EncryptionContext,
        DestinationKeyId: target,
        DestinationEncryptionContext: { moved: 'yes' },
      }),
    );
    expect(moved).toMatchObject({
      KeyId: arnOf(target),
      SourceKeyId: arnOf(KeyId),
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    });
    expect(moved.SourceKeyMaterialId).not.toBe(moved.DestinationKeyMaterialId);
    const opened = await kms.send(
      new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { moved: 'yes' } }),
    );
    expect(opened.KeyId).toBe(arnOf(target));
    expect(Buffer.from(opened.Plaintext!)).toEqual(Plaintext);
    expect(await refusal(moved.CiphertextBlob, { EncryptionContext })).toBe('InvalidCiphertextException');
  });

  it('refuses wrong sources, and dry runs that would work', async () => {
    const CiphertextBlob = await sealed();
    const move = (input: object) =>
      codeOf(kms.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: KeyId, ...input })));
    expect(await move({})).toBe('ok');
    expect(await move({ SourceKeyId: await newKey(kms) })).toBe('IncorrectKeyException');
    expect(await move({ SourceEncryptionContext: { a: 'b' } })).toBe('InvalidCiphertextException');
    expect(await move({ CiphertextBlob: flipped(CiphertextBlob, 1000) })).toBe('InvalidCiphertextException');
    expect(await move({ DryRun: true })).toBe('DryRunOperationException');
    expect(await move({ DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_1' })).toBe(
      'InvalidKeyUsageException',
    );
  });

  it('asks for both leaves', async () => {
    const target = await newKey(kms);
    const alice = gateway.client('alice');
    const CiphertextBlob = await sealed();
    const input = { CiphertextBlob, DestinationKeyId: target };
    const move = () => codeOf(alice.send(new ReEncryptCommand(input)));
    gateway.alicePolicies = [allowing('kms:ReEncryptTo')];
    expect(await move()).toBe('AccessDeniedException');
    gateway.alicePolicies = [allowing('kms:ReEncryptFrom')];
    expect(await move()).toBe('AccessDeniedException');
    gateway.alicePolicies = [allowing('kms:ReEncrypt*')];
    expect(await move()).toBe('ok');
  });
});
