/** What every implementation of the key port promises, written against the port alone and the key service's own API. */
import {
  CreateAliasCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DisableKeyCommand,
  type KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { type KeyPort, type KeyUse, KeyUseError } from '@hypergate/node/api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { S3Request } from './support/s3-requests.ts';

export interface KeyPortUnderTest {
  readonly port: KeyPort;
  readonly region: string;
  readonly accountId: string;
  /** A new request to S3, signed: by the account's root, by its user `alice`, by the root of another account. */
  use(who: 'root' | 'alice' | 'stranger', request: S3Request): Promise<KeyUse>;
  /** Identity policies of alice, from now on. */
  allow(policies: readonly unknown[]): void;
  /** Root of the account, at the key service itself. */
  readonly administrator: KMSClient;
  /** Moves the time of all. */
  advance(milliseconds: number): void;
  close(): Promise<void>;
}

const bucket = 'album';
const put: S3Request = { operation: 'PutObject', bucket, key: 'a photo/1+1.jpg' };
const get: S3Request = { ...put, operation: 'GetObject' };
const objectArn = `arn:aws:s3:::${bucket}/${put.key}`;
const context = { 'aws:s3:arn': objectArn };

export function keyPortContract(name: string, open: () => Promise<KeyPortUnderTest>): void {
  describe(`the key port of ${name}`, () => {
    let world: KeyPortUnderTest;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.close());

    const newKey = async (input: CreateKeyCommandInput = {}): Promise<string> =>
      (await world.administrator.send(new CreateKeyCommand(input))).KeyMetadata!.KeyId!;
    const arnOf = (keyId: string) => `arn:aws:kms:${world.region}:${world.accountId}:key/${keyId}`;

    test('a data key comes back from its ciphertext, at another request for the object', async () => {
      const key = await newKey();
      const made = await world.port.generateDataKey({ ...(await world.use('root', put)), key, context });
      expect(made.keyArn).toBe(arnOf(key));
      expect(made.plaintext).toHaveLength(32);
      const { ciphertext } = made;
      const opened = await world.port.decrypt({ ...(await world.use('root', get)), ciphertext, context });
      expect(opened).toEqual({ keyArn: made.keyArn, plaintext: made.plaintext });
    });

    test('every data key is another one', async () => {
      const key = await newKey();
      const use = await world.use('root', put);
      const first = await world.port.generateDataKey({ ...use, key, context });
      const second = await world.port.generateDataKey({ ...use, key, context });
      expect(Buffer.from(first.plaintext).equals(second.plaintext)).toBe(false);
      expect(Buffer.from(first.ciphertext).equals(second.ciphertext)).toBe(false);
    });

    test('the context may name the bucket, for a key of all its objects', async () => {
      const key = await newKey();
      const ofBucket = { 'aws:s3:arn': `arn:aws:s3:::${bucket}`, more: 'x' };
      const made = await world.port.generateDataKey({
        ...(await world.use('root', put)),
        key,
        context: ofBucket,
      });
      const other = await world.use('root', { ...get, key: 'another' });
      const opened = await world.port.decrypt({ ...other, ciphertext: made.ciphertext, context: ofBucket });
      expect(opened.plaintext).toEqual(made.plaintext);
    });

    test('a copy opens the key of its source and makes one for its target', async () => {
      const key = await newKey();
      const { ciphertext } = await world.port.generateDataKey({
        ...(await world.use('root', put)),
        key,
        context,
      });
      const copy: S3Request = {
        operation: 'CopyObject',
        bucket: 'other',
        key: 'copy',
        copySource: `${bucket}/${encodeURIComponent(put.key)}`,
      };
      const use = await world.use('root', copy);
      await world.port.decrypt({ ...use, ciphertext, context });
      const target = { 'aws:s3:arn': 'arn:aws:s3:::other/copy' };
      expect((await world.port.generateDataKey({ ...use, key, context: target })).keyArn).toBe(arnOf(key));
      await refused(world.port.generateDataKey({ ...use, key, context }), 'KMSInternalException', 500);
    });

    test('keys are named by id, ARN, alias and alias ARN', async () => {
      const key = await newKey();
      await world.administrator.send(new CreateAliasCommand({ AliasName: 'alias/photos', TargetKeyId: key }));
      const aliasArn = `arn:aws:kms:${world.region}:${world.accountId}:alias/photos`;
      for (const named of [key, arnOf(key), 'alias/photos', aliasArn]) {
        const made = await world.port.generateDataKey({
          ...(await world.use('root', put)),
          key: named,
          context,
        });
        expect(made.keyArn).toBe(arnOf(key));
      }
    });

    describe('where no key is named', () => {
      test('the first requests of an account make one key for the service, which all of them use', async () => {
        const uses = await Promise.all([1, 2, 3].map(() => world.use('root', put)));
        const made = await Promise.all(uses.map((use) => world.port.generateDataKey({ ...use, context })));
        expect(new Set(made.map(({ keyArn }) => keyArn)).size).toBe(1);
        const use = await world.use('root', get);
        expect(await world.port.describe({ ...use, key: 'alias/aws/s3' })).toEqual({
          keyArn: made[0]!.keyArn,
          enabled: true,
          state: 'Enabled',
          spec: 'SYMMETRIC_DEFAULT',
          usage: 'ENCRYPT_DECRYPT',
          manager: 'AWS',
        });
      });

      test('every caller of the account may use it through the service, and nobody of another account', async () => {
        world.allow([]);
        const use = await world.use('alice', put);
        const { ciphertext, keyArn } = await world.port.generateDataKey({ ...use, context });
        await world.port.decrypt({ ...(await world.use('alice', get)), ciphertext, context });
        const stranger = await world.use('stranger', get);
        await refused(world.port.decrypt({ ...stranger, ciphertext, context }), 'AccessDeniedException', 400);
        const own = await world.port.generateDataKey({ ...(await world.use('stranger', put)), context });
        expect(own.keyArn).not.toBe(keyArn);
      });
    });

    describe('a refusal has the code, status and sentence of the key service', () => {
      const generate = async (key: string, who: 'root' | 'alice' = 'root') =>
        world.port.generateDataKey({ ...(await world.use(who, put)), key, context });

      test('there is no such key', async () => {
        const key = '00000000-0000-4000-8000-000000000000';
        await refused(generate(key), 'NotFoundException', 400, `Key '${arnOf(key)}' does not exist`);
        const use = await world.use('root', get);
        await refused(world.port.describe({ ...use, key: 'alias/none' }), 'NotFoundException', 400);
      });

      test('the key is disabled', async () => {
        const key = await newKey();
        await world.administrator.send(new DisableKeyCommand({ KeyId: key }));
        await refused(generate(key), 'DisabledException', 400, `${arnOf(key)} is disabled.`);
        const described = await world.port.describe({ ...(await world.use('root', get)), key });
        expect(described).toMatchObject({ enabled: false, state: 'Disabled', manager: 'CUSTOMER' });
      });

      test('the key is about to be deleted', async () => {
        const key = await newKey();
        await world.administrator.send(new ScheduleKeyDeletionCommand({ KeyId: key }));
        await refused(generate(key), 'KMSInvalidStateException', 400);
      });

      test('the key does not encrypt', async () => {
        const key = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
        await refused(generate(key), 'InvalidKeyUsageException', 400);
      });

      test('the caller has no leave', async () => {
        const key = await newKey();
        world.allow([]);
        await refused(generate(key, 'alice'), 'AccessDeniedException', 400);
      });

      test('the ciphertext is of another context, of another key, or none', async () => {
        const [key, other] = [await newKey(), await newKey()];
        const { ciphertext } = await generate(key);
        const use = await world.use('root', get);
        const wrong = world.port.decrypt({ ...use, ciphertext, context: { ...context, more: 'x' } });
        await refused(wrong, 'InvalidCiphertextException', 400);
        const named = world.port.decrypt({ ...use, ciphertext, context, key: other });
        await refused(named, 'IncorrectKeyException', 400);
        const noise = world.port.decrypt({ ...use, ciphertext: new Uint8Array(100), context });
        await refused(noise, 'InvalidCiphertextException', 400);
      });
    });

    describe('leave through the service', () => {
      const policy = (condition: object) => ({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'kms:GenerateDataKey', Resource: '*', Condition: condition }],
      });
      const asked = async (condition: object) => {
        const key = await newKey();
        world.allow([policy(condition)]);
        return world.port.generateDataKey({ ...(await world.use('alice', put)), key, context });
      };
      const via = (service: string) => ({
        StringEquals: { 'kms:ViaService': `${service}.${world.region}.amazonaws.com` },
      });

      test('may be for it alone', async () => {
        expect((await asked(via('s3'))).plaintext).toHaveLength(32);
        await refused(asked(via('ec2')), 'AccessDeniedException', 400);
      });

      test('may be for some objects', async () => {
        const objects = (pattern: string) => ({
          StringLike: { 'kms:EncryptionContext:aws:s3:arn': pattern },
        });
        expect((await asked(objects('arn:aws:s3:::album/*'))).plaintext).toHaveLength(32);
        await refused(asked(objects('arn:aws:s3:::other/*')), 'AccessDeniedException', 400);
      });
    });

    describe('the signed request decides, not who hands it over', () => {
      const isRefused = async (use: KeyUse, asked: Readonly<Record<string, string>> = context) => {
        const key = await newKey();
        const refusal = world.port.generateDataKey({ ...use, key, context: asked });
        await refused(refusal, 'KMSInternalException', 500);
      };

      test('one that reads makes no data key', async () => isRefused(await world.use('root', get)));

      test('one about another object is none for this one', async () =>
        isRefused(await world.use('root', { ...put, key: 'another' })));

      test('one about a bucket is none for its objects', async () => {
        const list = await world.use('root', { ...get, operation: 'ListObjectsV2' });
        await isRefused(list, { 'aws:s3:arn': `arn:aws:s3:::${bucket}` });
      });

      test('the object has to stand in the context', async () =>
        isRefused(await world.use('root', put), { more: 'x' }));

      test('one of somebody else is none of the caller', async () => {
        const { call } = await world.use('stranger', put);
        await isRefused({ ...(await world.use('root', put)), call });
      });

      test('one with a changed bit is nobody’s', async () => {
        const use = await world.use('root', put);
        const call = Uint8Array.from(use.call);
        call[call.length - 1]! ^= 1;
        await isRefused({ ...use, call });
      });

      test('one by a URL that was given away counts as long as that does', async () => {
        const key = await newKey();
        const use = await world.use('root', { ...put, presignedSeconds: 7200 });
        world.advance(60 * 60_000);
        const made = await world.port.generateDataKey({ ...use, key, context });
        expect(made.keyArn).toBe(arnOf(key));
        world.advance(2 * 60 * 60_000);
        await refused(world.port.generateDataKey({ ...use, key, context }), 'KMSInternalException', 500);
      });

      test('one of an hour ago is too old', async () => {
        const use = await world.use('root', put);
        world.advance(60 * 60_000);
        await isRefused(use);
      });
    });

    test('arguments and results are plain values', async () => {
      const key = await newKey();
      const request = { ...(await world.use('root', put)), key, context };
      const made = await world.port.generateDataKey(structuredClone(request));
      expect(structuredClone(made)).toEqual(made);
    });

    test('nothing is done for a request that is over', async () => {
      const key = await newKey();
      const signal = AbortSignal.abort(new Error('gone'));
      const use = await world.use('root', put);
      await expect(world.port.generateDataKey({ ...use, key, context, signal })).rejects.toThrow();
    });
  });
}

async function refused(
  work: Promise<unknown>,
  code: string,
  status: number,
  message?: string,
): Promise<void> {
  const error = await work.then(
    (value: unknown) => value,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KeyUseError);
  expect(error).toMatchObject({ code, status, ...(message === undefined ? {} : { message }) });
}
