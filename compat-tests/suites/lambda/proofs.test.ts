/** What can be proven of an invocation: which code ran, and what it was given and answered, by hash. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetFunctionConfigurationCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { askProof, proveOk, quickFrames, readTrustRoot, runCommand } from '../../lib/proofs.ts';
import { lambdaSuite } from './suite.ts';

const suite = lambdaSuite({ env: quickFrames });

const base64 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('base64');

test('an invocation is proven by its request id, and checked without the gateway', async () => {
  await suite.make('proven', 'export const handler = async ({ secret }) => "got " + secret.length;');
  const Payload = Buffer.from('{"secret":"do not tell"}');
  const { $metadata, Payload: answer } = await suite.lambda.send(
    new InvokeCommand({ FunctionName: 'proven', Payload }),
  );
  const { CodeSha256 } = await suite.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: 'proven' }),
  );
  const target = `lambda://invocation/${$metadata.requestId}`;
  const document = await proveOk(suite.target, target);
  expect(document).not.toContain('do not tell');
  const folder = mkdtempSync(join(tmpdir(), 'lambda-proof-'));
  try {
    writeFileSync(join(folder, 'proof.json'), document);
    const trustRoot = await readTrustRoot(suite.target);
    const { code, out, error } = await runCommand([
      'verify',
      join(folder, 'proof.json'),
      '--trust-root',
      trustRoot,
    ]);
    expect([code, error]).toEqual([0, '']);
    for (const part of [
      `the function ran for the request ${$metadata.requestId}`,
      'arn:aws:lambda:us-east-1:000000000000:function:proven',
      CodeSha256,
      base64(Payload),
      base64(answer ?? ''),
    ])
      expect(out).toContain(part);
    const forged = document.replace('lambda://invocation/0', 'lambda://invocation/1');
    expect(forged).not.toBe(document);
    writeFileSync(join(folder, 'proof.json'), forged);
    expect(
      (await runCommand(['verify', join(folder, 'proof.json'), '--trust-root', trustRoot])).code,
    ).not.toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what is no invocation is refused by its form', async () => {
  expect(await askProof(suite.target, 'lambda://function/proven')).toMatchObject({ status: 400 });
});
