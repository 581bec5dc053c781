/** Debian's AWS command line on KMS: keys, aliases, data keys as the Encryption SDK uses them, signatures that openssl's library checks, codes. */
import { createPublicKey, verify } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { equal, holds } from './checks.ts';
import { type ClientContext, requireProgram } from './context.ts';
import { mustRun, run } from './run.ts';

const ownProgram = '/usr/bin/aws';

export async function checkAwscliKms(context: ClientContext, program = ownProgram): Promise<void> {
  const checks = context.checks.group(`awscli kms ${context.scheme}`);
  if (!requireProgram(checks, program)) return;
  const cwd = join(context.scratch, 'awscli-kms');
  mkdirSync(cwd, { recursive: true });
  const options = { env: context.env, cwd };
  const all = (args: readonly string[]) => [
    '--endpoint-url',
    context.target.endpoint,
    '--output',
    'json',
    'kms',
    ...args,
  ];
  const kms = async (...args: string[]): Promise<Record<string, unknown>> =>
    JSON.parse((await mustRun(program, all(args), options)).stdout.toString() || '{}');
  const newKey = async (...args: string[]): Promise<string> =>
    ((await kms('create-key', ...args)).KeyMetadata as { readonly KeyId: string }).KeyId;
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(cwd, name), content);
    return `fileb://${name}`;
  };
  const bytes = (value: unknown): Buffer => Buffer.from(String(value), 'base64');

  await checks.check('a key is made, named, encrypts a file and opens it again', async () => {
    const key = await newKey('--description', 'of the command line');
    await kms('create-alias', '--alias-name', `alias/cli-${context.scheme}`, '--target-key-id', key);
    const context2 = ['--encryption-context', 'purpose=test'];
    const alias = ['--key-id', `alias/cli-${context.scheme}`];
    const sealed = await kms('encrypt', ...alias, '--plaintext', file('plain', 'a secret'), ...context2);
    const blob = file('sealed', bytes(sealed.CiphertextBlob));
    const opened = await kms('decrypt', '--ciphertext-blob', blob, ...context2);
    equal(bytes(opened.Plaintext).toString(), 'a secret', 'plaintext');
    const refused = await run(program, all(['decrypt', '--ciphertext-blob', blob]), options);
    holds(refused.code !== 0 && refused.stderr.includes('InvalidCiphertextException'), refused.stderr);
  });

  await checks.check('a data key comes back from its ciphertext', async () => {
    const key = await newKey();
    const made = await kms('generate-data-key', '--key-id', key, '--key-spec', 'AES_256');
    const opened = await kms('decrypt', '--ciphertext-blob', file('data-key', bytes(made.CiphertextBlob)));
    equal(opened.Plaintext, made.Plaintext, 'data key');
  });

  await checks.check('signatures verify under the public key, here and there', async () => {
    for (const [spec, algorithm] of [
      ['ECC_NIST_P256', 'ECDSA_SHA_256'],
      ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256'],
    ] as const) {
      const key = await newKey('--key-spec', spec, '--key-usage', 'SIGN_VERIFY');
      const message = [
        '--key-id',
        key,
        '--message',
        file('message', 'to be signed'),
        '--signing-algorithm',
        algorithm,
      ];
      const { Signature } = await kms('sign', ...message);
      const { PublicKey } = await kms('get-public-key', '--key-id', key);
      const publicKey = createPublicKey({ key: bytes(PublicKey), format: 'der', type: 'spki' });
      holds(verify('sha256', Buffer.from('to be signed'), publicKey, bytes(Signature)), spec);
      const answer = await kms('verify', ...message, '--signature', file('signature', bytes(Signature)));
      equal(answer.SignatureValid, true, 'SignatureValid');
    }
  });

  await checks.check('codes of an HMAC key are the same each time', async () => {
    const key = await newKey('--key-spec', 'HMAC_256', '--key-usage', 'GENERATE_VERIFY_MAC');
    const message = ['--key-id', key, '--message', file('message', 'm'), '--mac-algorithm', 'HMAC_SHA_256'];
    const { Mac } = await kms('generate-mac', ...message);
    equal((await kms('verify-mac', ...message, '--mac', file('mac', bytes(Mac)))).MacValid, true, 'MacValid');
  });

  await checks.check('tags, policy, rotation, and a deletion that is called off', async () => {
    const key = await newKey('--tags', 'TagKey=a,TagValue=b');
    equal((await kms('list-resource-tags', '--key-id', key)).Tags, [{ TagKey: 'a', TagValue: 'b' }], 'tags');
    const policy = await kms('get-key-policy', '--key-id', key, '--policy-name', 'default');
    holds(String(policy.Policy).includes('kms:*'), 'policy');
    await kms('enable-key-rotation', '--key-id', key);
    equal((await kms('get-key-rotation-status', '--key-id', key)).KeyRotationEnabled, true, 'rotation');
    await kms('schedule-key-deletion', '--key-id', key, '--pending-window-in-days', '7');
    await kms('cancel-key-deletion', '--key-id', key);
    const { KeyMetadata } = await kms('describe-key', '--key-id', key);
    equal((KeyMetadata as { KeyState: string }).KeyState, 'Disabled', 'state');
    const keys = (await kms('list-keys', '--page-size', '2')).Keys as { KeyId: string }[];
    holds(
      keys.some(({ KeyId }) => KeyId === key),
      'listed',
    );
  });
}
