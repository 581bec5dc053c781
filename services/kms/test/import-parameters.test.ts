/** GetParametersForImport, and the tokens that it gives. */
import { randomBytes } from 'node:crypto';
import {
  GetParametersForImportCommand,
  type ImportKeyMaterialCommandInput,
  type KMSClient,
} from '@aws-sdk/client-kms';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forEver, importerOf } from './support/importing.ts';
import { codeOf, flipped, type KeyGateway, newKey, openKeyGateway } from './support/key-gateway.ts';

let gateway: KeyGateway;
let kms: KMSClient;
beforeAll(async () => {
  gateway = await openKeyGateway();
  kms = gateway.client();
});
afterAll(() => gateway.close());

const { parametersFor, external, importing } = importerOf(() => kms);

describe('import parameters', () => {
  it('are for keys that are imported, and wrappings that fit', async () => {
    const code = (KeyId: string, WrappingAlgorithm: string, WrappingKeySpec = 'RSA_2048') =>
      codeOf(
        kms.send(new GetParametersForImportCommand({ KeyId, WrappingAlgorithm, WrappingKeySpec } as never)),
      );
    const made = await newKey(kms);
    expect(await code(made, 'RSAES_OAEP_SHA_256')).toBe('UnsupportedOperationException');
    const symmetric = await external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const rsa = await external('RSA_2048', 'SIGN_VERIFY');
    const p521 = await external('ECC_NIST_P521', 'SIGN_VERIFY');
    expect(await code(symmetric, 'RSAES_PKCS1_V1_5')).toBe('UnsupportedOperationException');
    expect(await code(symmetric, 'SM2PKE', 'SM2')).toBe('UnsupportedOperationException');
    expect(await code(symmetric, 'RSA_AES_KEY_WRAP_SHA_256')).toBe('ValidationException');
    expect(await code(rsa, 'RSAES_OAEP_SHA_256')).toBe('ValidationException');
    expect(await code(p521, 'RSAES_OAEP_SHA_256')).toBe('ValidationException');
    expect(await code(p521, 'RSAES_OAEP_SHA_256', 'RSA_3072')).toBe('ok');
    expect(await code(symmetric, 'RSAES_OAEP_SHA_256', 'RSA_1024')).toBe('ValidationException');
    expect(await code(symmetric, 'RSAES_OAEP_SHA_256', 'RSA_4096')).toBe('ok');
  });

  it('live for a day, and the newest alone count', async () => {
    const KeyId = await external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const old = await parametersFor(KeyId, 'RSAES_OAEP_SHA_256');
    const parameters = await parametersFor(KeyId, 'RSAES_OAEP_SHA_256');
    const key = randomBytes(32);
    expect(await codeOf(importing(KeyId, old, old.wrap(key)))).toBe('InvalidImportTokenException');
    const dayAhead = parameters.validTo.getTime() - gateway.now();
    expect(Math.abs(dayAhead - 86_400_000)).toBeLessThan(60_000);
    gateway.wait(86_400_000 - 120_000);
    expect(await codeOf(importing(KeyId, parameters, parameters.wrap(key)))).toBe('ok');
    gateway.wait(121_000);
    expect(await codeOf(importing(KeyId, parameters, parameters.wrap(key)))).toBe(
      'ExpiredImportTokenException',
    );
    // The private key goes with the time, and nothing else does; the end of the token is still known.
    const another = await external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const fresh = await parametersFor(another, 'RSAES_OAEP_SHA_256');
    expect(await gateway.wrappingKeys()).toContain(KeyId);
    await gateway.settle();
    expect(await gateway.wrappingKeys()).toEqual([another]);
    expect(await codeOf(importing(another, fresh, fresh.wrap(key)))).toBe('ok');
    expect(await codeOf(importing(KeyId, parameters, parameters.wrap(key)))).toBe(
      'ExpiredImportTokenException',
    );
  });

  it('outlive a restart', async () => {
    const KeyId = await external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const parameters = await parametersFor(KeyId, 'RSAES_OAEP_SHA_256');
    const key = randomBytes(32);
    await gateway.restart();
    kms = gateway.client();
    const { KeyMaterialId } = await importing(KeyId, parameters, parameters.wrap(key));
    await gateway.restart();
    kms = gateway.client();
    const again = await importing(KeyId, parameters, parameters.wrap(key));
    expect(again.KeyMaterialId).toBe(KeyMaterialId);
  });

  it('have tokens of one key, which nobody makes up', async () => {
    const [left, right] = [
      await external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'),
      await external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'),
    ];
    const parameters = await parametersFor(left, 'RSAES_OAEP_SHA_256');
    const wrapped = parameters.wrap(randomBytes(32));
    expect(await codeOf(importing(right, parameters, wrapped))).toBe('InvalidImportTokenException');
    const { ImportToken } = parameters;
    const renamed = Buffer.concat([ImportToken.subarray(0, 25), Buffer.from(right)]);
    for (const token of [
      renamed,
      flipped(ImportToken, 9 * 8),
      flipped(ImportToken, 24 * 8 + 7),
      flipped(ImportToken, 0),
      flipped(ImportToken, 8 * ImportToken.length - 1),
      ImportToken.subarray(0, 25),
      ImportToken.subarray(1),
      Buffer.concat([ImportToken, Buffer.of(0)]),
      randomBytes(60),
    ])
      expect(await codeOf(importing(left, { ...parameters, ImportToken: token }, wrapped))).toBe(
        'InvalidImportTokenException',
      );
    expect(await codeOf(importing(right, { ...parameters, ImportToken: renamed }, wrapped))).toBe(
      'InvalidImportTokenException',
    );
    expect(await codeOf(importing(left, parameters, wrapped))).toBe('ok');
  });

  it('have tokens of which no other bytes are one', async () => {
    const KeyId = await external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const parameters = await parametersFor(KeyId, 'RSAES_OAEP_SHA_256');
    const wrapped = parameters.wrap(randomBytes(32));
    const { ImportToken } = parameters;
    const spliced = fc
      .tuple(fc.nat(ImportToken.length), fc.nat(ImportToken.length), fc.uint8Array({ maxLength: 40 }))
      .map(([at, until, bytes]) =>
        Buffer.concat([ImportToken.subarray(0, at), bytes, ImportToken.subarray(until)]),
      )
      .filter((bytes) => bytes.length > 0 && !bytes.equals(ImportToken));
    await fc.assert(
      fc.asyncProperty(fc.oneof(spliced, fc.uint8Array({ minLength: 1, maxLength: 200 })), async (token) => {
        const code = await codeOf(importing(KeyId, { ...parameters, ImportToken: token }, wrapped));
        expect(['InvalidImportTokenException', 'ExpiredImportTokenException']).toContain(code);
      }),
      { numRuns: 40 },
    );
  });

  it('ask for an end of the material, or for none', async () => {
    const KeyId = await external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const parameters = await parametersFor(KeyId, 'RSAES_OAEP_SHA_256');
    const wrapped = parameters.wrap(randomBytes(32));
    const code = (more: Partial<ImportKeyMaterialCommandInput>) =>
      codeOf(importing(KeyId, parameters, wrapped, more));
    const expires = { ExpirationModel: 'KEY_MATERIAL_EXPIRES' } as const;
    const at = (ms: number) => new Date(gateway.now() + ms);
    expect(await code(expires)).toBe('ValidationException');
    expect(await code({ ...expires, ValidTo: at(-1000) })).toBe('ValidationException');
    expect(await code({ ...expires, ValidTo: at(366 * 86_400_000) })).toBe('ValidationException');
    expect(await code({ ...forEver, ValidTo: at(1000) })).toBe('ValidationException');
    expect(await code({ ImportType: 'EXISTING_KEY_MATERIAL' })).toBe('IncorrectKeyMaterialException');
    expect(await code({ KeyMaterialId: 'ab'.repeat(32) })).toBe('IncorrectKeyMaterialException');
    expect(await code({ ...expires, ValidTo: at(364 * 86_400_000) })).toBe('ok');
  });
});
